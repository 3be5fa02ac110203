"""What may be added to a report, how much, and until when. Pure."""

from dataclasses import dataclass

from gateway.contract.categories import Level
from server.incidents import ENDED, Incident
from server.kit.clock import day

MAX_WORDS = 300
MOST = 20
"""Additions to one report; nobody counts while a person or a way of escape is at risk."""

ADDED, RETRACTED = "add", "retract"
RETRACTABLE = frozenset({"reported", "filed", "dispatched", "shelved", "transferred"})
"""While there is still something to be spared: what is done needs no more than a check."""

OPEN, AFTER, OVER, FULL = "open", "after", "over", "full"


@dataclass(frozen=True, slots=True)
class Addition:
    """One thing said later. `what`: `ADDED` or `RETRACTED`; `at` in UTC milliseconds; `photos` that came along."""

    incident: int
    at: int
    what: str
    words: str
    photos: int
    digest: str
    """Of its content: the same thing sent again is known by it."""


@dataclass(frozen=True, slots=True)
class Card:
    """What stands on the receipt.

    `state`: `OPEN` words and photos; `AFTER` words until `until`; `FULL` or `OVER`: nothing any more.
    """

    state: str
    seen: int
    """How many additions the page knows of: what is sent from it again is found among the later ones."""
    photos: int
    """How many more may come; 0 for categories of which none are kept."""
    until: int | None
    may_retract: bool
    ends: bool
    """Whether taking it back ends it at once; else a person decides."""
    retracted: int | None
    urgent: bool
    longest: int = MAX_WORDS


def state_of(leading: Incident, said: int, last_moment: int | None, now: int) -> str:
    """What can be added now. `leading` carries the report on; `last_moment` for words after it has ended."""
    if leading.state in ENDED:
        return AFTER if last_moment is not None and now <= last_moment and said < MOST else OVER
    return OPEN if said < MOST or leading.level in {Level.P0, Level.P1} else FULL


def why_not(state: str, last_moment: int | None) -> str | None:
    """A sentence for whoever tries all the same; None when words are taken."""
    if state == OVER:
        ended = f"到 {day(last_moment)} 为止可以补充，已经过了。" if last_moment is not None else "这件事已经有结果了。"
        return f"{ended}又看到了，请重新上报一次。"
    if state == FULL:
        return f"一张回执最多补充 {MOST} 次。还有话，请打值班电话。"
    return None


def retractable(own: Incident, leading: Incident, retracted: int | None) -> bool:
    """Whether the reporter can still say that nobody need come."""
    return retracted is None and own.channel in {"phone", "kiosk"} and leading.state in RETRACTABLE


def told(words: str, photos: int) -> str:
    """An addition as one text of the history."""
    pictures = f"照片 {photos} 张" if photos else ""
    return f"{words}（{pictures}）" if words and pictures else words or pictures
