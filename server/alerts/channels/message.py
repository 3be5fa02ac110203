"""What goes out, what comes back, and what a channel is: it never raises, whatever happens becomes an `Answer`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

MAX_ANSWER = 160


@dataclass(frozen=True, slots=True)
class Message:
    """One message, composed to fit its channel. `mark` is its number: the same when it has to be sent twice."""

    mark: str
    subject: str
    text: str
    urgent: bool
    address: str = ""
    """A phone, an e-mail address or an account's number; empty for a group."""
    mentions: tuple[str, ...] = ()
    facts: Mapping[str, str | int | None] = field(default_factory=dict)
    """The same for programs; nobody's name, nothing that was typed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a channel said. `confirmed` None: handed over, and the other side answers later."""

    confirmed: bool | None
    words: str
    blocked_ms: int = 0
    """The channel takes nothing for so long."""
    again: bool = True
    """Whether another try may help."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the other side allows. `reserve` of the `per_minute` are kept for P0 and P1."""

    most_bytes: int
    per_minute: int
    per_second: int
    reserve: int


class Channel(Protocol):
    """A way to reach people."""

    name: str
    kind: str
    group: bool
    """Whether one message reaches a whole group; else every person needs an address of their own."""
    limits: Limits

    def send(self, message: Message) -> Answer:
        """Send, and say what the other side answered. Blocks for a few seconds at most; never raises."""

    def close(self) -> None:
        """Give back what it holds."""


def shown(words: str, secrets: Sequence[str] = ()) -> str:
    """An answer as it may stand on a ticket: one line, short, without anything secret."""
    for secret in sorted(secrets, key=len, reverse=True):
        if secret:
            words = words.replace(secret, "…")
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in words).split())
    return line if len(line) <= MAX_ANSWER else line[: MAX_ANSWER - 1] + "…"
