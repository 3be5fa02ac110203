"""Who is on duty, who holds a desk, and where the rota has holes: the questions that routing and alerts ask.

Never nobody silently: what the rota leaves empty falls through to the next post, then to the accounts, and says so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from server import calendar
from server.kit.clock import DAY_MS, beijing, clock, when
from server.kit.store import Work
from server.people import records
from server.people.rota import Gap, Rota, Stretch, holes
from server.people.rules import POSTS, UNITS, Contact, clean_building
from server.staff import ROLES

DUTY_ROLES = ("duty", "committee", "director", "street", "district")
"""With no rota, the accounts of the first of these roles that has any are on duty."""

SOURCES = {
    "rota": "按排班",
    "backup": "值班的人不在，由后备顶上",
    "director": "值班和后备都不在，由主任顶上",
    "accounts": "排班里现在没有人，由值班账号接警",
    "nobody": "没有任何人能接警",
}


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Who answers at `at` (UTC milliseconds), until `until` at least. `source` says where `duty` comes from.

    `duty` is empty only when `source` is `nobody`: no rota, and no account that could stand in. `gaps` are the
    holes of this moment.
    """

    at: int
    until: int
    duty: tuple[Contact, ...]
    backup: tuple[Contact, ...]
    director: tuple[Contact, ...]
    guard: tuple[Contact, ...]
    source: str
    gaps: tuple[Gap, ...] = ()
    shifts: tuple[str, ...] = ()

    @property
    def everybody(self) -> tuple[Contact, ...]:
        """All four posts, each person once, in the order of the ladder."""
        people = (*self.duty, *self.backup, *self.director, *self.guard)
        return tuple({contact.key: contact for contact in people}.values())


def rota(work: Work, community: str, start: int, end: int) -> Rota:
    """The rota of a community, with the swaps that matter in [start, end)."""
    first = beijing(start).date() - timedelta(days=1)
    return Rota(
        records.shifts(work, community),
        records.swaps(work, community, first, beijing(end).date()),
        records.contacts(work, community, removed=True),
    )


def on_duty(work: Work, community: str, at: int) -> OnDuty:
    """Who is on duty in a community at a moment."""
    found = rota(work, community, at, at + DAY_MS)
    now = found.at(calendar.load(work), at)
    accounts = _Accounts(work, community)
    duty, source = _duty(now, accounts)
    if found.shifts:
        backup, gaps = now.on("backup"), tuple(holes(now))
    else:
        backup = tuple(one for one in accounts.of("committee") if one not in duty)
        gaps = (Gap(now.start, now.end, "duty", "no_rota"),)
    return OnDuty(
        at=at,
        until=now.end,
        duty=duty,
        backup=backup,
        director=now.on("director") or accounts.of("director"),
        guard=now.on("guard") or _unit_holders(work, community, "prop_guard", accounts),
        source=source,
        gaps=gaps,
        shifts=now.shifts,
    )


def holders(work: Work, community: str, target: str, at: int, building: str | None = None) -> tuple[Contact, ...]:
    """Those whom a ticket or a word for `target` reaches at a moment; empty when nobody is left: fall through.

    `target`: a post (`duty`, `backup`, `director`, `guard`), a kind of unit (`prop_eng`, `building_leader`, …), one
    unit (`unit:3`), a role (`committee`, `it`, …) or one person (`contact:7`, `staff:3`). `building` narrows
    building leaders to those of that building (`3`, `3号楼`); without it every one counts. Guards on the
    rota now go before the rest of their unit.
    """
    accounts = _Accounts(work, community)
    if target in POSTS:
        here = on_duty(work, community, at)
        return {"duty": here.duty, "backup": here.backup, "director": here.director, "guard": here.guard}[target]
    if target == "prop_guard":
        return on_duty(work, community, at).guard
    if target in UNITS or target.startswith("unit:"):
        return _unit_holders(work, community, target, accounts, building)
    if target.startswith(("contact:", "staff:")):
        known = {one.key: one for one in (*records.contacts(work, community).values(), *accounts.all())}
        by_account = {f"staff:{one.staff}": one for one in known.values() if one.staff is not None}
        person = known.get(target) or by_account.get(target)
        return (person,) if person is not None and person.active else ()
    return accounts.of(target) if target in ROLES else ()


