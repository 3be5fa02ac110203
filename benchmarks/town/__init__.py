"""A made-up town of sixty communities, and as many tickets as wanted, in the real tables: for the benchmarks.

Fifty communities form one district of five streets, the others a second one. The first community has an eighth of all
tickets, the last three. Nine of ten tickets are closed; each has a history, clocks, and stands in the search.
"""

import random
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from gateway.contract.categories import CATEGORIES, DESK_LABELS, Category
from server import categories, stations
from server.app import make_site
from server.kit.clock import DAY_MS, HOUR_MS, MINUTE_MS, beijing
from server.kit.site import Site
from server.search import records as search_records
from server.search import rules as search_rules
from server.search.rules import Area
from server.settings import Settings

COMMUNITIES = 60
OF_DISTRICT = 50
DISTRICT = [f"c{number:02d}" for number in range(OF_DISTRICT)]
STREET = DISTRICT[:10]
BIG, SMALL, TINY = "c00", "c49", "c59"
TINY_TICKETS = 3
RARE = "榴莲"
RARE_TICKETS = 3
PLATE = "沪AFK7Z93"
BATCH = 20_000

_OPEN = (("reported", 6), ("unconfirmed", 1), ("filed", 4), ("dispatched", 18), ("done", 5), ("verified", 4),
         ("shelved", 5), ("transferred", 2))  # fmt: skip
_OTHERS_ENDED = (("rejected", 30), ("merged", 20), ("void", 5))
_WEIGHTS = {"parking.fire_lane": 30, "parking.spot_taken": 12, "charging.flying_wire": 8, "environment.garbage": 10,
            "facility.light": 10, "parking.ebike_pile": 10, "station.supply_empty": 7, "rider.entry_denied": 6,
            "other.other": 5}  # fmt: skip
_WORDS = {
    "parking.fire_lane": ("白车停在消防通道上", "黑车堵着消防通道，后面救护车过不来", "消防通道又被占了"),
    "parking.spot_taken": ("车位被占了，联系不上车主", "外来车停在业主的车位上"),
    "charging.flying_wire": ("楼上飞线充电", "窗口拉了一根飞线下来"),
    "environment.garbage": ("垃圾桶满了", "大件垃圾堆在楼下", "消防栓旁边都是垃圾"),
    "facility.light": ("楼道灯全黑", "路灯不亮", "电梯厅的灯坏了"),
    "parking.ebike_pile": ("电动车堆在楼道口", "电瓶车挡住大门"),
    "station.supply_empty": ("雨衣没了", "纸杯用完了"),
    "rider.entry_denied": ("保安不让进门", "门禁打不开"),
}
_MORE = ("", "", "", "，请快点", "，天天这样", "，已经三天了", "，大家都很着急")
_NOTES = ("已联系车主挪走", "现场看过了，没有问题", "已经清理完", "派人去看看", "已劝导", "已更换")
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
_WAY = (("report", "reported"), ("file", "filed"), ("dispatch", "dispatched"), ("done", "done"), ("verify", "verified"),
        ("close", "closed"))  # fmt: skip
_FAR = {name: place for place, (_, name) in enumerate(_WAY)} | {
    "unconfirmed": 0, "shelved": 2, "transferred": 2, "rejected": 0, "merged": 1, "void": 1,
}  # fmt: skip


def make_town(folder: Path, tickets: int) -> Site:
    """A site with so many tickets of the last year."""
    site = make_site(Settings(data=folder))
    plan = folder / "stations.toml"
    plan.write_text("\n".join(_plan()), "utf-8")
    with site.store.work() as work:
        stations.load(work, plan)
        for category in CATEGORIES:
            kind = categories.get(work, category.code)
            assert kind is not None
            categories.pin(work, kind)
        for code in _codes():
            search_records.add_area(work, code, _area(code))
        search_records.move_place(work, 0)
        now = work.now
    _fill(folder / "changxiaozhan.db", tickets, now)
    return site


