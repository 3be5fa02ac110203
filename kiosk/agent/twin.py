"""The kiosk's side of the device twin: the last good desired state, kept in a file that survives the power cut."""

import os
from pathlib import Path

import structlog

from gateway.contract.envelope import Broken
from gateway.contract.twin import Desired, supersedes
from kiosk.agent.desired import Wanted

log = structlog.get_logger()


class Twin:
    """`desired.json`. `wanted` is what to show; `error` says why the last offer was not applied, or None."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.desired: Desired | None = None
        self.wanted = Wanted()
        self.error: str | None = None
        try:
            desired = Desired.decode(path.read_bytes())
            self.desired, self.wanted = desired, Wanted.read(desired.body)
        except FileNotFoundError:
            pass
        except (OSError, Broken) as cause:
            self.error = f"the stored desired state cannot be read: {cause}"[:500]
            log.error("stored desired state unreadable", reason=str(cause))

    @property
    def version(self) -> int:
        """The version applied, 0 before the first."""
        return 0 if self.desired is None else self.desired.version

    def offer(self, payload: bytes) -> bool:
        """Apply what came on `down/desired` when it is good and newer; True when it was applied."""
        try:
            desired = Desired.decode(payload)
            if desired == self.desired:
                self.error = None  # the broker's retained copy, again
                return False
            if not supersedes(self.desired, desired):
                raise Broken(f"version {desired.version} does not supersede {self.version}")
            wanted = Wanted.read(desired.body)
        except Broken as cause:
            self.error = str(cause)[:500]
            log.warning("desired state not applied", reason=self.error)
            return False
        self.desired, self.wanted, self.error = desired, wanted, None
        try:
            self._store(payload)
        except OSError as cause:
            # Shown all the same: after a restart the broker's retained copy brings it back.
            self.error = f"applied but not stored: {cause.strerror or cause}"[:500]
            log.error("desired state not stored", reason=str(cause))
        return True

    def _store(self, payload: bytes) -> None:
        fresh = self._path.with_suffix(".new")
        with fresh.open("wb") as file:
            file.write(payload)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
