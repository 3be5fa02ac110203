"""`/healthz` (the process lives), `/readyz` (it can do its work), `/metrics` (numbers for Prometheus)."""

import sqlite3
import threading

import structlog
from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from prometheus_client.process_collector import ProcessCollector

from server.intake import waiting
from server.kit.site import ThisSite

router = APIRouter(include_in_schema=False)
log = structlog.get_logger()


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Answers as long as the process does; waits for no thread."""
    return {"status": "ok"}


@router.get("/readyz")
def readyz(site: ThisSite) -> Response:
    """503 with the failing part's name when a database or a background thread is gone."""
    failing = {}
    try:
        with site.store.look() as look:
            look.value("select 1")
    except sqlite3.Error as cause:
        failing["store"] = str(cause)
    try:
        site.mailbox.data_version()
    except sqlite3.Error as cause:
        failing["mailbox"] = str(cause)
    alive = {thread.name for thread in threading.enumerate()}
    failing |= {name: "not running" for name in ("intake", "rounds") if name not in alive}
    if failing:
        log.warning("not ready", **failing)
    return JSONResponse({"status": "failing" if failing else "ok", "failing": sorted(failing)}, 503 if failing else 200)


@router.get("/metrics")
def metrics(site: ThisSite) -> Response:
    """Process figures, kiosks by life, and how many facts wait in the mailbox."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    kiosks = Gauge("cxz_kiosks", "Kiosks by what is believed of them", ["life"], registry=registry)
    for status in site.mailbox.kiosks():
        kiosks.labels(status.life).inc()
    Gauge("cxz_mailbox_waiting", "Facts not yet read by the server", registry=registry).set(waiting(site))
    Gauge("cxz_desks_open", "Open live pages", registry=registry).set(site.live.listening)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
