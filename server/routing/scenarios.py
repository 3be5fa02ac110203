"""Example reports with what is expected of them: reads their lines, routes them by a set of rules, and compares.

A line is JSON: `id`, `submitted_at` (ISO with zone), `channel`, `station` (a name), `text`, `category`, `subcategory`,
`urgency`, `fields`, `photo`, `route_to`, `also_notify`, `advise_call`, `day_type`.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server import calendar
from server.calendar import Calendar
from server.categories import Kind, resolve
from server.categories import shipped as shipped_categories
from server.routing.actions import Arrival, case_of
from server.routing.decide import Routed, decide
from server.routing.rulebook import shipped as shipped_rules
from server.routing.rules import RuleSet

_YES = {True: "yes", False: "no"}


@dataclass(frozen=True, slots=True)
class Scenario:
    """One line. `target` None: the report is refused at the door (a file that is no photo), nothing is routed."""

    id: str
    arrival: Arrival
    at: int
    day: str
    level: str
    target: str | None
    also: frozenset[str]
    calls: frozenset[str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a scenario; `differs` are words about what did not come out as expected."""

    scenario: Scenario
    routed: Routed | None
    day: str
    differs: tuple[str, ...]


def read(lines: Iterable[str]) -> list[Scenario]:
    """The scenarios of a file. Raises `ValueError` naming the line."""
    found = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                found.append(_scenario(json.loads(line)))
            except (ValueError, KeyError, TypeError, AttributeError) as cause:
                raise ValueError(f"line {number}: {cause!r}") from cause
    return found


def _scenario(body: Mapping[str, Any]) -> Scenario:
    code = resolve(f"{body['category']}.{body['subcategory']}")
    given = body.get("fields", {})
    moment = datetime.fromisoformat(body["submitted_at"])
    if moment.tzinfo is None:
        raise ValueError("submitted_at has no zone")
    return Scenario(
        id=str(body["id"]),
        arrival=Arrival(
            community="",
            station=str(body["station"]),
            category=code,
            place=str(given.get("location", "")),
            words="" if body["channel"] == "device" else str(body["text"]),
            answers=_answers(shipped_categories()[code], given),
            channel=str(body["channel"]),
            repeats=int(given.get("repeat", 0)),
            doubts=_doubts(given, body.get("photo", {}), moment),
        ),
        at=int(moment.timestamp() * 1000),
        day=str(body.get("day_type", "")),
        level=str(body["urgency"]),
        target=body["route_to"],
        also=frozenset(body.get("also_notify", ())),
        calls=frozenset(re.findall(r"\d{3,}", str(body.get("advise_call") or ""))),
    )


def _answers(kind: Kind, given: Mapping[str, Any]) -> dict[str, str]:
    """The chips a rider would have tapped: yes and no, and text or numbers as they are."""
    plain = {name: _YES[value] if isinstance(value, bool) else str(value) for name, value in given.items()}
    if "reporter_staying" in plain:
        plain["still_beside"] = plain["reporter_staying"]
    return {one.name: plain[one.name] for one in kind.questions if one.name in plain}


def _doubts(given: Mapping[str, Any], photo: Mapping[str, Any], moment: datetime) -> frozenset[str]:
    found = set()
    taken = given.get("exif_time")
    if taken and abs((moment.date() - datetime.fromisoformat(str(taken)).date()).days) > 2:
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
        if one.target is None:
            outcomes.append(Outcome(one, None, "", ()))
            continue
        case = case_of(one.arrival, kinds[one.arrival.category], one.at, known)
        routed = decide(case, rules)
        outcomes.append(Outcome(one, routed, case.day, differences(one, routed, case.day)))
    return outcomes


def differences(one: Scenario, routed: Routed, day: str) -> tuple[str, ...]:
    """What is not as expected. More numbers to call than expected are no difference, unless none was."""
    found = []
    if routed.level != one.level:
        found.append(f"level {routed.level}, expected {one.level}")
    if routed.target != one.target:
        found.append(f"to {routed.target}, expected {one.target}")
    if set(routed.also) != one.also:
        found.append(f"also {sorted(routed.also)}, expected {sorted(one.also)}")
    if not one.calls <= set(routed.calls) or (routed.calls and not one.calls):
        found.append(f"calls {list(routed.calls)}, expected {sorted(one.calls)}")
    if one.day and day != one.day:
        found.append(f"day {day}, expected {one.day}")
    return tuple(found)
