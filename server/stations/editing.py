"""Staff change stations: every change is checked, written down with its author, and counted as a version.

`by` is a person's name, or who else may do this, such as `命令行`. Who may is the caller's to ask.
"""

import dataclasses
import secrets
from collections.abc import Mapping

from gateway.contract.envelope import Broken
from gateway.contract.facts import AMENITY_STATES
from gateway.contract.geo import Datum, Point
from gateway.contract.topics import check_kiosk
from server.kit.clock import beijing
from server.kit.errors import Invalid, Missing, Refused
from server.kit.site import PanelChanged
from server.kit.store import Work
from server.stations import queries, records, written
from server.stations.events import AmenityChanged, StationRetired
from server.stations.hours import dates_words, spans_words
from server.stations.opening import Unusual, with_unusual
from server.stations.rules import STATE_LABELS, Station
from server.stations.written import LABELS, Troubles, Written

MOST_NOTE = 30
MOST_RETIRED_REASON = 60


class Unreadable(Invalid):
    """Some fields cannot be taken; `troubles`: field → sentence."""

    def __init__(self, cause: Troubles) -> None:
        super().__init__(str(cause))
        self.troubles = cause.found


def add(work: Work, code: str, new: Written, by: str, within: frozenset[str] | None = None) -> Station:
    """Open a station. `within`: the communities it may belong to; None: any.

    Raises `Invalid` (`Unreadable` for its fields): also for a code that was ever used.
    """
    try:
        check_kiosk(code)  # same alphabet: a station's code stands in addresses too
    except Broken as cause:
        raise Invalid("代码用 1–32 个小写字母、数字和短横线，如 sn10-north") from cause
    before = records.known(work, code)
    if before is not None:
        raise Invalid(
            f"{code} 已经有了" if before.retired is None else f"{code} 用过，已经停用；旧代码不能再用，请换一个"
        )
    blank = Station(code, "", "", "", Point(0.0, 0.0, Datum.WGS84), "", (), secrets.token_bytes(32))
    if not (new.lat and new.lon):
        raise Unreadable(Troubles({"lat": "请写小站的位置：纬度和经度"}))
    meant = _read(work, blank, Written(), new, within)
    records.add(work, meant.station)
    _things(work, code, meant, by, fresh=True)
    records.add_change(work, code, by, "added", "", meant.station.name)
    work.tell(PanelChanged(code))
    return stored(work, code)


def edit(
    work: Work, code: str, new: Written, by: str, *, version: int | None = None, within: frozenset[str] | None = None
) -> Station:
    """Change what `new` says. `version`: the one the editor saw; None asks nothing.

    Raises `Missing`, `Refused` (somebody else was faster), `Invalid`.
    """
    station = in_service(work, code)
    if version is not None and version != station.version:
        raise Refused(f"你打开这一页以后，{_last(work, code)}改过这个小站。你写的都还在，看一下再存一次")
    before = written.write(station, queries.amenities(work, code))
    meant = _read(work, station, before, new, within)
    after = dataclasses.replace(meant.station, version=station.version + 1)
    if meant.station == station and not meant.totals and meant.has is None:
        return station
    records.save(work, after)
    _things(work, code, meant, by)
    _note_changes(work, code, by, before, written.write(after, queries.amenities(work, code)))
    work.tell(PanelChanged(code))
    return stored(work, code)


def set_apart(work: Work, code: str, new: Unusual, by: str) -> Station:
    """These dates go their own way. Raises `Missing` and `Refused` (no weekly rule yet, or the dates are past)."""
    station = in_service(work, code)
    today = beijing(work.now).date()
    if station.opening is None:
        raise Refused("请先写平时的开放时间，再写特别的日子")
    if new.last < today:
        raise Refused("这些日子已经过去了")
    opening = with_unusual(station.opening, new, today)
    if opening.unusual == station.opening.unusual:
        return station
    records.save(work, dataclasses.replace(station, opening=opening, version=station.version + 1))
    records.add_change(work, code, by, "unusual", "", f"{dates_words(new)} {spans_words(new.spans)} {new.reason}")
    work.tell(PanelChanged(code))
    return stored(work, code)


def back_to_usual(work: Work, code: str, dates: str, by: str) -> Station:
    """Take back what was set apart; `dates` as `dates_words` says them. Nothing there any more is as good as done."""
    station = in_service(work, code)
    gone = [one for one in station.opening.unusual if dates_words(one) == dates] if station.opening else []
    if station.opening is None or not gone:
        return station
    kept = tuple(one for one in station.opening.unusual if one not in gone)
    opening = dataclasses.replace(station.opening, unusual=kept)
    records.save(work, dataclasses.replace(station, opening=opening, version=station.version + 1))
    for one in gone:
        records.add_change(work, code, by, "unusual", f"{dates_words(one)} {spans_words(one.spans)} {one.reason}", "")
    work.tell(PanelChanged(code))
    return stored(work, code)


