"""Paints the `View`: what is desired, what was said here since, and what the clock allows. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.contract import presence
from gateway.contract.categories import BY_CODE, CATEGORIES
from kiosk.agent.credentials import Credentials
from kiosk.agent.desired import Wanted
from kiosk.agent.records import LocalAmenity
from kiosk.agent.view import Alarm, Amenity, Letter, Line, Notice, Tile, View

_STOCKED = {"ok", "low"}
"""What a device counted is shown beside these only: a rider who found the box empty is believed."""
_BEIJING = timedelta(hours=8)
_BUILT_IN = tuple(
    Tile(one.code, one.label, one.icon, one.group, str(one.level), one.calls, one.advice)
    for one in CATEGORIES
    if one.kiosk
)


@dataclass(frozen=True, slots=True)
class Scene:
    """What the picture is painted from. `amenities_acked`: facts of the event lane up to here are at the gateway."""

    credentials: Credentials
    wanted: Wanted
    amenities: Mapping[str, LocalAmenity]
    amenities_acked: int
    details: Mapping[str, str]
    line: Line
    backlog: int
    clock_ok: bool
    now: int
    checkins_today: int
    alarms: tuple[Alarm, ...] = ()


def paint(scene: Scene) -> View:
    """The station as the screen shows it."""
    wanted, known, now = scene.wanted, scene.credentials, scene.now
    station = wanted.station
    name = station.name if station else known.name
    return View(
        station=code(known, wanted),
        name=name,
        community=(station.community if station else "") or known.community,
        duty_phone=(station.duty_phone if station else "") or known.duty_phone,
        line=scene.line,
        backlog=scene.backlog,
        clock_ok=scene.clock_ok,
        now_ms=now,
        qr_url=_qr(scene),
        qr_remaining_ms=presence.remaining(now),
        tiles=tiles(wanted),
        spots=wanted.spots or (name,),
        letters=tuple(
            Letter(one.id, one.title, one.text, one.sender, one.day) for one in wanted.letters if _valid(one.until, now)
        ),
        notices=tuple(Notice(one.id, one.text, one.level) for one in wanted.notices if _valid(one.until, now)),
        amenities=tuple(
            Amenity(
                one.code, one.label, one.icon, now_is, scene.details.get(one.code, "") if now_is in _STOCKED else ""
            )
            for one in wanted.amenities
            for now_is in (state(scene, one.code),)
        ),
        checkins_today=scene.checkins_today,
        alarms=scene.alarms,
    )


def code(credentials: Credentials, wanted: Wanted) -> str:
    """The station's code: a kiosk can be moved by desired state, its file names where it was paired."""
    return wanted.station.code if wanted.station else credentials.station


def public_url(credentials: Credentials, wanted: Wanted) -> str:
    """Where riders' phones find us, without a slash at the end."""
    return (wanted.public_url or credentials.public_url).rstrip("/")


def tiles(wanted: Wanted) -> tuple[Tile, ...]:
    """What can be reported. Never empty: an alarm must always find its tile."""
    return (
        tuple(
            Tile(one.code, one.label, one.icon, one.group, one.level, one.calls, one.advice)
            for one in wanted.categories
        )
        or _BUILT_IN
    )


def level(wanted: Wanted, category: str) -> str | None:
    """P0…P3 of a category as its tile says, or as it was built in; None for one nobody knows."""
    for tile in tiles(wanted):
        if tile.code == category:
            return tile.level
    return str(BY_CODE[category].level) if category in BY_CODE else None


def state(scene: Scene, amenity: str) -> str:
    """What was said here counts until head office has heard it and has spoken about it since. Needs no clock."""
    local, wanted = scene.amenities.get(amenity), scene.wanted.amenity(amenity)
    if wanted is None:
        return local.state if local else "ok"
    if local is None:
        return wanted.state
    waiting = local.seq > scene.amenities_acked
    unchanged = wanted.since is not None and wanted.since == local.heard
    return local.state if waiting or unchanged else wanted.state


def day(now: int) -> str:
    """The Beijing day of a time in UTC milliseconds, as `2026-11-22`."""
    return (datetime.fromtimestamp(now / 1000, UTC) + _BEIJING).date().isoformat()


def _qr(scene: Scene) -> str:
    station = code(scene.credentials, scene.wanted)
    page = f"{public_url(scene.credentials, scene.wanted)}/s/{station}"
    if not scene.clock_ok:
        return page
    return f"{page}?c={presence.code(scene.credentials.key, station, scene.now)}"


def _valid(until: int | None, now: int) -> bool:
    return until is None or now < until