def gaps(work: Work, community: str, start: int, days: int = 7) -> list[Gap]:
    """The holes of the coming days, from `start` (UTC milliseconds) on."""
    end = start + days * DAY_MS
    return rota(work, community, start, end).gaps(calendar.load(work), start, end)


def named(work: Work, community: str, shift_id: int, day: date) -> Mapping[str, tuple[str, ...]]:
    """post → keys of those on a shift that begins on a day, after swaps; empty when it does not run then."""
    shift = next((one for one in records.shifts(work, community) if one.id == shift_id), None)
    if shift is None:
        return {}
    start, _ = shift.span(day)
    turns = rota(work, community, start, start + 1).turns(calendar.load(work), start, start + 1)
    return next((turn.posts for turn in turns if turn.shift.id == shift_id and turn.day == day), {})


def troubles(work: Work, community: str, at: int) -> tuple[str, ...]:
    """What the desk must see about the coming week: sentences, the gravest kind first. Empty: all is well."""
    alike: dict[tuple[bool, bool, str, str, tuple[str, ...]], list[Gap]] = {}
    for gap in gaps(work, community, at):
        alike.setdefault((gap.covered, gap.post != "duty", gap.post, gap.kind, gap.names), []).append(gap)
    found = [say(some[0], at) + _often(len(some)) for _, some in sorted(alike.items(), key=lambda item: item[0][:2])]
    return (*found, *calendar.warnings(calendar.load(work), at))


def say(gap: Gap, now: int) -> str:
    """A hole as a sentence."""
    if gap.kind == "no_rota":
        return "还没有排班：现在由值班账号的所有人接警"
    post = POSTS[gap.post]
    same_day = beijing(gap.start).date() == beijing(gap.end).date()
    span = f"{when(gap.start, now)} 到 {clock(gap.end) if same_day else when(gap.end, now)}"
    if gap.kind == "nobody":
        return f"{span} 没有人值班" if gap.post == "duty" else f"{span} 没有{post}"
    names = "、".join(gap.names)
    return f"{span} 的{post} {names} 已经不在名册里" + ("，还有别人" if gap.covered else "，没有别人了")


def _often(times: int) -> str:
    return f"（7 天里这样的有 {times} 段）" if times > 1 else ""


class _Accounts:
    """The accounts of a community, read when first asked for."""

    def __init__(self, work: Work, community: str) -> None:
        self._work = work
        self._community = community
        self._found: list[tuple[str, Contact]] | None = None

    def of(self, role: str) -> tuple[Contact, ...]:
        """Those with a role."""
        return tuple(contact for kind, contact in self._all() if kind == role)

    def all(self) -> tuple[Contact, ...]:
        """Everybody."""
        return tuple(contact for _, contact in self._all())

    def _all(self) -> list[tuple[str, Contact]]:
        if self._found is None:
            self._found = records.accounts(self._work, self._community)
        return self._found


def _duty(now: Stretch, accounts: _Accounts) -> tuple[tuple[Contact, ...], str]:
    for post, source in (("duty", "rota"), ("backup", "backup"), ("director", "director")):
        people = now.on(post)
        if people:
            return people, source
    for role in DUTY_ROLES:
        people = accounts.of(role)
        if people:
            return people, "accounts"
    return (), "nobody"


def _unit_holders(
    work: Work, community: str, target: str, accounts: _Accounts, building: str | None = None
) -> tuple[Contact, ...]:
    known = records.contacts(work, community)
    rows = [row for row in records.members(work, community) if target in {row["kind"], f"unit:{row['unit']}"}]
    if building is not None:
        number = clean_building(building)
        rows = [row for row in rows if row["building"] in {"", number}]
    return _active(known[row["contact"]] for row in rows if row["contact"] in known) or accounts.of(target)


def _active(people: Iterable[Contact]) -> tuple[Contact, ...]:
    return tuple({one.key: one for one in people if one.active}.values())
