"""A real web process on a free port, and people who are logged in: what the benchmarks over HTTP share."""

import os
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path

import httpx2

from server.kit.clock import HOUR_MS
from server.kit.site import Site
from server.staff import records as staff_records
from server.staff.actions import fingerprint

PATIENCE_S = 30.0


def start_web(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """`changxiaozhan web` on this data folder, once it answers; the caller ends it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CXZ_")}
    web = subprocess.Popen(
        [sys.executable, "-m", "changxiaozhan", "web"],
        env=environment | {"CXZ_DATA": str(folder), "CXZ_HTTP": address},
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and web.poll() is None:
        try:
            httpx2.get(f"http://{address}/healthz")
        except httpx2.TransportError:
            time.sleep(0.05)
        else:
            return web, f"http://{address}"
    web.kill()
    raise SystemExit("the web process did not start")


def session(site: Site, role: str, scope: str, login: str = "") -> str:
    """The cookie of somebody who is logged in."""
    token = uuid.uuid4().hex
    with site.store.work() as work:
        name = login or f"{role}-{token[:6]}"
        person = staff_records.add(work, name, name, role, (scope,), "no password", False)
        staff_records.open_session(work, fingerprint(token), person, work.now + 12 * HOUR_MS)
    return token
