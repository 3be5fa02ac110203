"""The rounds: one thread that makes desired states anew where something changed, and does the features' chores."""

import threading
import time
from collections.abc import Sequence

import structlog

from gateway.contract.envelope import Body
from server.commands import desire
from server.kit.feature import Feature
from server.kit.site import Site
from server.kit.store import Work
from server.stations import find, kiosks_at

log = structlog.get_logger()

TICK_S = 0.25
AT_ONCE = 100
"""Stations whose desired states are made and stored together."""
EVERYTHING_S = 60.0
"""Desired states are rebuilt in full this often, in case another process changed the database."""


class Rounds:
    """One thread of the web process."""

    def __init__(self, site: Site, features: tuple[Feature, ...]) -> None:
        self._site = site
        self._features = features
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rounds", daemon=True)

    def start(self) -> None:
        """Begin; the first round builds every desired state."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the round at hand."""
        self._stopping.set()
        self._site.stale.waiting.set()
        self._thread.join(10)

    def refresh(self, codes: set[str]) -> None:
        """Put the desired state of every kiosk hanging at these stations into the mailbox (`*`: at all)."""
        with self._site.store.look() as look:
            kiosks = kiosks_at(look, None if "*" in codes else sorted(codes))
        hung: dict[str, list[str]] = {}
        for kiosk, station in kiosks.items():
            hung.setdefault(station, []).append(kiosk)
        # In parts, so that the first kiosks are told while the last ones' states are still being made.
        stations = sorted(hung)
        for start in range(0, len(stations), AT_ONCE):
            bodies = self._bodies(stations[start : start + AT_ONCE])
            wanted = {kiosk: body for station, body in bodies.items() for kiosk in hung[station]}
            for kiosk, reason in desire(self._site, wanted).items():
                log.error("desired state not made", kiosk=kiosk, reason=reason)

    def _bodies(self, stations: Sequence[str]) -> dict[str, Body]:
        bodies: dict[str, Body] = {}
        with self._site.store.look() as look:
            for station in stations:
                if find(look, station) is None:
                    continue  # retired: the last good state stays on its screen
                try:
                    bodies[station] = self._body(look, station)
                except Exception:
                    # One station that cannot be described must not keep the others on old news.
                    log.exception("desired state not made; the last good one stays", station=station)
        return bodies

    def _body(self, look: Work, station: str) -> Body:
        body: Body = {}
        for feature in self._features:
            if feature.panel is not None:
                body |= feature.panel(look, station, self._site)
        return body

    def _run(self) -> None:
        full_at = time.monotonic() + EVERYTHING_S
        due: dict[str, float] = {}
        while not self._stopping.is_set():
            self._site.stale.waiting.wait(TICK_S)
            if time.monotonic() >= full_at:
                self._site.stale.add("*")
                full_at = time.monotonic() + EVERYTHING_S
            codes = self._site.stale.take()
            try:
                if codes:
                    self.refresh(codes)
                self._chores(due)
            except Exception:
                log.exception("a round failed and is repeated")
                for code in codes:
                    self._site.stale.add(code)
                self._stopping.wait(1)

    def _chores(self, due: dict[str, float]) -> None:
        now = time.monotonic()
        for feature in self._features:
            for name, (seconds, chore) in feature.rounds.items():
                if due.get(name, 0.0) <= now:
                    due[name] = now + seconds
                    chore(self._site)
