"""What the agent tells the screen: one immutable picture of the station, made anew on each look."""

from dataclasses import dataclass
from enum import StrEnum


class Line(StrEnum):
    """How far a tap gets right now, said truthfully."""

    ONLINE = "online"
    """Broker reached and the gateway lives: taps are delivered within a second."""
    OFFLINE = "offline"
    """Kept here; `View.backlog` says how many wait."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A category on the screen. `level` is P0…P3; `calls` are numbers to show big before anything else."""

    code: str
    label: str
    icon: str
    group: str
    level: str
    calls: tuple[str, ...]
    advice: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A thank-you letter. `day` is ready to show, such as `11月22日`."""

    id: str
    title: str
    text: str
    sender: str
    day: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A line of the committee. `level` is `info` or `warning`."""

    id: str
    text: str
    level: str


@dataclass(frozen=True, slots=True)
class Amenity:
    """One thing of the station. `state`: ok, low, empty, broken, removed; `detail` such as `3 个空位`, may be empty."""

    code: str
    label: str
    icon: str
    state: str
    detail: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something a device found beyond its limit. `off`: ports without power because of it, as `rack-1:2`."""

    event: str
    device: str
    detail: dict[str, object]
    off: tuple[str, ...]
    danger: bool
    """Fire may be behind it."""


@dataclass(frozen=True, slots=True)
class View:
    """Everything the screen shows. All texts are ready to show and plain (the page escapes them)."""

    station: str
    """The station's code, empty while the kiosk has never heard a desired state and its own file names none."""
    name: str
    community: str
    duty_phone: str
    line: Line
    backlog: int
    clock_ok: bool
    """False when the clock cannot be trusted: then no presence code is shown."""
    now_ms: int
    """UTC milliseconds, corrected by the gateway's clock when the own one is off."""
    qr_url: str
    """What the rotating QR says; with the presence code when `clock_ok`."""
    qr_remaining_ms: int
    tiles: tuple[Tile, ...]
    spots: tuple[str, ...]
    """Places near the station, the first is the station itself."""
    letters: tuple[Letter, ...]
    notices: tuple[Notice, ...]
    amenities: tuple[Amenity, ...]
    checkins_today: int
    """Taps on this screen since Beijing midnight."""
    alarms: tuple[Alarm, ...] = ()
    """What the devices warn of, the worst first."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A tap that is on the disk. `receipt` is a stored code (`gateway.contract.receipts`), None for a check-in."""

    id: str
    receipt: str | None
    receipt_url: str | None
    line: Line
    """What could truthfully be said at that moment."""


class NotSaved(Exception):
    """The disk refused (full, broken): `str()` is a sentence in Chinese for the person before the screen."""


class NotAccepted(ValueError):
    """What was typed or chosen cannot be taken: `str()` is a sentence in Chinese; nothing was stored."""