def say(work: Work, code: str, amenity: str, state: str, note: str, by: str, *, seen: str | None = None) -> None:
    """A person's word about a thing. `seen`: the state on the page they looked at; None asks nothing.

    Raises `Missing`, `Invalid`, and `Refused` when the thing changed meanwhile to something else than is said now.
    """
    station = in_service(work, code)
    now = {one.code: one for one in queries.amenities(work, code)}.get(amenity)
    if now is None:
        raise Missing("这个小站没有登记这件东西")
    if state not in AMENITY_STATES:
        raise Invalid("请选一个状态")
    words = " ".join(note.split())
    if len(words) > MOST_NOTE:
        raise Invalid(f"说明最多 {MOST_NOTE} 个字")
    if seen is not None and now.state not in {seen, state}:
        raise Refused(f"{now.label}刚刚变成了“{STATE_LABELS.get(now.state, now.state)}”，请看一下再选")
    # A word spoken now is the newest there is, also against a kiosk whose clock runs ahead.
    changed = records.set_amenity(work, code, amenity, state, max(work.now, now.since), by)
    if not changed and words == now.note:
        return
    records.set_note(work, code, amenity, words)
    if "removed" in {state, now.state} and state != now.state:
        # What a station has stands in the form about it, too: an older page of that must not bring it back.
        records.save(work, dataclasses.replace(station, version=station.version + 1))
    records.add_change(
        work, code, by, f"amenity:{amenity}", _state_words(now.state, now.note), _state_words(state, words)
    )
    work.tell(AmenityChanged(code, amenity, state))
    work.tell(PanelChanged(code))


def retire(work: Work, code: str, reason: str, by: str) -> None:
    """Take a station out of service for good; its code is never used again, its history stays, its kiosks stop.

    Raises `Missing` and `Invalid`.
    """
    in_service(work, code)
    words = " ".join(reason.split())
    if not words or len(words) > MOST_RETIRED_REASON:
        raise Invalid(f"请用 1–{MOST_RETIRED_REASON} 个字写为什么停用，骑手会看到")
    kiosks = tuple(records.kiosks_at(work, [code]))
    records.retire(work, code, words)
    records.add_change(work, code, by, "retired", "", words)
    work.tell(StationRetired(code, kiosks, by))
    work.tell(PanelChanged(code))


def in_service(work: Work, code: str) -> Station:
    """Raises `Missing`, and `Refused` for a station that is retired."""
    station = records.known(work, code)
    if station is None:
        raise Missing("没有找到这个小站")
    if station.retired is not None:
        raise Refused("这个小站已经停用，不能再改")
    return station


def stored(work: Work, code: str) -> Station:
    """As it stands now. Raises `Missing`."""
    station = records.known(work, code)
    if station is None:
        raise Missing("没有找到这个小站")
    return station


def _read(work: Work, station: Station, before: Written, new: Written, within: frozenset[str] | None) -> written.Meant:
    allowed = {row["code"]: row["name"] for row in records.communities(work) if within is None or row["code"] in within}
    try:
        return written.read(station, before, new, allowed)
    except Troubles as cause:
        raise Unreadable(cause) from cause


def _things(work: Work, code: str, meant: written.Meant, by: str, *, fresh: bool = False) -> None:
    for amenity, total in meant.totals.items():
        records.set_total(work, code, amenity, total)
    for one in queries.amenities(work, code) if meant.has is not None else ():
        has = meant.has is not None and one.code in meant.has
        if has != (one.state != "removed"):
            state = "ok" if has else "removed"
            records.set_amenity(work, code, one.code, state, max(work.now, one.since), by)
            if not fresh:
                work.tell(AmenityChanged(code, one.code, state))


def _note_changes(work: Work, code: str, by: str, before: Written, after: Written) -> None:
    old, new = dataclasses.asdict(before), dataclasses.asdict(after)
    for field in LABELS:
        if old[field] != new[field]:
            records.add_change(work, code, by, field, old[field] or "", new[field] or "")


def _last(work: Work, code: str) -> str:
    newest = queries.changes(work, code, 1)
    return str(newest[0]["by_name"]) + " " if newest else "别人"


def _state_words(state: str, note: str) -> str:
    return STATE_LABELS.get(state, state) + (f"（{note}）" if note else "")


def change_label(field: str, labels: Mapping[str, str]) -> str:
    """How a field of the history is called; `labels`: amenity → its name."""
    named = {**LABELS, "added": "开站", "retired": "停用"}
    kind, _, amenity = field.partition(":")
    return labels.get(amenity, amenity) if kind == "amenity" else named.get(field, field)
