"""A gateway to try things on: the one that runs on this machine's data, or one of our own in a folder that goes away.

The simulator, the chaos program and the benchmarks open it; it hands out logins and counts what was stored.
"""

import fcntl
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pydantic import ValidationError

from gateway.broker import mqtt_url
from gateway.contract.envelope import Body
from gateway.credentials import hash_secret, new_password
from gateway.mailbox import Mailbox
from gateway.processes import die_with_parent
from gateway.settings import Settings
from gateway.sqlite import Unusable

READY_S = 30.0


class Trial:
    """`url` is the broker's, without a login; `temporary` says whether everything is forgotten afterwards."""

    def __init__(self, url: str, mailbox: Mailbox, *, temporary: bool) -> None:
        self.url = url
        self.mailbox = mailbox
        self.temporary = temporary

    def enrol(self, kiosks: Iterable[str]) -> dict[str, str]:
        """kiosk → a new password; who had one loses it. The broker knows them within a second."""
        now = time.time_ns() // 1_000_000
        passwords = {kiosk: new_password() for kiosk in kiosks}
        for kiosk, password in passwords.items():
            self.mailbox.enrol(kiosk, hash_secret(password), now)
        return passwords

    def revoke(self, kiosks: Iterable[str]) -> None:
        """Take the logins away."""
        now = time.time_ns() // 1_000_000
        for kiosk in kiosks:
            self.mailbox.revoke(kiosk, now)

    def desire(self, bodies: Mapping[str, Body]) -> None:
        """Put the desired states of these kiosks."""
        for kiosk, body in bodies.items():
            self.mailbox.put_desired(kiosk, body)

    def stations(self) -> list[str]:
        """Codes of the stations that are in service here; none in a temporary one."""
        codes = {
            document.body["station"].get("code")
            for _, document, _ in self.mailbox.desired_since(0)
            if isinstance(document.body.get("station"), dict)
        }
        return sorted(code for code in codes if isinstance(code, str))

    def stored(self, kiosks: Iterable[str]) -> dict[str, tuple[int, int]]:
        """kiosk → (facts stored, streams with a hole)."""
        return self.mailbox.stored_of(kiosks)

    def alarms(self, kiosks: Iterable[str]) -> dict[str, int]:
        """Kind of trouble → how many of these kiosks have it."""
        wanted = set(kiosks)
        found = {(row["kind"], row["kiosk"]) for row in self.mailbox.troubles(10_000) if row["kiosk"] in wanted}
        kinds = sorted({kind for kind, _ in found})
        return {kind: sum(one == kind for one, _ in found) for kind in kinds}


@contextmanager
def open_trial(settings: Settings | None = None) -> Iterator[Trial]:
    """The gateway that runs on `settings.data`, or a temporary one where none does. Raises `Unusable`."""
    try:
        settings = settings or Settings()
    except ValidationError as cause:
        wrong = cause.errors(include_url=False, include_input=False, include_context=False)[0]
        raise Unusable(f"CXZ_{'_'.join(str(part) for part in wrong['loc']).upper()}: {wrong['msg']}") from cause
    with ExitStack() as stack:
        if _runs(settings.folder / "lock"):
            url, path, temporary = (
                settings.mqtt_url or f"mqtt://127.0.0.1:{settings.mqtt_port}",
                settings.mailbox,
                False,
            )
        else:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cxz-trial-")))
            url, path, temporary = stack.enter_context(_own(folder)), folder / "mailbox.db", True
        mailbox = Mailbox(path)
        stack.callback(mailbox.close)
        yield Trial(_without_login(url), mailbox, temporary=temporary)


def free_port() -> int:
    """A port of this machine that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _own(folder: Path) -> Iterator[str]:
    """A gateway of our own, ended with us; yields its broker's address."""
    port = free_port()
    outside = {name: value for name, value in os.environ.items() if not name.startswith("CXZ_")}
    with (folder / "gateway.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "changxiaozhan", "gateway"],
            env=outside | {"CXZ_DATA": str(folder), "CXZ_MQTT_PORT": str(port)},
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, preexec_fn=die_with_parent,
        )  # fmt: skip
    try:
        overdue = time.monotonic() + READY_S
        while "event=ready" not in (said := (folder / "gateway.log").read_text("utf-8", "replace")):
            if process.poll() is not None or time.monotonic() > overdue:
                raise Unusable(f"the trial's gateway does not start: {said.strip()[-300:]}")
            time.sleep(0.05)
        yield f"mqtt://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _runs(lock: Path) -> bool:
    try:
        with lock.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    except OSError as cause:
        raise Unusable(f"cannot look at {lock}: {cause.strerror or cause}") from cause
    return False


def _address(settings: Settings) -> str:
    if settings.mqtt_url:
        return settings.mqtt_url
    plain = mqtt_url(settings.mqtt_host, settings.mqtt_port)
    return plain if settings.mqtt_tls_cert is None else plain.replace("mqtt://", "mqtts://")


def _without_login(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
