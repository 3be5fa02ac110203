"""Everything a running web process holds, passed explicitly: settings, store, mailbox, live hub, pages, signer."""

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Request
from itsdangerous import URLSafeTimedSerializer

from gateway.mailbox import Mailbox
from server.kit.live import Live
from server.kit.pages import Pages
from server.kit.store import Store


@dataclass
class Site:
    """One web process. `parts` holds what features start, by feature name."""

    data: Path
    public_url: str
    """How phones reach this site, without a slash at the end."""
    photos_url: str
    """Where photos lie; empty: a folder under `data`."""
    demo: bool
    store: Store
    mailbox: Mailbox
    live: Live
    pages: Pages
    secret: str
    """Signs short-lived tokens; made once and kept in the data folder."""
    parts: dict[str, Any] = field(default_factory=dict)
    stale: "Stale" = field(default_factory=lambda: Stale())

    def signer(self, purpose: str) -> URLSafeTimedSerializer:
        """A signer of its own for each purpose: a token for one is worth nothing for another."""
        return URLSafeTimedSerializer(self.secret, salt=purpose)


@dataclass(frozen=True, slots=True)
class PanelChanged:
    """Told by a feature when its part of a station's desired state may look different now; `*`: everywhere."""

    station: str


class Stale:
    """The stations whose desired state must be made anew; filled after commits, emptied by the rounds."""

    def __init__(self) -> None:
        self._codes: set[str] = {"*"}
        self._lock = threading.Lock()
        self.waiting = threading.Event()
        self.waiting.set()

    def add(self, code: str) -> None:
        """`*` stands for all stations."""
        with self._lock:
            self._codes.add(code)
            self.waiting.set()

    def take(self) -> set[str]:
        """The codes so far; afterwards none."""
        with self._lock:
            codes, self._codes = self._codes, set()
            self.waiting.clear()
            return codes


def site_of(request: Request) -> Site:
    """The site that serves this request."""
    site: Site = request.app.state.site
    return site


ThisSite = Annotated[Site, Depends(site_of)]
