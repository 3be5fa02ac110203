"""A ringer over stand-in robots, and a clock that stands still until a test moves it."""

from collections.abc import Callable

import pytest

from server import clocks, escalation
from server.alerts import Ringer
from server.kit.site import Site
from tests.server.alerts.conftest import StillClock, clock, crew, ringer, wecom

__all__ = ["clock", "crew", "ringer", "wecom"]

PassHours = Callable[[Ringer, float], None]


@pytest.fixture
def pass_hours(site: Site, clock: StillClock) -> PassHours:
    """Let hours go by, with the chores of clocks and escalation, and the bell, every ten minutes of them."""

    def go(bell: Ringer, hours: float) -> None:
        for _ in range(max(1, round(hours * 6))):
            clock.forward(600_000)
            chores(site)
            bell.climb()
            bell.send()

    return go


def chores(site: Site) -> None:
    """One round of what the background loop does."""
    for feature in (clocks.feature, escalation.feature):
        for name, (_, chore) in feature.rounds.items():
            if not name.startswith("tidy"):
                chore(site)
