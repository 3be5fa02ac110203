"""A ticket's history as a page shows it: who did what, what it changed, and which lines are folded away. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from server import incidents, parking
from server.incidents import Step

FIRST, LAST = 2, 5
"""What stays in sight of a long history: how it began, and where it stands."""

VOICES = {
    "staff": ("user", ""),
    "rider": ("device-mobile", "骑手"),
    "device": ("bell", "设备"),
    "outside": ("external-link", "外部"),
    "system": ("settings", "自动"),
    "register": ("parking", ""),
}
"""Whose voice a line is → icon and word; colleagues need none."""
_NAMES = {"系统": "system", "设备": "device", parking.REGISTER: "register", "停车券": "register"}
OUTSIDE = "外部单位"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the history."""

    step: Step
    did: str
    voice: str
    icon: str
    whose: str


@dataclass(frozen=True, slots=True)
class Audit:
    """The history, cut into what is in sight and what is folded between."""

    first: tuple[Line, ...]
    folded: tuple[Line, ...]
    last: tuple[Line, ...]
    only_changes: bool
    total: int
    changes: int


def audit(steps: Sequence[Step], *, only_changes: bool) -> Audit:
    """Oldest first; `only_changes` leaves out lines after which the ticket was as before."""
    changing = [step for step in steps if step.changes or not step.from_state]
    lines = tuple(_line(step) for step in (changing if only_changes else steps))
    long = len(lines) > FIRST + LAST + 1
    return Audit(
        first=lines[:FIRST] if long else (),
        folded=lines[FIRST:-LAST] if long else (),
        last=lines[-LAST:] if long else lines,
        only_changes=only_changes,
        total=len(steps),
        changes=len(changing),
    )


def voice_of(step: Step) -> str:
    """Whose voice a step is: a colleague's, the reporter's, a device's, an outside body's, or the program's own."""
    if step.role:
        return "outside" if step.role == OUTSIDE else "staff"
    return _NAMES.get(step.by, "rider" if step.by.startswith("骑手") else "outside")


def _line(step: Step) -> Line:
    voice = voice_of(step)
    icon, whose = VOICES[voice]
    return Line(step, incidents.past(step.move), voice, icon, "" if whose in step.by else whose)
