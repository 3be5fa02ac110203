"""Beginning, pausing, resuming and rolling back; and the chore that looks at the wave at hand."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from gateway.mailbox import KioskStatus, Mailbox
from server.kit.errors import Forbidden, Invalid, Missing, Refused
from server.kit.site import PanelChanged, Site
from server.kit.store import Work
from server.rollouts import records
from server.rollouts.records import Rollout, Seat
from server.rollouts.rules import DRIFT_MS, MAX_NOTE, MOVES, OPEN, STATES, Sight, is_roller, judge, next_step, waves
from server.staff import Person
from server.stations import all_stations, kiosks_at

log = structlog.get_logger("rollouts")


@dataclass
class Watch:
    """What the kiosks should be, read once and then only what changed; and since when which kiosk is behind."""

    changed: int = 0
    desired: dict[str, tuple[int, Mapping[str, int]]] = field(default_factory=dict)
    """kiosk → version, and its own settings in it."""
    behind: dict[str, tuple[int, int]] = field(default_factory=dict)
    """kiosk → the version it should have, and since when it has not (UTC milliseconds)."""

    def catch_up(self, mailbox: Mailbox) -> None:
        """Read what changed since the last time."""
        for kiosk, document, changed in mailbox.desired_since(self.changed):
            part = document.body.get("kiosk")
            self.desired[kiosk] = (document.version, part if isinstance(part, dict) else {})
            self.changed = changed

    def sight(self, kiosk: str, status: KioskStatus | None) -> Sight:
        """A kiosk now."""
        version, part = self.desired.get(kiosk, (0, {}))
        told = (status.reported if status else None) or {}
        check = told.get("check")
        failing = frozenset(name for name, words in check.items() if words != "ok") if isinstance(check, dict) else ()
        return Sight(
            status.life if status else "new", version, part, int(told.get("version") or 0),
            str(told.get("error") or ""), frozenset(failing),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drift:
    """A kiosk that is online and long behind its desired state."""

    kiosk: str
    station: str
    desired: int
    reported: int
    error: str
    since: int


def start(site: Site) -> None:
    """Before the first request."""
    site.parts["rollouts"] = Watch()


def begin(
    work: Work, site: Site, person: Person, client_id: str, community: str, changes: Mapping[str, int], note: str,
    *, soak_s: int, patience_s: int, most_failures: int,
) -> Rollout:  # fmt: skip
    """Plan the waves and begin the first; `community` empty: all the person's. A known `client_id` begins nothing anew.

    Raises `Forbidden`, `Invalid`, `Missing`, and `Refused` while another roll-out holds one of the stations.
    """
    _check(person)
    known = records.by_client_id(work, client_id)
    if known is not None:
        return known
    if not (0 <= soak_s <= 3600 and 60 <= patience_s <= 86_400 and 0 <= most_failures <= 1000):
        raise Invalid("等待时间请选 1 分钟到 1 天，允许失败的站数请填 0–1000")
    line = " ".join("".join(" " if unicodedata.category(sign)[0] == "C" else sign for sign in note).split())
    if not 1 <= len(line) <= MAX_NOTE:
        raise Invalid(f"请写一句为什么改，最多 {MAX_NOTE} 个字")
    stations = {
        one.code: one.community
        for one in all_stations(work)
        if one.community in person.communities and community in ("", one.community)
    }
    hung: dict[str, list[str]] = {}
    for kiosk, station in kiosks_at(work).items():
        if station in stations:
            hung.setdefault(station, []).append(kiosk)
    if not hung:
        raise Missing("这里没有挂着屏幕的小站")
    taken = records.busy(work, hung, OPEN)
    if taken:
        raise Refused(f"{len(taken)} 个站还在上一次推送里，请先推完或退回")
    ready = {one.kiosk for one in site.mailbox.kiosks() if one.life == "ready"}
    online = [station for station in sorted(hung) if any(kiosk in ready for kiosk in hung[station])]
    if not online:
        raise Refused("现在没有一个站在线，推了也看不到结果")
    number = records.add(
        work,
        {
            "client_id": client_id, "note": line, "by_id": person.id, "by_name": person.name,
            "soak_ms": 1000 * soak_s, "patience_ms": 1000 * patience_s, "most_failures": most_failures,
        },
        changes,
    )  # fmt: skip
    for station, wave in waves(online, [one for one in sorted(hung) if one not in online]).items():
        before = records.dials(work, station)
        records.seat(work, number, station, stations[station], wave, {name: before.get(name) for name in changes})
    records.step(work, number, "开始推送", person.name)
    rollout = _get(work, number)
    _offer(work, site, rollout)
    return rollout


def pause(work: Work, person: Person, rollout: int) -> None:
    """The wave at hand ends by itself, no other begins. Raises `Missing`, `Forbidden`, `Refused`."""
    _move(work, person, rollout, "paused", "暂停")


def resume(work: Work, site: Site, person: Person, rollout: int) -> None:
    """Go on with the wave at hand, its clock begun anew; stations that were ill are judged again."""
    found = _move(work, person, rollout, "running", "继续")
    _offer(work, site, found)


def roll_back(work: Work, site: Site, person: Person, rollout: int) -> None:
    """Every station that was offered the change gets its former settings back, all at once: they were good."""
    _, seats = visible(work, person, rollout)
    if records.busy(work, [one.station for one in seats], OPEN, but=rollout):
        raise Refused("这些站正在另一次推送里，请先推完或退回那一次")
    found = _move(work, person, rollout, "rolled_back", "退回原来的设置")
    for one in seats:
        if one.state == "planned":
            continue
        turned = records.turned_by(work, one.station)
        for name, value in one.before.items():
            if turned.get(name) == found.id:  # else a later roll-out has the last word
                records.turn(work, one.station, name, value, found.id)
        records.place(work, one, "back")
        work.tell(PanelChanged(one.station))


def progress(site: Site) -> None:
    """The chore: judge the wave at hand of each running roll-out; go on, or stop."""
    with site.store.look() as look:
        if not records.running(look):
            return
    watch = _watch(site)
    watch.catch_up(site.mailbox)
    statuses = {one.kiosk: one for one in site.mailbox.kiosks()}
    with site.store.work() as work:
        hung = _hung(work)
        for rollout in records.running(work):
            _look_at(work, site, rollout, watch, statuses, hung)


def sweep_drift(site: Site) -> None:
    """The chore: note who is online and behind, and since when."""
    watch = _watch(site)
    watch.catch_up(site.mailbox)
    now = site.store.clock()
    behind = {}
    for status in site.mailbox.kiosks():
        sight = watch.sight(status.kiosk, status)
        if sight.life == "ready" and sight.reported != sight.desired:
            known = watch.behind.get(status.kiosk)
            behind[status.kiosk] = (sight.desired, known[1] if known else now)
    watch.behind = behind


def drifted(work: Work, site: Site, person: Person) -> list[Drift]:
    """Who has been behind for longer than `DRIFT_MS`, in this person's communities."""
    watch = _watch(site)
    stations = {one.code: one for one in all_stations(work) if one.community in person.communities}
    places = {kiosk: stations[code].full_name for kiosk, code in kiosks_at(work).items() if code in stations}
    found = []
    for kiosk, (_, since) in sorted(watch.behind.items()):
        if kiosk in places and work.now - since >= DRIFT_MS:
            sight = watch.sight(kiosk, site.mailbox.kiosk(kiosk))
            found.append(Drift(kiosk, places[kiosk], sight.desired, sight.reported, sight.error, since))
    return found


