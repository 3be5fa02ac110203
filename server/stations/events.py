"""What other features may hear of a station."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AmenityChanged:
    """A thing of a station is now in another state."""

    station: str
    code: str
    state: str


@dataclass(frozen=True, slots=True)
class StationRetired:
    """A station is out of service for good. `by`: who did it; `kiosks`: those that hung there until now."""

    station: str
    kiosks: tuple[str, ...]
    by: str
