"""When two tickets look like the same thing, and why, in words. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from server.duplicates import likeness, plates
from server.duplicates.places import landmarks, place_key
from server.incidents import OPEN, Incident
from server.kit.clock import DAY_MS, HOUR_MS, MINUTE_MS
from server.thresholds import Threshold

SAME_NOW = Threshold("same_now_minutes", "提示“刚有人报过”看最近", "分钟", 30, 5, 24 * 60)

MOMENT_MS = 30 * MINUTE_MS
SHORTLY_MS = 3 * HOUR_MS
"""Two reports of a person belong together only within this time."""

Signs = frozenset[tuple[str, str]]
"""(kind, value): what a ticket is found again by."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An open ticket that looks like the same thing. `reasons` in words, the strongest first; `score` only sorts."""

    incident: Incident
    reasons: tuple[str, ...]
    score: int


@dataclass(frozen=True, slots=True)
class Same:
    """What others reported of the same thing just now."""

    incident: Incident
    """The ticket that carries it on."""
    people: int
    """Reports within the time, each with a receipt of its own."""
    minutes: int
    """Since the latest of them."""

    @property
    def words(self) -> str:
        """`3 人 10 分钟前报过`."""
        return f"{self.people} 人{f' {self.minutes} 分钟前' if self.minutes else '刚刚'}报过"


def signs_of(
    incident: Incident, answers: Mapping[str, str], plate_answers: tuple[str, ...], photos: tuple[str, ...],
    spots: tuple[str, ...],
) -> Signs:  # fmt: skip
    """What an open ticket is found by; nothing once it has ended.

    `answers` by question name, of which `plate_answers` ask for a plate; `photos`: fingerprints; `spots`: the
    station's known places. Photos of persons are no sign.
    """
    if incident.state not in OPEN:
        return frozenset()
    said = "\n".join([incident.place, incident.words, *answers.values()])
    found = {("kind", f"{incident.station} {incident.category}")}
    named = plates.plates_in(said).union(*(plates.plate_of(answers.get(name, "")) for name in plate_answers))
    found |= {("plate", plate) for plate in named}
    key = place_key(incident.place)
    if key:
        found.add(("place", key))
    found |= {("spot", spot) for spot in landmarks(f"{incident.place} {incident.words}", spots)}
    if not incident.kind.private:
        found |= {("photo", photo) for photo in photos if likeness.telling(photo)}
    return frozenset(found)


def values(signs: Signs, kind: str) -> frozenset[str]:
    """The values of one kind of sign."""
    return frozenset(value for name, value in signs if name == kind)


def compare(one: Incident, signs: Signs, other: Incident, others: Signs) -> Suggestion | None:
    """`other` as a suggestion for `one`; None when they are different things."""
    mine, theirs = values(signs, "plate"), values(others, "plate")
    same_plate = plates.same(mine, theirs)
    near_plate = not same_plate and plates.nearly(mine, theirs)
    if mine and theirs and not (same_plate or near_plate):
        return None  # the same place with another plate is another ticket
    private = one.kind.private or other.kind.private
    photo = None if private else likeness.nearest(values(signs, "photo"), values(others, "photo"))
    equal = photo is not None and photo <= likeness.ALMOST_EQUAL
    alike = photo is not None and photo <= likeness.ALIKE
    places = values(signs, "place"), values(others, "place")
    place = bool(places[0] & places[1])
    spot = not place and bool(values(signs, "spot") & values(others, "spot"))
    category = one.category == other.category
    group = one.kind.group == other.kind.group
    station = one.station == other.station
    span = abs(one.at - other.at)
    soon = span <= SHORTLY_MS
    there = place or spot or (station and not (places[0] and places[1]))
    if private:
        good = soon and (place or (station and group and there))
    else:
        agrees = group and (place or spot)
        good = same_plate or equal or (alike and (group or station)) or agrees or (category and soon and there)
    if not good:
        return None
    weights = (
        (same_plate, 60, "同一车牌"),
        (alike, 50 if equal else 35, "照片很像"),
        (place, 30, "同一地点"),
        (spot, 20, "地点相近"),
        (category, 20, "同一类别"),
        (group and not category, 8, "类别相近"),
        (near_plate, 12, "车牌只差一个字"),
        (span <= MOMENT_MS, 15, "时间相近"),
        (MOMENT_MS < span <= SHORTLY_MS, 10, "时间相近"),
        (SHORTLY_MS < span <= DAY_MS, 5, ""),
        (station and not (place or spot), 5, "同一小站"),
    )
    told = [(weight, reason) for true, weight, reason in weights if true]
    return Suggestion(other, tuple(reason for _, reason in told if reason), sum(weight for weight, _ in told))