def visible(work: Work, person: Person, rollout: int) -> tuple[Rollout, list[Seat]]:
    """A roll-out and its stations; raises `Missing` unless one of them is this person's."""
    found = records.get(work, rollout)
    seats = [] if found is None else records.seats(work, rollout)
    if found is None or not any(one.community in person.communities for one in seats):
        raise Missing("没有这次推送")
    return found, seats


def _look_at(
    work: Work, site: Site, rollout: Rollout, watch: Watch, statuses: Mapping[str, KioskStatus],
    hung: Mapping[str, Sequence[str]],
) -> None:  # fmt: skip
    verdicts = []
    for one in records.seats(work, rollout.id):
        if one.wave > rollout.wave or one.state in {"planned", "back"}:
            continue
        sights = [watch.sight(kiosk, statuses.get(kiosk)) for kiosk in hung.get(one.station, ())]
        verdict, why = judge(sights, rollout.changes, one.failing)
        if one.state == "away" and verdict == "offered":
            verdict, why = "away", one.reason
        if (verdict, why) != (one.state, one.reason):
            records.place(work, one, verdict, why)
        verdicts.append(verdict)
    step, why = next_step(
        verdicts, work.now - rollout.wave_at,
        soak_ms=rollout.soak_ms, patience_ms=rollout.patience_ms, most_failures=rollout.most_failures,
    )  # fmt: skip
    if step == "stop":
        log.warning("a roll-out stopped itself", rollout=rollout.id, reason=why)
        records.proceed(work, rollout.id, "stopped", rollout.wave, why, None)
        records.step(work, rollout.id, f"自己停下：{why}", "系统")
    elif step == "on":
        last = max(one.wave for one in records.seats(work, rollout.id))
        if rollout.wave >= last:
            records.proceed(work, rollout.id, "done", rollout.wave, "", work.now)
            records.step(work, rollout.id, "推完了", "系统")
            return
        records.proceed(work, rollout.id, "running", rollout.wave + 1, "", None)
        records.step(work, rollout.id, f"第 {rollout.wave} 批正常，开始第 {rollout.wave + 1} 批", "系统")
        _offer(work, site, _get(work, rollout.id))


