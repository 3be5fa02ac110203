"""What other features add to a rider's own pages, and what they do when a rider leaves."""

from dataclasses import dataclass, field

from server.profiles.rules import Rider


@dataclass(frozen=True, slots=True)
class Door:
    """A way on from `/me`."""

    href: str
    icon: str
    label: str
    says: str
    holds: str = ""
    """What is lost with the profile, in words; empty: as `says`."""


@dataclass(slots=True)
class Home:
    """Somebody opens `/me`: whoever has something for them adds a door."""

    rider: Rider
    doors: list[Door] = field(default_factory=list)


@dataclass(slots=True)
class Month:
    """Somebody opens their card, from `start` until before `end` (UTC milliseconds)."""

    rider: Rider
    start: int
    end: int
    reported: dict[str, int] = field(default_factory=dict)
    """Day → how many reports."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """A rider agreed to a purpose, for the first time or anew: what rested goes on."""

    rider: int
    purpose: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A rider switched a purpose off: whoever kept something for it takes it away, in this transaction."""

    rider: int
    purpose: str


@dataclass(frozen=True, slots=True)
class RiderLeft:
    """A profile is being deleted: whoever kept its number forgets whose it was, in this transaction."""

    rider: int
