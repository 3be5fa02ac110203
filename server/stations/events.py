"""What other features may hear of a station."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AmenityChanged:
    """A thing of a station is now in another state."""

    station: str
    code: str
    state: str
