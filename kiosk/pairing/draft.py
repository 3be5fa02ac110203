"""The files of a pairing: what is being tried (`pairing.json`), what came of it (`kiosk.json`), and the mark 停用.

A tried code is written down before it is sent: should the answer get lost, or the power fail, the next try is known to
the server as the same kiosk's.
"""

import contextlib
import json
import os
import secrets
from pathlib import Path
from typing import Any

from kiosk.pairing.exchange import NotPaired

KEPT = ("cert_file", "key_file", "ca_file")
"""Of an older `kiosk.json`: this machine's own certificate stays with the machine."""


class Draft:
    """The folder with `kiosk.json`. Methods raise `NotPaired` when the disk does not take it."""

    def __init__(self, folder: Path) -> None:
        self.credentials = folder / "kiosk.json"
        self._tried = folder / "pairing.json"
        self._stopped = folder / "stopped"
        self._server = folder / "server"
        self._desired = folder / "desired.json"

    @property
    def server(self) -> str:
        """The server's address as it was typed last, empty before."""
        try:
            return self._server.read_text("utf-8").strip()[:200]
        except (OSError, UnicodeDecodeError):
            return ""

    def keep_server(self, url: str) -> None:
        """Remember an address at which a server of ours answered."""
        _write(self._server, url + "\n")

    def next_try(self) -> tuple[str, int]:
        """(nonce, attempt) for the next request; the nonce stays until a pairing succeeds."""
        nonce, attempt = secrets.token_urlsafe(24), 0
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(self._tried.read_bytes())
            nonce, attempt = str(kept["nonce"]), int(kept["attempt"])
        _write(self._tried, json.dumps({"nonce": nonce, "attempt": attempt + 1}))
        return nonce, attempt + 1

    def keep(self, content: dict[str, Any]) -> None:
        """Write `kiosk.json`, all or nothing, for our eyes only. What the kiosk was before is forgotten."""
        before: dict[str, Any] = {}
        with contextlib.suppress(OSError, ValueError):
            found = json.loads(self.credentials.read_bytes())
            before = found if isinstance(found, dict) else {}
        kept = {name: before[name] for name in KEPT if before.get(name)}
        try:
            if before.get("kiosk") != content["kiosk"]:
                # Its versions counted another kiosk's desired states.
                self._desired.unlink(missing_ok=True)
            _write(self.credentials, json.dumps({**kept, **content}, ensure_ascii=False, indent=1))
            self._tried.unlink(missing_ok=True)
            self._stopped.unlink(missing_ok=True)
        except OSError as cause:
            raise NotPaired("disk", cause.strerror or str(cause)) from cause

    @property
    def duty_phone(self) -> str:
        """Whom to call where this kiosk hung, empty when nothing is known."""
        with contextlib.suppress(OSError, ValueError, AttributeError):
            return str(json.loads(self.credentials.read_bytes()).get("duty_phone", ""))[:40]
        return ""

    @property
    def stopped(self) -> bool:
        """Whether the server has said that this kiosk is out of service."""
        return self._stopped.exists()

    def stop(self) -> None:
        """The server said so."""
        _write(self._stopped, "")

    def go_on(self) -> None:
        """The server took it back."""
        with contextlib.suppress(OSError):
            self._stopped.unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # the name, too, survives the power cut
        finally:
            os.close(folder)
    except OSError as cause:
        raise NotPaired("disk", cause.strerror or str(cause)) from cause