@cache
def _codes() -> list[str]:
    return [f"c{number:02d}" for number in range(COMMUNITIES)]


def _area(code: str) -> Area:
    number = int(code[1:])
    return Area(f"street{number // 10}", "baoshan" if number < OF_DISTRICT else "yangpu")


def _stations(code: str) -> list[str]:
    return [f"{code}-north", f"{code}-east"] if int(code[1:]) % 3 == 0 else [f"{code}-north"]


def _plan() -> Iterator[str]:
    for code in _codes():
        area = _area(code)
        yield f'[[community]]\ncode = "{code}"\nname = "淞南{int(code[1:])}村"'
        yield f'street = "{area.street}"\ndistrict = "{area.district}"'
        for station in _stations(code):
            yield f'[[station]]\ncode = "{station}"\nname = "{_station_name(station)}"\ncommunity = "{code}"'
            yield 'lat = 31.35\nlon = 121.48\ndatum = "wgs84"\nduty_phone = "021-5555-0110"\nspots = []'


def _station_name(station: str) -> str:
    return "北门站" if station.endswith("north") else "东门站"


@dataclass
class Rows:
    """What a batch of tickets is in each table."""

    incidents: list[dict[str, Any]] = field(default_factory=list)
    steps: list[tuple[Any, ...]] = field(default_factory=list)
    clocks: list[tuple[Any, ...]] = field(default_factory=list)
    photos: list[tuple[int, int]] = field(default_factory=list)
    search: list[tuple[int, str, str]] = field(default_factory=list)


def _fill(path: Path, tickets: int, now: int) -> None:
    database = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = wal", "synchronous = off", "cache_size = -400000"):
        database.execute(f"pragma {pragma}")
    serials: dict[str, int] = {}
    numbers = iter(range(1, tickets + 1))
    dice = random.Random(7)
    while batch := list(islice(numbers, BATCH)):
        rows = Rows()
        for number in batch:
            _ticket(rows, dice, number, tickets, now, serials)
        database.execute("begin")
        columns = list(rows.incidents[0])
        database.executemany(
            f"insert into incidents ({', '.join(columns)}) values ({', '.join(f':{name}' for name in columns)})",  # noqa: S608
            rows.incidents,
        )
        database.executemany(
            """insert into incident_steps (incident, at, by_id, by_name, role, move, from_state, to_state, note, reply,
                 desk) values (?, ?, 1, '王值班', '值班员', ?, ?, ?, ?, ?, ?)""",
            rows.steps,
        )
        database.executemany(
            """insert into clock_runs (incident, community, stage, level, category, ms, working, started, amber, due,
                 ended, told) values (?, ?, ?, ?, '*', ?, 0, ?, ?, ?, ?, 'red')""",
            rows.clocks,
        )
        database.executemany("insert into incident_photos (incident, photo) values (?, ?)", rows.photos)
        database.executemany("insert into incident_search (rowid, terms, marks) values (?, ?, ?)", rows.search)
        database.execute("commit")
    database.executemany("insert into incident_serials (day, last) values (?, ?)", serials.items())
    # What the site's chore does in all the quarters of an hour between two tickets.
    database.execute("insert into incident_search (incident_search, rank) values ('merge', 1000000)")
    database.execute("pragma wal_checkpoint(truncate)")
    database.close()


