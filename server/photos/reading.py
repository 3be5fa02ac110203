"""Looking for text in photos, when the extra `redact` is installed: suggestions only, off everybody's way.

A thread of its own asks a child process, one photo at a time, the newest first; people decide what is covered.
"""

import importlib.util
import threading
from collections.abc import Callable

import structlog

from server.kit.site import Site
from server.photos import records
from server.photos.darkroom import READER, Box, CannotStart, Limits, Worker, WorkerDied, WorkerTooSlow
from server.photos.vault import Vault, VaultError

log = structlog.get_logger()

PACKAGE = "rapidocr_onnxruntime"
LIMITS = Limits(seconds=60, memory=3 * 1024**3)
LOOK_EVERY_S = 20.0
IDLE_ROUNDS = 3
"""After so many looks without a photo the child is ended: it holds half a gigabyte."""
BATCH = 10
GIVE_UP = 3
"""A child that cannot be started so often will not start at all."""


def installed() -> bool:
    """Whether the extra is there; looks only, imports nothing."""
    return importlib.util.find_spec(PACKAGE) is not None


def start_reader() -> Worker:
    """The child process. Raises CannotStart."""
    return Worker(LIMITS, READER)


class Reading:
    """The thread. `start_worker` starts the child."""

    def __init__(
        self,
        site: Site,
        vault: Vault,
        start_worker: Callable[[], Worker] = start_reader,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._site = site
        self._vault = vault
        self._start_worker = start_worker
        self._look_every_s = look_every_s
        self._worker: Worker | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="photo-reading", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End the child; a photo at hand is looked at again next time."""
        self._stopping.set()
        self._thread.join(5)
        self._end_worker()

    def _run(self) -> None:
        idle = failures = 0
        while not self._stopping.wait(self._look_every_s) and failures < GIVE_UP:
            try:
                found = self._look()
                idle, failures = (0 if found else idle + 1), 0
            except CannotStart as cause:
                failures += 1
                log.error("text in photos cannot be looked for", reason=str(cause))
            except Exception:
                log.exception("looking for text failed and is repeated")
            if idle >= IDLE_ROUNDS:
                self._end_worker()

    def _look(self) -> int:
        """One batch; how many photos it had."""
        with self._site.store.look() as look:
            waiting = records.unread(look, BATCH)
        for photo in waiting:
            if self._stopping.is_set():
                break
            try:
                boxes = self._read(self._vault.get(photo.large))
            except VaultError as cause:
                log.info("a photo was not there to be read", reason=str(cause))
                boxes = []
            with self._site.store.work() as work:
                still = records.known(work, photo.id)
                if still is not None:
                    # Covered meanwhile: what was found may be what is covered.
                    records.note_reading(work, photo.id, boxes if still.large == photo.large else [])
        return len(waiting)

    def _read(self, picture: bytes) -> list[Box]:
        """Where there is text; nothing for a picture that the child does not survive."""
        if self._worker is None or not (self._worker.fit and self._worker.alive):
            self._end_worker()
            self._worker = self._start_worker()
        try:
            return self._worker.read(picture)
        except (WorkerDied, WorkerTooSlow) as cause:
            log.warning("a photo could not be read", reason=str(cause))
            self._end_worker()
            return []

    def _end_worker(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.end()
