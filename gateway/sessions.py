"""A kiosk's latest connections, and what they tell: a line that comes and goes, two machines under one name. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

KEPT = 16
FLAPS = 5
FLAP_WITHIN_MS = 10 * 60 * 1000
"""So many connections within this time are one notice, not fifty."""


class Session(NamedTuple):
    """One birth. `at`: UTC milliseconds; `counts` is False for one that our own absence or the broker's explains."""

    boot: str
    nonce: str
    at: int
    counts: bool


def knows(sessions: Sequence[Session], nonce: str) -> bool:
    """Whether this birth was seen before: a broker may deliver it again."""
    return any(one.nonce == nonce for one in sessions)


def joined(sessions: Sequence[Session], session: Session) -> tuple[Session, ...]:
    """The sessions after one more."""
    return (*sessions[-(KEPT - 1) :], session)


def two_machines(sessions: Sequence[Session]) -> bool:
    """Whether the latest session is of a boot that another had followed already.

    A boot's name is random and dies with it: one that returns after another is a second machine under the same name.
    """
    boots = [one.boot for one in sessions]
    return len(boots) > 2 and boots[-1] != boots[-2] and boots[-1] in boots[:-2]


def flapping(sessions: Sequence[Session], now: int) -> bool:
    """Whether the line came and went too often lately; `now`: UTC milliseconds."""
    return sum(one.counts and now - one.at <= FLAP_WITHIN_MS for one in sessions) >= FLAPS