def _offer(work: Work, site: Site, rollout: Rollout) -> None:
    """Turn the dials of every station up to the wave at hand; one that stands so already is only looked at again."""
    watch, statuses = _watch(site), {one.kiosk: one for one in site.mailbox.kiosks()}
    hung = _hung(work)
    for one in records.seats(work, rollout.id):
        if one.wave > rollout.wave:
            continue
        sights = [watch.sight(kiosk, statuses.get(kiosk)) for kiosk in hung.get(one.station, ())]
        if one.state == "planned":
            for name, value in rollout.changes.items():
                records.turn(work, one.station, name, value, rollout.id)
            work.tell(PanelChanged(one.station))
            failing = frozenset(name for sight in sights for name in sight.failing)
            there = any(sight.life == "ready" for sight in sights)
            records.place(work, one, "offered" if there else "away", "" if there else "不在线", failing)
        elif one.state == "ill":
            records.place(work, one, "offered", "再看一次")


def _move(work: Work, person: Person, number: int, to: str, words: str) -> Rollout:
    _check(person)
    rollout, seats = visible(work, person, number)
    if not all(one.community in person.communities for one in seats):
        raise Forbidden("这次推送也涉及别的居民区，由街道或区来管")
    if to not in MOVES[rollout.state]:
        raise Refused(f"这次推送{STATES[rollout.state][0]}，不能再{words}")
    records.proceed(work, number, to, rollout.wave, "", work.now if to == "rolled_back" else None)
    records.step(work, number, words, person.name)
    return _get(work, number)


def _get(work: Work, number: int) -> Rollout:
    found = records.get(work, number)
    if found is None:
        raise Missing("没有这次推送")
    return found


def _check(person: Person) -> None:
    if not is_roller(person):
        raise Forbidden("屏幕设置由 IT 志愿者、主任和街道来改")


def _hung(work: Work) -> dict[str, list[str]]:
    hung: dict[str, list[str]] = {}
    for kiosk, station in kiosks_at(work).items():
        hung.setdefault(station, []).append(kiosk)
    return hung


def _watch(site: Site) -> Watch:
    watch: Watch = site.parts.setdefault("rollouts", Watch())
    return watch
