"""What each command does here. `Ledger` calls it on its own threads, after the command was written down."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from gateway.contract.commands import DEEDS, INTERRUPTED, MAX_REASON
from gateway.contract.envelope import Body, Broken, pack
from kiosk.agent.commands.collecting import LogTail, NoPicture, NoUpload, Uploads, redact, shoot
from kiosk.agent.credentials import Credentials
from kiosk.agent.device_commands import Unanswered
from kiosk.agent.device_link import Result
from kiosk.agent.view import Notice

SERIAL_S = 12.0
"""A motor gives up after 6 s; then the device's own word is on the way."""
HELLO_S = 20.0
"""How long after a start an interrupted command waits for its device."""
LOOK_S = 1.0
MOST_DETAIL = 1_000
MOST_TEXT = 4_000
"""Bytes of a log that travel in the answer itself, when it cannot be uploaded."""
_ASK_ONLY = "result"
"""No device has such a command: it answers from memory when it knows the id, and does nothing otherwise."""

log = structlog.get_logger("commands")


class Failed(Exception):
    """It was not done; `str()` is the reason, in plain English."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended. `more` travels in the result."""

    ok: bool
    reason: str = ""
    more: Body = field(default_factory=dict)


class Hands(Protocol):
    """The serial bus, as far as commands need it."""

    def send(
        self, device: str, name: str, args: Mapping[str, object], *, command: str | None = None, timeout: float = 10
    ) -> Result:
        """See `kiosk.agent.devices.DeviceBus.send`."""


_KINDS = {"open_box": "first_aid_box", "dispense_raincoat": "raincoat_dispenser", "switch_port": "charging_cabinet"}


@dataclass(frozen=True, slots=True)
class Means:
    """What a process lends to commands: its log, its way to start anew, its devices; None where it has none."""

    credentials: Credentials
    tail: LogTail | None = None
    restart: Callable[[], None] | None = None
    hands: Hands | None = None


class Deeds:
    """`roster` names the devices (`device`, `kind`, `present`), `dial` gives a setting of the kiosk's own.

    `screen`, the address of the kiosk's page, is set once it is served.
    """

    def __init__(
        self,
        means: Means,
        *,
        roster: Callable[[], tuple[Body, ...]],
        dial: Callable[[str], int],
        now: Callable[[], int],
    ) -> None:
        known = means.credentials
        self._roster, self._dial, self._now, self._hands = roster, dial, now, means.hands
        self._tail, self._restart = means.tail, means.restart
        self._uploads = Uploads(known.public_url, known.kiosk, known.password)
        self.screen = ""
        self._message: tuple[Notice, int] | None = None
        self._lock = threading.Lock()

    def messages(self) -> tuple[Notice, ...]:
        """What a command put on the screen and is still to be read."""
        with self._lock:
            if self._message is not None and self._now() >= self._message[1]:
                self._message = None
            return () if self._message is None else (self._message[0],)

    def aim(self, name: str, args: Body) -> Body:
        """The arguments with the device that will do it; raises `Failed`."""
        if name not in _KINDS:
            return args
        if not self._dial("remote_hands"):
            raise Failed("remote hands are switched off here")
        here = [one for one in self._roster() if one["kind"] == _KINDS[name]]
        if "device" in args:
            here = [one for one in here if one["device"] == args["device"]]
        if not here:
            raise Failed("no such device here")
        present = [one for one in here if one["present"]]
        if not present:
            raise Failed("the device does not answer")
        if len(present) > 1:
            raise Failed("more than one such device: name one")
        return {**args, "device": present[0]["device"]}

    def perform(self, command: str, name: str, args: Body) -> Outcome | None:
        """Do it; None when the answer is given after a new start. Never raises for what goes wrong on the way."""
        try:
            match name:
                case "show_message":
                    return self._show_message(command, args)
                case "collect_logs":
                    return self._collect_logs(command, args)
                case "take_screenshot":
                    return Outcome(True, more={"bytes": self._uploads.send(command, "image/png", shoot(self.screen))})
                case "restart":
                    if self._restart is None:
                        raise Failed("nobody can start it again here")
                    self._restart()
                    return None
                case _:
                    return self._by_hand(command, args["device"], *_serial(name, args))
        except (Failed, NoUpload, NoPicture) as cause:
            return Outcome(False, str(cause))
        except Exception as cause:
            log.exception("a command went wrong", name=name)
            return Outcome(False, f"internal error: {cause}"[:MAX_REASON])

    def resume(self, command: str, name: str, args: Body, late: bool, wait: Callable[[float], bool]) -> Outcome | None:
        """The truth about a command that was begun before the last end; None when told to stop meanwhile.

        Nothing is done a second time, except what harms nobody (a message, logs, a picture) and is not too `late`.
        """
        if name == "restart":
            return Outcome(True)
        if not DEEDS[name].hardware:
            return Outcome(False, "interrupted") if late else self.perform(command, name, args)
        for _ in range(round(HELLO_S / LOOK_S)):
            try:
                outcome = self._by_hand(command, str(args.get("device")), _ASK_ONLY, {})
            except Failed:
                if wait(LOOK_S):
                    return None
                continue
            return Outcome(False, INTERRUPTED) if outcome.reason in {"unknown command", INTERRUPTED} else outcome
        return Outcome(False, INTERRUPTED)

    def _by_hand(self, command: str, device: str, name: str, args: Body) -> Outcome:
        if self._hands is None:
            raise Failed("no devices can be reached here")
        try:
            # The device knows the id too, and acts once for it however often the line is repeated.
            result = self._hands.send(device, name, args, command=command, timeout=SERIAL_S)
        except Unanswered as cause:
            if cause.left:
                return Outcome(False, INTERRUPTED)
            raise Failed(str(cause)) from cause
        why = result.body.get("why")
        return Outcome(result.ok, why if isinstance(why, str) else "", _detail(result.body))

    def _show_message(self, command: str, args: Body) -> Outcome:
        with self._lock:
            self._message = (Notice(command, args["text"], "warning"), self._now() + 1000 * args["seconds"])
        return Outcome(True)

    def _collect_logs(self, command: str, args: Body) -> Outcome:
        if self._tail is None:
            raise Failed("no log is kept here")
        text = redact("\n".join(self._tail.lines(args["lines"])))
        try:
            size = self._uploads.send(command, "text/plain; charset=utf-8", text.encode())
        except NoUpload as cause:
            short = text.encode()[-MOST_TEXT:].decode("utf-8", "ignore")
            return Outcome(True, str(cause), {"text": short})
        return Outcome(True, more={"bytes": size})


def _serial(name: str, args: Body) -> tuple[str, Body]:
    """The device's own word for a command, and its arguments."""
    if name == "switch_port":
        return ("port_on" if args["on"] else "port_off"), {"port": args["port"]}
    return {"open_box": "unlock", "dispense_raincoat": "dispense"}[name], {}


def _detail(body: Body) -> Body:
    """What a device says of its deed, where it is small enough to travel."""
    try:
        return {"detail": body} if 0 < len(pack({"body": {"detail": body}})) <= MOST_DETAIL and body else {}
    except (Broken, RecursionError):
        return {}
