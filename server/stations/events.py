"""What other features may hear of a station."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AmenityChanged:
    """A thing of a station is now in another state."""

    station: str
    code: str
    state: str


@dataclass(frozen=True, slots=True)
class StationChanged:
    """Staff changed what is written about a station, or took it out of service."""

    station: str