def _ticket(rows: Rows, dice: random.Random, number: int, tickets: int, now: int, serials: dict[str, int]) -> None:
    at = now - 365 * DAY_MS + number * (365 * DAY_MS - MINUTE_MS) // tickets
    code = TINY if number % max(1, tickets // TINY_TICKETS) == 1 else dice.choices(_codes()[:-1], _crowds())[0]
    station = dice.choice(_stations(code))
    kind = dice.choices(CATEGORIES, [_WEIGHTS.get(one.code, 1) for one in CATEGORIES])[0]
    state = _state(dice, kind, number / tickets)
    words, place = _said(dice, kind, number), _where(dice)
    day = beijing(at).strftime("%y%m%d")
    serials[day] = serials.get(day, 0) + 1
    name, receipt = f"CXZ-{day}-{serials[day]:04d}", "".join(dice.choices("23456789abcdefghjkmnpqrstuvwxyz", k=12))
    open_, desk = state in dict(_OPEN), str(kind.desk)
    look_at = None
    if state == "closed" and kind.code == "parking.fire_lane" and (at > now - 3 * DAY_MS or dice.random() < 0.001):
        look_at = at + 3 * DAY_MS
    rows.incidents.append(
        {
            "id": number, "number": name, "receipt": receipt, "client_id": f"client-{number}", "station": station,
            "community": code, "category": kind.code, "category_version": 1, "level": str(kind.level), "desk": desk,
            "state": state, "place": place, "words": words, "channel": "phone", "presence": "none", "at": at,
            "estimated": 0, "received": at, "updated": at, "version": 1,
            "reply": "已经处理好了，谢谢你告诉我们。" if state == "closed" else "",
            "assignee": dice.randrange(10, 400) if state in {"dispatched", "done", "closed"} else None,
            "waiting": "reporter" if open_ and dice.random() < 0.05 else "",
            "supervised": at if open_ and dice.random() < 0.01 else None,
            "look_at": look_at,
        }
    )  # fmt: skip
    notes, before = [], ""
    for far, (move, after) in enumerate(_WAY[: _FAR[state] + 1]):
        note = dice.choice(_NOTES) if far in {2, 3} else ""
        rows.steps.append((number, at + far * HOUR_MS, move, before, after, note, "", DESK_LABELS[kind.desk]))
        notes.append(note)
        before = after
    ended = None if open_ else at + 5 * HOUR_MS
    for stage, span in (("overall", 3 * DAY_MS), ("handle", DAY_MS)):
        rows.clocks.append((number, code, stage, str(kind.level), span, at, at + span, at + span, ended))
    if dice.random() < 0.5:
        rows.photos.append((number, number))
    texts = (name, receipt, kind.label, DESK_LABELS[kind.desk], place, words, rows.incidents[-1]["reply"],
             _station_name(station), *notes)  # fmt: skip
    terms = " ".join(_terms(text) for text in texts)
    rows.search.append((number, terms, _marks(code, state, station, desk)))


@cache
def _crowds() -> list[float]:
    return [1 / (place + 1) ** 0.8 for place in range(COMMUNITIES - 1)]


def _state(dice: random.Random, kind: Category, age: float) -> str:
    if kind.urgent and dice.random() < 0.95:
        return "closed"  # nobody leaves these lying
    chance = dice.random()
    if chance < (0.6 if age > 0.95 else 0.015):
        return dice.choices(*zip(*_OPEN, strict=True))[0]
    return dice.choices(*zip(*_OTHERS_ENDED, strict=True))[0] if chance > 0.945 else "closed"


def _said(dice: random.Random, kind: Category, number: int) -> str:
    words = dice.choice(_WORDS.get(kind.code, (f"{kind.label}，请来看一下",))) + dice.choice(_MORE)
    if kind.group == "parking" and dice.random() < 0.5:
        words += f" 沪A{'D' if dice.random() < 0.4 else ''}{''.join(dice.choices(_LETTERS, k=5))}"
    if number % 300 == 7 and number // 300 < RARE_TICKETS:
        words += f"，箱子里是{RARE} {PLATE}"
    return words


def _where(dice: random.Random) -> str:
    if dice.random() < 0.7:
        return f"{dice.randrange(1, 40)}号楼"
    return dice.choice(("北门口", "南门口", "快递点", "非机动车棚"))


@lru_cache(10_000)
def _terms(text: str) -> str:
    return " ".join(search_rules.terms(text))


@cache
def _marks(code: str, state: str, station: str, desk: str) -> str:
    return " ".join(search_rules.marks(code, _area(code), state, station, desk))
