"""What a threshold is, and what it stands at. Pure."""

from dataclasses import dataclass

SETTERS = frozenset({"director", "street", "district"})
"""They answer for the figures: not everybody who triages may move the line they are measured by."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A whole number that people may change. `name` is its key for ever; `default` holds until somebody sets it."""

    name: str
    label: str
    unit: str
    default: int
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Setting:
    """What a threshold stands at in a community. `by` empty and `at` None: as shipped."""

    value: int
    by: str = ""
    at: int | None = None
    own: bool = False
    """Set for the one station that was asked about; what its community says does not hold there."""
