"""What a rider agrees to: whether it covers what the notice says now, and switching one purpose on or off.

A purpose that a newer notice changed rests until its rider has answered: nothing of it is used, nothing forgotten.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from server import privacy
from server.kit.errors import Invalid, Missing
from server.kit.store import Work
from server.profiles import records
from server.profiles.events import Agreed, Withdrawn
from server.profiles.rules import Rider

PROFILE, POINTS, CARD = "profile", "points", "card"


@dataclass(frozen=True, slots=True)
class Purpose:
    """In a rider's words. `refuse`: what the button of no says; `loses`: what goes with it."""

    code: str
    label: str
    icon: str
    refuse: str
    loses: tuple[str, ...] = ()


PURPOSES = {
    one.code: one
    for one in (
        # Without a number and a name there is no profile: no means leaving, which has its own page.
        Purpose(PROFILE, "昵称和手机号", "user", "不同意，删除我的资料"),
        Purpose(
            POINTS, "记分", "star", "不同意，关掉记分",
            (
                "不再记分。现有的分、等着核实的、没取的兑换码都清掉，拿不回来。",
                "打卡、上报、回执照样能用。以后想要，在“我的分”里再打开。",
            ),
        ),
        Purpose(
            CARD, "记在我的卡上", "calendar", "不同意，关掉这一项",
            (
                "不再记哪天到过哪个站。月历上到站的日子清空，拿不回来。",
                "打卡、上报照样能用。以后想要，在“我的”里再打开。",
            ),
        ),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ask:
    """A purpose that has to be agreed to anew, and what changed, in lines."""

    purpose: Purpose
    says: tuple[str, ...]


def subject(rider: int) -> str:
    """Under which consents are kept."""
    return f"rider:{rider}"


def as_agreed(work: Work, rider: Rider) -> Rider:
    """The rider with only those purposes switched on that the consents cover; the others wait in `due`."""
    due = tuple(one.purpose.code for one in _asks(work, rider.id, {CARD: rider.card, POINTS: rider.points}))
    return replace(
        rider,
        card=rider.card and not {PROFILE, CARD} & {*due},
        points=rider.points and not {PROFILE, POINTS} & {*due},
        due=due,
    )


def asks(work: Work, rider: int) -> list[Ask]:
    """What this rider has to be asked before it is used again; nothing for nearly everybody."""
    row = records.get(work, rider)
    return [] if row is None else _asks(work, rider, {CARD: bool(row["card"]), POINTS: bool(row["points"])})


def takes_points(work: Work, rider: int) -> bool:
    """Whether points may be written down for this rider now: wanted, and covered by what was agreed to."""
    row = records.get(work, rider)
    return row is not None and bool(row["points"]) and not _asks(work, rider, {POINTS: True, CARD: False})


def agree(work: Work, rider: int, purpose: str, version: int) -> None:
    """Yes, to the notice as it is now; the purpose is switched on. Raises `Missing`, `Invalid` (an older notice)."""
    if purpose not in PURPOSES:
        raise Missing("没有这一项")
    if version != privacy.current_notice().version:
        raise Invalid("隐私说明刚换了新的一版，请再看一眼")
    privacy.consent(work, subject(rider), purpose, version)
    _switch(work, rider, purpose, True)
    work.tell(Agreed(rider, purpose))


def refuse(work: Work, rider: int, purpose: str) -> None:
    """No: this purpose is switched off and what was kept for it goes, nothing else. Raises `Missing`; twice is once."""
    if purpose not in PURPOSES or purpose == PROFILE:
        raise Missing("没有这一项")
    privacy.withdraw_consent(work, subject(rider), purpose)
    _switch(work, rider, purpose, False)
    if purpose == CARD:
        records.forget_visits(work, rider)
    work.tell(Withdrawn(rider, purpose))


def _asks(work: Work, rider: int, on: Mapping[str, bool]) -> list[Ask]:
    """`on`: which of card and points are switched on; a profile always is."""
    agreed = {one.purpose: one.version for one in privacy.consents(work, subject(rider))}
    found = []
    for code, purpose in PURPOSES.items():
        says = privacy.changed_since(agreed.get(code, 0), code) if on.get(code, True) else ()
        if says:
            found.append(Ask(purpose, says))
    return found


def _switch(work: Work, rider: int, purpose: str, on: bool) -> None:
    if purpose == CARD:
        records.set_card(work, rider, on)
    elif purpose == POINTS:
        records.set_points(work, rider, on)
