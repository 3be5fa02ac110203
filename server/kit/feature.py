"""What a feature hands the outside: one value, listed in `server/features.py`. Taking the line away removes it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter
from sqlite_utils.migrations import Migrations

from gateway.contract.envelope import Body
from gateway.mailbox import StoredFact
from server.kit.site import Site
from server.kit.store import Work

FactHandler = Callable[[Work, StoredFact], None]
Round = Callable[[Site], None]


@dataclass(frozen=True, slots=True)
class Entry:
    """A feature's place in the staff's navigation. `here` names its pages; `who` says whether a person sees it."""

    here: str
    href: str
    label: str
    icon: str
    who: Callable[[Any], bool]
    often: bool = False
    """Stands in the bar itself; the others wait under 更多."""


@dataclass(frozen=True)
class Feature:
    """One folder under `server/`."""

    name: str
    """The folder's name."""
    migrations: Migrations | None = None
    routers: Sequence[APIRouter] = ()
    facts: Mapping[str, FactHandler] = field(default_factory=dict)
    """kind of fact → what it does here, in the reader's transaction."""
    hears: Mapping[type, Callable[[Work, Any], None]] = field(default_factory=dict)
    """domain event → reaction, in the teller's transaction."""
    entries: Sequence[Entry] = ()
    panel: Callable[[Work, str, Site], Body] | None = None
    """(look, station code, site) → this feature's part of the station's desired state."""
    start: Callable[[Site], None] | None = None
    """Called once before the first request; may put something into `site.parts`."""
    stop: Callable[[Site], None] | None = None
    rounds: Mapping[str, tuple[int, Round]] = field(default_factory=dict)
    """name → (seconds between, what to do): chores of the background loop."""
