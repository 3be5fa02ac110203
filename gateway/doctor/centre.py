"""`changxiaozhan doctor` at the centre: the gateway, its broker, the web process, and what they keep."""

import fcntl
import json
import secrets
import sqlite3
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.client import HTTPException
from pathlib import Path

from gateway.broker import find_mosquitto
from gateway.doctor.checks import Check, fail, ok, skipped, warn
from gateway.doctor.clock import check_clock
from gateway.doctor.line import Login, check_login, check_network, check_tls
from gateway.doctor.report import examine
from gateway.doctor.storage import check_database, check_folder
from gateway.mailbox import Mailbox
from gateway.settings import Settings
from gateway.sqlite import Unusable
from gateway.wire.paho import Endpoint

STORE = "changxiaozhan.db"


def diagnose(settings: Settings, http: str, public_url: str, synchronized: Callable[[], bool]) -> int:
    """Print a line for each part; 1 when one fails. `http`: host:port of the web process here."""
    return examine(f"centre in {settings.data}", _checks(settings, http, public_url, synchronized))


def _checks(
    settings: Settings, http: str, public_url: str, synchronized: Callable[[], bool]
) -> Iterator[tuple[str, Callable[[], Check]]]:
    running = _is_running(settings)
    yield "clock", lambda: check_clock(synchronized)
    yield "storage", lambda: check_folder("storage", settings.data)
    yield "store", lambda: check_database("store", settings.data / STORE)
    yield "mailbox", lambda: check_database("mailbox", settings.mailbox)
    yield "gateway", lambda: _gateway(running)
    yield from _broker(settings, running)
    yield "web", lambda: _web(http)
    if public_url:
        yield "public address", lambda: _public(public_url)
    yield "kiosks", lambda: _kiosks(settings.mailbox)


def _broker(settings: Settings, running: bool) -> Iterator[tuple[str, Callable[[], Check]]]:
    if settings.mqtt_url:
        endpoint = Endpoint.parse(settings.mqtt_url)
        login = Login(
            endpoint, f"doctor-{secrets.token_hex(4)}", endpoint.username, endpoint.password,
            ca_file=settings.mqtt_tls_ca, cert_file=settings.mqtt_tls_cert, key_file=settings.mqtt_tls_key,
        )  # fmt: skip
        yield "broker", lambda: check_network("broker", endpoint.host, endpoint.port)
        yield "TLS", lambda: check_tls(login)
        yield "broker login", lambda: check_login(login, "check user and password in CXZ_MQTT_URL")
        return
    yield "broker program", _own_broker
    if running:
        yield "broker", lambda: check_network("broker", settings.mqtt_host, settings.mqtt_port)
    else:
        yield "broker", lambda: skipped("broker", "our own broker runs with the gateway")


def _own_broker() -> Check:
    program = find_mosquitto()
    if program is None:
        return warn("broker program", "Mosquitto is not installed; at best the stand-in runs", "apt install mosquitto")
    return ok("broker program", program)


def _is_running(settings: Settings) -> bool:
    try:
        with (settings.folder / "lock").open("r") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
    except OSError:
        pass
    return False


def _gateway(running: bool) -> Check:
    if not running:
        return fail("gateway", "it is not running", "start it: changxiaozhan serve")
    return ok("gateway", "it runs")


def _web(http: str) -> Check:
    url = f"http://{http}/readyz"
    try:
        with urllib.request.urlopen(url, timeout=5):
            return ok("web", f"ready at http://{http}")
    except urllib.error.HTTPError as cause:
        try:
            failing = ", ".join(json.loads(cause.read(65_536))["failing"])
        except (ValueError, KeyError, TypeError):
            failing = f"HTTP {cause.code}"
        return fail("web", f"http://{http} answers, but this fails: {failing}", "look into its log")
    except (OSError, HTTPException) as cause:
        reason = getattr(cause, "reason", cause)
        return fail("web", f"http://{http} does not answer: {reason}", "start it: changxiaozhan serve")


def _public(url: str) -> Check:
    try:
        with urllib.request.urlopen(f"{url.rstrip('/')}/healthz", timeout=8):  # noqa: S310 - from the settings
            return ok("public address", f"{url} leads here")
    except (OSError, HTTPException, ValueError) as cause:
        reason = getattr(cause, "reason", cause)
        cure = "check DNS, the certificate and the proxy in front"
        return fail("public address", f"{url} cannot be reached from here: {reason}", cure)


def _kiosks(path: Path) -> Check:
    if not path.exists():
        return skipped("kiosks", "none yet")
    try:
        mailbox = Mailbox(path)
        try:
            known = [one for one in mailbox.kiosks() if one.life != "new"]
        finally:
            mailbox.close()
    except (Unusable, sqlite3.Error) as cause:
        return fail("kiosks", f"cannot be read: {cause}", "see the line of the mailbox")
    if not known:
        return skipped("kiosks", "none has called yet")
    lost = sorted(one.kiosk for one in known if one.life == "lost")
    seen = (time.time() * 1000 - max(one.seen for one in known)) / 1000
    words = f"{len(known) - len(lost)} of {len(known)} in touch, the last word {seen:.0f} s ago"
    if lost:
        named = ", ".join(lost[:5]) + (f" and {len(lost) - 5} more" if len(lost) > 5 else "")
        return warn("kiosks", f"{words}; lost: {named}", "run doctor on the kiosk itself")
    return ok("kiosks", words)
