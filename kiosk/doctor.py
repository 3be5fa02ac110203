"""`changxiaozhan doctor --kiosk FOLDER`: which part of this kiosk fails. For the volunteer with the screwdriver.

A running kiosk is asked, never disturbed: a second login under its name would throw it off the broker for a moment.
"""

import fcntl
import json
import shutil
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gateway.contract.facts import Clock
from gateway.contract.topics import GATEWAY_STATE, down_filter
from gateway.doctor import (
    Check,
    Login,
    check_clock,
    check_database,
    check_folder,
    check_login,
    check_network,
    check_rights,
    check_tls,
    examine,
)
from gateway.doctor.checks import fail, ok, skipped, warn
from gateway.wire.paho import Endpoint
from kiosk.agent.clock import StationClock
from kiosk.agent.credentials import Credentials, Unpaired, read
from kiosk.agent.devices import DeviceBus
from kiosk.settings import Settings

HELLO_S = 8.0
"""So long a device may take to say who it is."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "cog", "epiphany", "firefox")
INPUTS = Path("/dev/input/by-path")
AT_START = "start the kiosk again: it puts the file aside by itself and tells head office"


def diagnose(settings: Settings) -> int:
    """Print a line for each part; 1 when one fails."""
    try:
        credentials = read(settings.data / "kiosk.json")
    except Unpaired as cause:
        reason = str(cause)
        checks = [
            ("storage", lambda: check_folder("storage", settings.data)),
            ("pairing", lambda: fail("pairing", reason, "enter a pairing code: changxiaozhan kiosk pair")),
        ]
        return examine(f"kiosk in {settings.data}", checks)
    return examine(f"{credentials.kiosk} of {credentials.station} ({credentials.name})", _checks(settings, credentials))


def _checks(settings: Settings, credentials: Credentials) -> Iterator[tuple[str, Callable[[], Check]]]:
    running = _is_running(settings.data)
    state = _ask(settings) if running else None
    online = state is not None and state.get("line") == "online"
    login = _login(settings, credentials)
    web = urlsplit(credentials.public_url)
    web_port = web.port or (443 if web.scheme == "https" else 80)
    yield "pairing", lambda: ok("pairing", f"paired as {credentials.kiosk}")
    yield "storage", lambda: check_folder("storage", settings.data)
    yield "outbox", lambda: check_database("outbox", settings.data / "outbox.db", AT_START)
    yield "network", lambda: check_network("network", login.endpoint.host, login.endpoint.port)
    yield "web", lambda: check_network("web", web.hostname or "", web_port)
    clock = StationClock()
    yield "clock", lambda: check_clock(lambda: clock.quality() is Clock.NTP, lambda: _time_of(credentials.public_url))
    yield "TLS", lambda: check_tls(login)
    if online:
        yield "broker login", lambda: ok("broker login", "the running kiosk is logged in")
        yield "rights", lambda: skipped("rights", "not tried while the kiosk is online: it would be thrown off")
    else:
        yield "broker login", lambda: check_login(login)
        yield "rights", lambda: check_rights(login, (down_filter(credentials.kiosk), GATEWAY_STATE))
    yield "program", lambda: _program(settings.data, running, state)
    yield "screen", lambda: _screen(settings, state)
    yield "touch", _touch
    yield "devices", lambda: _devices(settings, state)


def _login(settings: Settings, credentials: Credentials) -> Login:
    return Login(
        endpoint=Endpoint.parse(settings.mqtt_url or credentials.mqtt_url),
        client_id=credentials.kiosk,
        username=credentials.kiosk,
        password=credentials.password,
        ca_file=settings.ca_file or credentials.ca_file,
        ca_data=credentials.ca,
        cert_file=settings.cert_file or credentials.cert_file,
        key_file=settings.key_file or credentials.key_file,
    )


def _is_running(folder: Path) -> bool:
    try:
        with (folder / "kiosk.lock").open("r") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
    except OSError:
        pass
    return False


def _ask(settings: Settings) -> dict[str, Any] | None:
    """What the running kiosk says of itself; None when it does not answer."""
    host, port = settings.address
    try:
        with urllib.request.urlopen(f"http://{host}:{port}/check", timeout=5) as answer:
            found = json.loads(answer.read(65_536))
    except (OSError, ValueError, HTTPException):
        return None
    return found if isinstance(found, dict) else None


def _time_of(url: str) -> float | None:
    """What time it is at head office, as its web server says; None when it cannot be asked."""
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:  # noqa: S310 - http(s), see Credentials
            said = answer.headers.get("Date")
    except urllib.error.HTTPError as cause:
        said = cause.headers.get("Date")
    except (OSError, HTTPException):
        return None
    try:
        return parsedate_to_datetime(said).timestamp() if said else None
    except ValueError:
        return None


def _program(folder: Path, running: bool, state: Mapping[str, Any] | None) -> Check:
    if not running:
        return fail("program", "the kiosk's program is not running", f"start it: changxiaozhan kiosk --data {folder}")
    if state is None:
        return fail("program", "it runs, but its page does not answer", "start it again")
    if state.get("line") != "online":
        return warn("program", f"it runs, {state.get('waiting', 0)} facts wait for the line", "see the lines above")
    return ok("program", f"it runs and is online, {state.get('waiting', 0)} facts on their way")


def _screen(settings: Settings, state: Mapping[str, Any] | None) -> Check:
    browser = next((name for name in BROWSERS if shutil.which(name)), None)
    if state is None:
        return skipped("screen", f"no page at http://{settings.http} while the program does not run")
    if browser is None:
        return warn(
            "screen", f"the page answers at http://{settings.http}, but no browser shows it", "install chromium"
        )
    return ok("screen", f"the page answers at http://{settings.http}; {browser} is there to show it")


def _touch() -> Check:
    try:
        found = [one.name for one in INPUTS.iterdir() if "event" in one.name]
    except OSError:
        found = []
    if not found:
        return warn("touch", "no touchscreen is plugged in", "check its USB cable")
    return ok("touch", f"{len(found)} input device{'s' if len(found) > 1 else ''}")


def _devices(settings: Settings, state: Mapping[str, Any] | None) -> Check:
    if state is not None:
        said, there = str(state.get("devices", "")), state.get("roster")
        known = "、".join(sorted(there)) if isinstance(there, list) else ""
        if said not in {"", "ok"}:
            return fail("devices", said, "check the plug and the power of that device")
        return ok("devices", known) if known else skipped("devices", "none is plugged in")
    links = _ports(settings.serial)
    if not links:
        return skipped("devices", f"none is plugged in ({settings.serial} is empty)")
    gone = [link.name for link in links if not link.exists()]
    if gone:
        return fail("devices", f"the port behind {', '.join(gone)} is gone", "plug it in again")
    heard = _Listening()
    bus = DeviceBus(settings.serial, heard)
    bus.start()
    heard.wait(len(links), HELLO_S)
    bus.stop()
    if len(heard.names) < len(links):
        words = f"{len(links)} ports, but only {len(heard.names)} said who they are"
        return fail(
            "devices", words + (f": {', '.join(sorted(heard.names))}" if heard.names else ""), "check the others"
        )
    return ok("devices", ", ".join(sorted(heard.names)))


def _ports(folder: Path) -> list[Path]:
    try:
        return sorted(one for one in folder.iterdir() if one.is_symlink() or one.is_char_device())
    except OSError:
        return []


class _Listening:
    """Only wants to know who is there."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self._news = threading.Condition()

    def wait(self, count: int, seconds: float) -> None:
        """Until so many said hello, or the time is over."""
        deadline = time.monotonic() + seconds
        with self._news:
            while len(self.names) < count and (left := deadline - time.monotonic()) > 0:
                self._news.wait(left)

    def hello(self, device: str, description: dict[str, object]) -> None:
        """Somebody is there."""
        with self._news:
            self.names.add(device)
            self._news.notify()

    def reading(self, device: str, readings: dict[str, float]) -> None:
        """Not ours to keep."""

    def event(self, device: str, event: str, body: dict[str, object]) -> None:
        """Left to the kiosk: unconfirmed, the device tells it again."""
        raise InterruptedError("the doctor keeps no events")

    def lost(self, device: str) -> None:
        """Gone again."""
        with self._news:
            self.names.discard(device)

    def nonsense(self, device: str, reason: str) -> None:
        """The kiosk counts it."""

    def objection(self, device: str, name: str) -> str:
        """Nothing is commanded here."""
        return "the doctor only looks"

    def done(self, device: str, name: str, args: Mapping[str, object]) -> None:
        """Nothing is commanded here."""
