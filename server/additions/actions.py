"""Adding to a report by its receipt, taking a report back, and what the receipt offers of both."""

import hashlib
from collections.abc import Sequence

from gateway.contract.categories import Level
from server import alerts, incidents, photos, ratings, routing, thresholds
from server.additions import records, rules
from server.additions.rules import ADDED, RETRACTED, Addition, Card
from server.alerts import ONCE, RING, Memo
from server.incidents import ENDED, NEW, OPEN, Incident
from server.kit.errors import Invalid, Refused
from server.kit.live import Change
from server.kit.store import Work
from server.photos import Stored
from server.routing import Arrival

KEY = "addition"
"""Of the memo that tells of additions: the next one takes its place."""
_ALARMS = frozenset({Level.P0, Level.P1})
_BURNING = frozenset({*NEW, "filed", "dispatched", "transferred"})
"""While what is said may still change what somebody does."""


def card(work: Work, own: Incident, leading: Incident) -> Card | None:
    """For the receipt of `own`; `leading` carries it on. None where nobody waits for a receipt."""
    if own.channel not in {"phone", "kiosk", "api"}:
        return None
    said = records.of(work, own.id)
    until = _until(work, leading)
    state = rules.state_of(leading, len(said), until, work.now)
    back = retracted_at(work, said, leading)
    return Card(
        state=state,
        seen=len(said),
        photos=_room(work, own) if state == rules.OPEN else 0,
        until=until if state == rules.AFTER else None,
        may_retract=rules.retractable(own, leading, back),
        ends=_ends(work, own),
        retracted=back,
        urgent=leading.level in _ALARMS,
    )


def check(work: Work, own: Incident) -> Card:
    """What can be added now. Raises `Refused` with a sentence when nothing can."""
    leading = incidents.leading(work, own)
    found = card(work, own, leading)
    refusal = "这张回执不能补充" if found is None else rules.why_not(found.state, _until(work, leading))
    if found is None or refusal is not None:
        raise Refused(refusal or "")
    return found


def add(work: Work, receipt: str, words: str, stored: Sequence[Stored], seen: int) -> Addition:
    """Take a word or photos in; the desk sees it at once and whoever has the ticket is told. Nothing is reopened.

    `seen` as the page had it: the same content sent again from one page is one addition. Photos beyond the room that
    is left are let go. Raises `Missing`, `Invalid` (nothing in it) and `Refused` (too late, too many).
    """
    own = incidents.by_receipt(work, receipt)
    said = incidents.plain(words, rules.MAX_WORDS)
    digest = _digest(ADDED, said, stored)
    again = _known(work, own, digest, seen)
    if again is not None:
        return again
    left = check(work, own)
    kept = [photos.keep(work, one) for one in stored[: left.photos]]
    if not (said or kept):
        raise Invalid("请写一句，或者带一张照片" if left.photos else "请写一句")
    one = Addition(own.id, work.now, ADDED, said, len(kept), digest)
    records.add(work, one)
    incidents.add_photos(work, own.id, kept)
    _write(work, own, ADDED, rules.told(said, len(kept)))
    pieces = [*(["一句话"] if said else []), *([f"{len(kept)} 张照片"] if kept else [])]
    _tell(work, own, "骑手补充了", "、".join(pieces), alarming=_alarming(work, own, said))
    return one


def retract(work: Work, receipt: str, words: str, seen: int) -> Addition:
    """The reporter says that nobody need come any more.

    What nobody has touched ends with it. Else the ticket stays: a person decides, and alarms go on.
    Raises `Missing`, and `Refused` when there is nothing to take back.
    """
    own = incidents.by_receipt(work, receipt)
    leading = incidents.leading(work, own)
    said = incidents.plain(words, rules.MAX_WORDS)
    digest = _digest(RETRACTED, said, ())
    back = retracted_at(work, records.of(work, own.id), leading)
    again = _known(work, own, digest, seen)
    if again is not None and back is not None:
        return again
    if not rules.retractable(own, leading, back):
        raise Refused("你已经说过不用办了" if back is not None else "这件事已经办好或者有结果了，不用撤回")
    one = Addition(own.id, work.now, RETRACTED, said, 0, digest)
    records.add(work, one)
    if _ends(work, own):
        called = any(line.good for line in alerts.log_of(work, own.id))
        incidents.take_back(work, own.id, said)
        if called:
            _call_off(work, own)
        return one
    _write(work, own, RETRACTED, f"不用办了：{said}" if said else "不用办了")
    _tell(work, own, "骑手说不用办了", "请核实一下，再决定要不要结束", alarming=False)
    return one


