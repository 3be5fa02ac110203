"""Commands: what must happen now, once, at one kiosk. Everything else is desired state.

The kiosk writes the id down before acting and answers a repeat with the stored result.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.contract.envelope import Body, Broken, identifier, moment, pack, text, unpack, version, whole

MAX_BYTES = 8 * 1024
MAX_REASON = 200
MAX_PORT = 16
MAX_MESSAGE = 60
"""What fits one line of the screen at a metre."""
MAX_LINES = 500
MAX_UPLOAD = {"collect_logs": 64 * 1024, "take_screenshot": 2 * 1024 * 1024}
"""Bytes that a command may bring home over HTTP."""

INTERRUPTED = "interrupted, may have acted"
"""The reason when power or process went between acting and answering, and nobody can tell any more."""


class Stage(StrEnum):
    """Where a command stands."""

    QUEUED = "queued"
    SENT = "sent"
    ACCEPTED = "accepted"
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"


MOVES = {
    Stage.QUEUED: {Stage.SENT, Stage.EXPIRED},
    # A result can overtake the news that the command was accepted.
    Stage.SENT: {Stage.ACCEPTED, Stage.DONE, Stage.FAILED, Stage.EXPIRED},
    Stage.ACCEPTED: {Stage.DONE, Stage.FAILED},
    Stage.DONE: set[Stage](),
    Stage.FAILED: set[Stage](),
    # The kiosk acted in time and its news came late: what truly happened wins.
    Stage.EXPIRED: {Stage.ACCEPTED, Stage.DONE, Stage.FAILED},
}


class Verdict(StrEnum):
    """What a kiosk does with a command that arrives."""

    ACT = "act"
    REPEAT = "repeat"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Command:
    """`down/command`, never retained. `expires`: UTC milliseconds."""

    id: str
    name: str
    expires: int
    args: Body = field(default_factory=dict)

    def encode(self) -> bytes:
        """Bytes for `down/command`; `Broken` over 8 KiB."""
        value = {"v": 1, "id": self.id, "name": self.name, "args": self.args, "expires": self.expires}
        return pack(value, MAX_BYTES)

    @classmethod
    def decode(cls, payload: bytes) -> "Command":
        """Raises `Broken`."""
        value = unpack(payload, MAX_BYTES)
        version(value)
        args = value.get("args", {})
        if not isinstance(args, dict):
            raise Broken("args is not an object")
        return cls(
            id=identifier(value, "id"),
            name=text(value, "name", least=1, most=32),
            expires=moment(value, "expires"),
            args=args,
        )


def decide(command: Command, now: int, known: set[str]) -> Verdict:
    """A known id is answered from the store even when late; a new one acts only before it expires."""
    if command.id in known:
        return Verdict.REPEAT
    return Verdict.EXPIRED if now >= command.expires else Verdict.ACT


def move(stage: Stage, to: Stage) -> Stage:
    """The stage afterwards; `Broken` for a move that the table does not have (a repeat is no move)."""
    if to is stage:
        return stage
    if to not in MOVES[stage]:
        raise Broken(f"a command does not go from {stage} to {to}")
    return to


@dataclass(frozen=True, slots=True)
class Deed:
    """A command by name. `seconds`: how long it stays valid when nobody says otherwise.

    `hardware`: it moves something in the world, and must never happen twice.
    """

    name: str
    seconds: int
    hardware: bool
    read: Callable[[Mapping[str, object]], Body]
    """Checks the arguments, fills in what was left out; raises `Broken`."""


def check_args(name: str, args: Mapping[str, object]) -> Body:
    """The arguments as they are carried out; `Broken` for a command nobody knows, or arguments that do not fit it."""
    deed = DEEDS.get(name)
    if deed is None:
        raise Broken("unknown command")
    return deed.read(args)


_DEVICE = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def _only(args: Mapping[str, object], *names: str) -> None:
    for name in args:
        if name not in names:
            raise Broken(f"unknown argument {name[:32]!r}")


def _device(args: Mapping[str, object]) -> Body:
    """Which one, where a station has two of a kind; left out: the only one."""
    if "device" not in args:
        return {}
    if not _DEVICE.fullmatch(text(args, "device", most=64)):
        raise Broken("device is not a device's name")
    return {"device": args["device"]}


def _of_device(args: Mapping[str, object]) -> Body:
    _only(args, "device")
    return _device(args)


def _port(args: Mapping[str, object]) -> Body:
    _only(args, "device", "port", "on")
    on = args.get("on")
    if not isinstance(on, bool):
        raise Broken("on is not true or false")
    return {**_device(args), "port": whole(args, "port", least=1, most=MAX_PORT), "on": on}


def _message(args: Mapping[str, object]) -> Body:
    _only(args, "text", "seconds")
    said = text(args, "text", least=1, most=MAX_MESSAGE)
    if not said.strip() or any(unicodedata.category(sign)[0] == "C" for sign in said):
        raise Broken("text is empty or has control characters")
    return {"text": said, "seconds": whole({"seconds": 120, **args}, "seconds", least=10, most=3600)}


def _nothing(args: Mapping[str, object]) -> Body:
    _only(args)
    return {}


def _lines(args: Mapping[str, object]) -> Body:
    _only(args, "lines")
    return {"lines": whole({"lines": 200, **args}, "lines", least=1, most=MAX_LINES)}


DEEDS = {
    deed.name: deed
    for deed in (
        Deed("open_box", 60, True, _of_device),
        Deed("dispense_raincoat", 60, True, _of_device),
        Deed("switch_port", 60, True, _port),
        Deed("show_message", 300, False, _message),
        Deed("restart", 60, False, _nothing),
        Deed("collect_logs", 300, False, _lines),
        Deed("take_screenshot", 300, False, _nothing),
    )
}
"""name → what a kiosk of this version can be told to do."""
