"""Memos whose moment has come → deliveries: to whom they go now, and over which channels."""

from collections.abc import Collection, Sequence

import structlog

from server import incidents
from server.alerts import queries, reach, rules
from server.alerts import records as outbox
from server.alerts.memos import records
from server.alerts.memos.records import Memo
from server.alerts.rules import RING
from server.alerts.setup import Line
from server.incidents import ENDED, Incident
from server.kit.store import Work
from server.people import Contact

log = structlog.get_logger()

BATCH = 50
LATER_MS = 5_000
AGAIN_MS = 60_000
MOST_RINGS = 10
"""Somebody who does not hear ten calls is not there; the next step of the escalation calls others."""


def spread(work: Work, lines: Sequence[Line], urgent: bool) -> int:
    """Take a batch of memos; returns how many there were."""
    memos = records.due(work, urgent, BATCH)
    if not memos:
        return 0
    round_ = _Round(work, lines)
    for memo in memos:
        try:
            with work.attempt():
                round_.send(memo)
        except Exception:
            log.exception("a memo could not be told and is tried again", memo=memo.id)
            records.set_next(work, memo.id, work.now + LATER_MS)
    return len(memos)


def widen(work: Work, memo_id: int, lines: Sequence[Line], failed: str) -> None:
    """A channel failed a memo that rings: those it called hear it over another one, at once."""
    memo = records.get(work, memo_id)
    if memo is None or memo.ended is not None or is_moot(memo, _incident(work, memo)):
        return
    _Round(work, lines, {failed}).send(memo, again=True)


def is_moot(memo: Memo, incident: Incident | None) -> bool:
    """Whether nobody needs to hear it any more."""
    if memo.ended is not None or memo.incident is None:
        return memo.ended is not None
    return incident is None or (memo.while_open and incident.state in ENDED)


class _Round:
    """One batch; whom a name reaches is looked up once in it."""

    def __init__(self, work: Work, lines: Sequence[Line], failed: Collection[str] = ()) -> None:
        self._work = work
        self._lines = lines
        self._failing = queries.failing(work) | set(failed)
        self._known: dict[tuple[str, str], tuple[Contact, ...]] = {}
        self._missed: set[tuple[str, tuple[str, ...]]] = set()

    def send(self, memo: Memo, *, again: bool = False) -> None:
        """Make deliveries of a memo. `again`: only over channels that have not carried it yet."""
        work = self._work
        incident = _incident(work, memo)
        if is_moot(memo, incident):
            records.end(work, [memo.id])
            return
        rings = memo.manner == RING
        times = max(1, memo.times) if again else memo.times + 1
        # What does not ring is said to nobody twice.
        known = outbox.called(work, None, memo.id) if again or (memo.times and not rings) else set()
        to: dict[tuple[str, str], dict[int, str]] = {}
        called = []
        for contact, role in self._people(memo, incident):
            number = outbox.call(
                work, memo.incident or 0, contact.key, contact.staff, contact.name, reach.label(role)
            )  # fmt: skip
            called.append(number)
            ways = reach.ways(contact, self._lines, memo.community, {role, *memo.whom})
            picked = rules.chosen(list(ways), self._failing, 2 if rings else 1, times)
            if not picked and not again:
                queries.note(work, memo.incident, None, "", None, f"{memo.head}：没有能到的渠道", contact.name)
            if rings and contact.staff is not None:
                ways["live"] = (str(contact.staff), "")
                picked = ["live", *picked]
            for channel in picked:
                address, mention = ways[channel]
                if (channel, number) not in known:
                    to.setdefault((channel, address), {})[number] = mention
        for (channel, address), people in to.items():
            outbox.deliver(work, memo.incident, rings, channel, address, people, times, work.now, memo.id)
        if not again:
            more = rings and called and times < MOST_RINGS
            records.sent_out(work, memo, called, work.now + AGAIN_MS if more else None)

    def _people(self, memo: Memo, incident: Incident | None) -> list[tuple[Contact, str]]:
        """Whom it goes to now, each person once, with the role in which."""
        found = self._of(memo, incident, memo.whom)
        others = [one for one in found if memo.but is None or one[0].staff != memo.but]
        if others:
            missing = [one for one in memo.whom if not self._of(memo, incident, [one])]
            if missing and not (missing == ["assignee"] and incident is not None and incident.assignee is None):
                self._note(memo, f"现在没有{_names(missing)}")
            return others
        for target in memo.instead:
            others = [one for one in self._of(memo, incident, [target]) if one[0].staff != memo.but]
            if others:
                self._note(memo, f"没有{_names(memo.whom)}能听到，改告诉{_names([target])}")
                return others
        if found and not memo.instead:
            return []  # the only one it is for did it
        self._note(memo, f"现在没有{_names(memo.whom)}，群里都告诉")
        if (memo.community, memo.whom) not in self._missed:
            self._missed.add((memo.community, memo.whom))
            log.error("nobody to be told; the groups are", community=memo.community, whom=memo.whom)
        return [(one, "duty") for one in self._held(memo.community, "duty")] or [(reach.NOBODY, "duty")]

    def _of(self, memo: Memo, incident: Incident | None, targets: Sequence[str]) -> list[tuple[Contact, str]]:
        found: dict[str, tuple[Contact, str]] = {}
        for target in targets:
            role = target
            if target in {"desk", "assignee"}:
                if incident is None or (target == "assignee" and incident.assignee is None):
                    continue
                role = str(incident.desk)
            looked_up = f"staff:{incident.assignee}" if target == "assignee" and incident is not None else role
            for contact in self._held(memo.community, looked_up):
                found.setdefault(contact.key, (contact, role))
        return list(found.values())

    def _held(self, community: str, target: str) -> tuple[Contact, ...]:
        if (community, target) not in self._known:
            self._known[community, target] = reach.holders(self._work, community, target)
        return self._known[community, target]

    def _note(self, memo: Memo, words: str) -> None:
        if memo.times == 0:
            queries.note(self._work, memo.incident, None, "", None, f"{memo.head}：{words}", "")


def _incident(work: Work, memo: Memo) -> Incident | None:
    return None if memo.incident is None else incidents.get(work, memo.incident)


def _names(targets: Sequence[str]) -> str:
    words = {"desk": "责任方", "assignee": "经办人"}
    named = (words.get(target) or reach.label(target) or "要找的人" for target in targets)
    return "、".join(dict.fromkeys(named))