def retracted_at(work: Work, said: Sequence[Addition], leading: Incident) -> int | None:
    """Since when the reporter's last word is that nobody need come; a ticket that came back since asks anew."""
    last = max((one.at for one in said if one.what == RETRACTED), default=None)
    if last is None:
        return None
    again = (step.at for step in incidents.history(work, leading.id) if step.move in {"reopen", "recur", "refile"})
    return None if any(at > last for at in again) else last


def _call_off(work: Work, own: Incident) -> None:
    """Whoever read of it on a phone would walk for nothing."""
    alerts.withdraw(work, own.id, KEY)
    memo = Memo(
        own.community, ("desk",), ONCE, "骑手撤回了", "不用去了", incident=own.id, key=KEY, while_open=False,
        instead=("duty", "director"),
    )  # fmt: skip
    alerts.tell(work, memo)


def _ends(work: Work, own: Incident) -> bool:
    """Whether the reporter's word alone ends it: neither moved nor taken over, and nobody else waits for it."""
    return incidents.may_take_back(work, own) and alerts.acknowledged(work, own.id) is None


def _until(work: Work, leading: Incident) -> int | None:
    """The last moment for words about what has ended; None while it has not."""
    if leading.state not in ENDED:
        return None
    ended = [
        step.at
        for step in incidents.history(work, leading.id)
        if step.to_state in ENDED and step.from_state not in ENDED
    ]
    days = thresholds.value(work, ratings.DAYS, leading.community)
    return ratings.until(ended[-1] if ended else leading.updated, days)


def _room(work: Work, own: Incident) -> int:
    """How many more photos may come."""
    if not own.kind.photo:
        return 0
    return max(0, photos.MOST - incidents.photo_counts(work, [own.id]).get(own.id, 0))


def _known(work: Work, own: Incident, digest: str, seen: int) -> Addition | None:
    later = records.of(work, own.id)[max(0, seen) :]
    return next((one for one in later if one.digest == digest), None)


def _digest(what: str, words: str, stored: Sequence[Stored]) -> str:
    parts = [what, words, *sorted(one.large for one in stored)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


def _write(work: Work, own: Incident, move: str, note: str) -> None:
    """Into the history; whoever waits for an answer to a question goes on waiting."""
    incidents.hear(work, own.id, note, name=move, whom="nobody")
    leading = incidents.leading(work, own)
    if leading.id != own.id:
        desk = str(leading.desk)
        data: dict[str, str | int] = {
            "id": leading.id, "state": leading.state, "desk": desk, "former_desk": desk,
        }  # fmt: skip
        work.tell(Change("incident", leading.community, data))


def _alarming(work: Work, own: Incident, words: str) -> bool:
    """Whether these words alone turn this kind of report into an emergency."""

    def level(said: str) -> Level:
        arrival = Arrival(own.community, own.station, own.category, own.place, said, channel=own.channel)
        return routing.route(work, arrival, work.now).routed.level

    return bool(words) and level(words) in _ALARMS and level("") not in _ALARMS


def _tell(work: Work, own: Incident, head: str, said: str, *, alarming: bool) -> None:
    """Whoever has the ticket; at once while people are in danger. The words themselves stay on the ticket."""
    leading = incidents.leading(work, own)
    still_open = leading.state in OPEN
    alarm = alarming or (leading.level in _ALARMS and leading.state in _BURNING)
    from_other = "" if leading.id == own.id else f"（并进来的 {own.number}）"
    if leading.assignee is not None:
        whom: tuple[str, ...] = ("assignee",)
    else:
        whom = ("desk",) if still_open and leading.state not in NEW else ("duty",)
    if alarming:
        whom = tuple(dict.fromkeys([*whom, "duty"]))
        head, said = "补充的话像急事，请马上看", f"{head}{said}"
    alerts.withdraw(work, leading.id, KEY)
    alerts.tell(
        work,
        Memo(
            leading.community, whom, RING if alarm else ONCE, head, said + from_other,
            incident=leading.id, key=KEY, while_open=False, instead=("duty", "director"),
        ),
    )  # fmt: skip
