"""Composition: settings → one `Site`, the features' routes, error pages, headers, and the two background threads."""

import asyncio
import contextlib
import os
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio.to_thread
from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from gateway.mailbox import Mailbox
from server import faults, health, intake, static
from server.features import FEATURES
from server.intake import Intake
from server.kit.clock import now_ms
from server.kit.feature import Feature
from server.kit.guard import Guard
from server.kit.live import Change, Live
from server.kit.pages import Pages
from server.kit.site import PanelChanged, Site, Stale
from server.kit.store import Store, Work
from server.rounds import Rounds
from server.settings import Settings

THREADS = 12
"""That answer at a time: enough for one machine; each holds a database connection. Those that wait for a photo to be
developed do not count (`server/photos/lane.py`)."""


def make_site(settings: Settings, features: tuple[Feature, ...] = FEATURES, clock: Callable[[], int] = now_ms) -> Site:
    """Open the databases and wire events to reactions. Raises `gateway.sqlite.Unusable`."""
    live, stale = Live(), Stale()
    hears: dict[type, list[Callable[[Work, Any], None]]] = defaultdict(list)
    for feature in features:
        for event, reaction in feature.hears.items():
            hears[event].append(reaction)
    hears[PanelChanged].append(lambda work, event: work.after(lambda: stale.add(event.station)))
    hears[Change].append(lambda work, change: work.after(lambda: live.publish(change)))
    migrations = [feature.migrations for feature in features if feature.migrations is not None]
    store = Store(settings.data / "changxiaozhan.db", [*migrations, intake.migrations], hears, clock)
    folders = {feature.name: Path(__file__).parent / feature.name / "templates" for feature in features}
    return Site(
        data=settings.data,
        public_url=settings.site_url,
        photos_url=settings.photos_url,
        demo=settings.demo,
        store=store,
        mailbox=Mailbox(settings.data / "mailbox.db"),
        live=live,
        pages=Pages(
            folders, static.addresses(), settings.demo, [entry for feature in features for entry in feature.entries]
        ),
        secret=_secret(settings.data),
        stale=stale,
    )


def make_app(site: Site, features: tuple[Feature, ...] = FEATURES) -> FastAPI:
    """The web application; its background threads run from start-up to shut-down."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        site.live.open(asyncio.get_running_loop())
        for feature in features:
            if feature.start is not None:
                feature.start(site)
        reader, rounds = Intake(site, features), Rounds(site, features)
        reader.start()
        rounds.start()
        yield
        site.live.shut()
        await anyio.to_thread.run_sync(reader.stop)
        await anyio.to_thread.run_sync(rounds.stop)
        for feature in features:
            if feature.stop is not None:
                feature.stop(site)

    app = FastAPI(
        title="畅小站",
        version="1",
        description="Rider stations: check-ins, reports and stations. Times are UTC milliseconds.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    app.state.site = site
    app.add_middleware(GZipMiddleware, minimum_size=800)
    app.add_middleware(Guard)
    faults.register(app)
    app.include_router(static.router)
    app.include_router(health.router)
    # Addresses are tried in this order: riders first, who are nine of ten that ask, and all at once when they do.
    for feature in sorted(features, key=lambda one: one.name != "riders"):
        for router in feature.routers:
            app.include_router(router)
    return app


def _secret(data: Path) -> str:
    path = data / "web.secret"
    data.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text("ascii")
