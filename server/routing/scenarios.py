"""Example reports with what is expected of them: reads their lines, routes them by a set of rules, and compares.

A line is JSON: `id`, `submitted_at` (ISO with zone), `channel`, `station` (a name), `text`, `category`, `subcategory`,
`fields`, `photo`; and what is expected: `urgency`, `route_to`, `also_notify`, `advise_call`, `day_type`, `expect`,
`must_not`. What a line does not say is not judged, fields that nobody knows are passed over. `urgency` and `route_to`
may name several that would do: `P0/P1`.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from gateway.contract.categories import Level
from server import calendar
from server.calendar import Calendar
from server.categories import Kind, resolve
from server.categories import shipped as shipped_categories
from server.routing.actions import Arrival, case_of
from server.routing.decide import Routed, decide
from server.routing.rulebook import shipped as shipped_rules
from server.routing.rules import RuleSet

FILE = Path(__file__).parent / "scenarios.jsonl"
"""Ours."""

_YES = {True: "yes", False: "no"}
_DIRECTION = re.compile(r"\s*[(（][^()（）]*[)）]\s*")
"""What stands in brackets before or after the words tells what somebody did, not what they typed."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One line. What is expected and was not said is empty, or None where empty means something."""

    id: str
    text: str
    arrival: Arrival
    at: int
    day: str = ""
    levels: frozenset[str] = frozenset()
    """Any of these would do."""
    targets: frozenset[str] = frozenset()
    also: frozenset[str] | None = None
    calls: frozenset[str] | None = None
    refused: bool = False
    """The report is refused at the door (a file that is no photo), nothing is routed."""
    expect: str = ""
    must_not: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    photo: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a scenario; `differs` are words about what did not come out as expected."""

    scenario: Scenario
    routed: Routed | None
    day: str
    differs: tuple[str, ...]


def load(path: Path = FILE) -> list[Scenario]:
    """The scenarios of a file. Raises `OSError`, and `ValueError` naming the line."""
    return read(path.read_text("utf-8-sig").splitlines())


def read(lines: Iterable[str]) -> list[Scenario]:
    """The scenarios of these lines. Raises `ValueError` naming the line; two with one id are a mistake too."""
    found: dict[str, Scenario] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            one = _scenario(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as cause:
            raise ValueError(f"line {number}: {cause!r}") from cause
        if one.id in found:
            raise ValueError(f"line {number}: there is a scenario {one.id} already")
        found[one.id] = one
    return list(found.values())


def _scenario(body: Mapping[str, Any]) -> Scenario:
    code = resolve(f"{body.get('category') or 'other'}.{body.get('subcategory') or ''}")
    given, photo = dict(body.get("fields") or {}), dict(body.get("photo") or {})
    moment = datetime.fromisoformat(body["submitted_at"])
    if moment.tzinfo is None:
        raise ValueError("submitted_at has no zone")
    channel = str(body.get("channel") or "phone")
    levels = _either(body.get("urgency"))
    if levels - set(Level):
        raise ValueError(f"no such urgency: {body['urgency']}")
    text, also, calls = str(body.get("text") or ""), body.get("also_notify"), body.get("advise_call")
    return Scenario(
        id=str(body["id"]),
        text=text,
        arrival=Arrival(
            community="",
            station=str(body.get("station") or ""),
            category=code,
            place=str(given.get("location") or ""),
            words="" if channel == "device" else spoken(text),
            answers=_answers(shipped_categories()[code], given),
            channel=channel,
            repeats=whole(given.get("repeat")),
            doubts=_doubts(given, photo, moment),
        ),
        at=int(moment.timestamp() * 1000),
        day=str(body.get("day_type") or ""),
        levels=levels,
        targets=_either(body.get("route_to")),
        also=None if also is None else frozenset(map(str, also)),
        calls=frozenset(re.findall(r"\d{3,}", str(calls or ""))) if "advise_call" in body else None,
        refused="route_to" in body and body["route_to"] is None,
        expect=str(body.get("expect") or ""),
        must_not=str(body.get("must_not") or ""),
        fields=given,
        photo=photo,
    )


def spoken(text: str) -> str:
    """What the rider typed: without stage directions, which stand in brackets at either end."""
    first = _DIRECTION.match(text)
    text = text[first.end() :] if first else text
    *_, last = [None, *_DIRECTION.finditer(text)]
    return text[: last.start()] if last and last.end() == len(text) else text


def _either(value: object) -> frozenset[str]:
    return frozenset(part for one in str(value or "").split("/") if (part := one.strip()))


def _answers(kind: Kind, given: Mapping[str, Any]) -> dict[str, str]:
    """The chips a rider would have tapped: yes and no, and text or numbers as they are."""
    plain = {name: _YES[value] if isinstance(value, bool) else str(value) for name, value in given.items()}
    if "reporter_staying" in plain:
        plain["still_beside"] = plain["reporter_staying"]
    return {one.name: plain[one.name] for one in kind.questions if one.name in plain}


def whole(value: object) -> int:
    """How many; what is no number counts as none."""
    plain = str(value or "0")
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 4 else 0


def _day(value: object) -> date | None:
    try:
        return datetime.fromisoformat(str(value)).date()
    except ValueError:
        return None


def _doubts(given: Mapping[str, Any], photo: Mapping[str, Any], moment: datetime) -> frozenset[str]:
    found = set()
    taken = _day(given.get("exif_time"))
    if taken is not None and abs((moment.date() - taken).days) > 2:
        found.add("stale")
    if given.get("exif_place"):
        found.add("elsewhere")
    if photo.get("pii_document"):
        found.add("document")
    return frozenset(found)


def run(
    scenarios: Iterable[Scenario],
    rules: RuleSet | None = None,
    kinds: Mapping[str, Kind] | None = None,
    known: Calendar | None = None,
) -> list[Outcome]:
    """Route each by these rules, categories and this calendar; without them, as shipped."""
    rules, kinds, known = rules or shipped_rules(), kinds or shipped_categories(), known or calendar.shipped()
    outcomes = []
    for one in scenarios:
        if one.refused:
            outcomes.append(Outcome(one, None, "", ()))
            continue
        case = case_of(one.arrival, kinds[one.arrival.category], one.at, known)
        routed = decide(case, rules)
        outcomes.append(Outcome(one, routed, case.day, differences(one, routed, case.day)))
    return outcomes


def differences(one: Scenario, routed: Routed, day: str) -> tuple[str, ...]:
    """What is not as expected. More numbers to call than expected are no difference, unless none was."""
    found = []
    if one.levels and routed.level not in one.levels:
        found.append(f"level {routed.level}, expected {'/'.join(sorted(one.levels))}")
    if one.targets and routed.target not in one.targets:
        found.append(f"to {routed.target}, expected {'/'.join(sorted(one.targets))}")
    if one.also is not None and set(routed.also) != one.also:
        found.append(f"also {sorted(routed.also)}, expected {sorted(one.also)}")
    if one.calls is not None and (not one.calls <= set(routed.calls) or (routed.calls and not one.calls)):
        found.append(f"calls {list(routed.calls)}, expected {sorted(one.calls)}")
    if one.day and day != one.day:
        found.append(f"day {day}, expected {one.day}")
    return tuple(found)
