"""Commands: what must happen now, once, to hardware. Everything else is desired state.

The kiosk writes the id down before acting and answers a repeat with the stored result.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from gateway.contract.envelope import Body, Broken, identifier, moment, pack, text, unpack, version

MAX_BYTES = 8 * 1024


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
