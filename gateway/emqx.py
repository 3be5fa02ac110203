"""Cuts off at an outside EMQX whoever lost the login: it asks about a login only when somebody connects.

One thread; `process.py` starts it when CXZ_EMQX_API names EMQX's management. A kick that fails is tried again.
"""

import base64
import json
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import structlog

from gateway.credentials import write_private
from gateway.mailbox import Credential, Mailbox
from gateway.sqlite import Unusable

WATCH_S = 0.2
ANSWER_S = 5.0
LONGEST_DELAY_S = 20.0

log = structlog.get_logger("emqx")


class Bouncer:
    """`folder` keeps how far it came, so that a change made while the gateway was down is not missed.

    Raises `Unusable` for an address that cannot be read.
    """

    def __init__(self, mailbox: Mailbox, folder: Path, api: str) -> None:
        self._mailbox = mailbox
        self._place = folder / "emqx-done"
        try:
            parts = urlsplit(api)
            port = parts.port
        except ValueError as cause:
            raise Unusable("CXZ_EMQX_API is not an address such as http://key:secret@127.0.0.1:18083") from cause
        if parts.scheme not in {"http", "https"} or not parts.hostname or not parts.username or not parts.password:
            raise Unusable("CXZ_EMQX_API must look like http://key:secret@127.0.0.1:18083")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        self._api = f"{parts.scheme}://{host}{f':{port}' if port else ''}{parts.path.rstrip('/')}/api/v5"
        login = f"{unquote(parts.username)}:{unquote(parts.password)}".encode()
        self._login = f"Basic {base64.b64encode(login).decode('ascii')}"
        self._done: dict[str, int] | None = None
        self._version: int | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to watch the credentials."""
        self._thread = threading.Thread(target=self._run, name="bouncer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def step(self) -> None:
        """One look: kick everybody whose login was renewed or revoked since. Raises `OSError` when EMQX fails us."""
        version = self._mailbox.data_version()
        if version == self._version:
            return
        credentials = self._mailbox.credentials()
        if self._done is None:
            self._done = self._remembered(credentials)
            write_private(self._place, json.dumps(self._done))
        for one in credentials:
            changed = _changed(one)
            if self._done.get(one.kiosk) != changed:
                self._kick(one.kiosk)
                self._done[one.kiosk] = changed
                write_private(self._place, json.dumps(self._done))
        self._version = version

    def _run(self) -> None:
        delay = WATCH_S
        while not self._stopping.wait(delay):
            try:
                self.step()
                delay = WATCH_S
            except Exception as cause:
                delay = min(delay * 2, LONGEST_DELAY_S)
                log.error("a kiosk whose login is gone may still be connected; trying again", error=str(cause))

    def _remembered(self, credentials: list[Credential]) -> dict[str, int]:
        try:
            return {str(kiosk): int(at) for kiosk, at in json.loads(self._place.read_text("utf-8")).items()}
        except (OSError, ValueError, AttributeError, TypeError):
            # The first start, or a torn file: good logins stay connected, revoked ones are kicked once more.
            return {one.kiosk: _changed(one) for one in credentials if one.revoked is None}

    def _kick(self, kiosk: str) -> None:
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked
            f"{self._api}/clients/{quote(kiosk, safe='')}", method="DELETE", headers={"Authorization": self._login}
        )
        began = time.monotonic()
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_S):  # noqa: S310
                log.info("cut off", kiosk=kiosk, seconds=round(time.monotonic() - began, 3))
        except urllib.error.HTTPError as answer:
            answer.close()
            if answer.code != 404:  # not connected: nothing to cut
                raise OSError(f"EMQX answered {answer.code}") from answer


def _changed(one: Credential) -> int:
    return max(one.created, one.revoked or 0)
