"""The darkroom's door: any thread hands in a photo and waits; at most a few workers stand behind it."""

import json
import logging  # not structlog: the workers import this too, and it would cost each 13 MB
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO

from .developed import Developed
from .line import Line
from .process import Answer, Box, CannotStart, Limits, Worker, WorkerDied, WorkerTooSlow
from .refusals import refused

log = logging.getLogger(__name__)


class Darkroom:
    """Develops photos in separate processes: at most `workers`, started on demand, ended after `idle_seconds` without
    work. Safe to share between threads; one that does not say how long waits `queue_seconds` for its turn."""

    def __init__(
        self, limits: Limits | None = None, *, workers: int = 2, idle_seconds: float = 60, queue_seconds: float = 20
    ) -> None:
        self.limits = limits or Limits()
        self._idle_seconds = idle_seconds
        self._queue_seconds = queue_seconds
        self._line = Line(workers)
        self._lock = threading.Lock()
        self._idle: list[tuple[Worker, threading.Timer]] = []
        self._closed = False
        self._warming: threading.Timer | None = None

    def develop(self, photo: bytes | IO[bytes], *, seconds: float | None = None, urgent: bool = False) -> Developed:
        """The photo as two clean JPEGs with its hints; blocks. Raises PhotoRefused with a sentence for the rider.

        It waits so many seconds for its turn; `urgent` ones before others. An open file is read when its turn comes,
        and no further than a photo may be long: those who wait hold nothing.
        """
        if isinstance(photo, bytes):
            self._check_length(photo)
        with self._turn(seconds, urgent):
            data = photo if isinstance(photo, bytes) else self._read(photo)
            return self._twice(lambda worker: worker.develop(data))

    def cover(self, picture: bytes, boxes: Sequence[Box]) -> tuple[bytes, bytes]:
        """One of our large pictures with these places covered for good, and its small one; blocks.

        Boxes in thousandths: x, y, width, height. Raises PhotoRefused."""
        with self._turn(None, urgent=True):  # a person of the desk waits, and there are few of them
            return self._twice(lambda worker: worker.cover(picture, json.dumps(list(boxes)).encode()))

    def warm(self, after_seconds: float = 0) -> None:
        """Have one worker ready soon; returns at once. For the server's start, when the rush of it is over."""
        with self._lock:
            if self._closed:
                return
            self._warming = threading.Timer(after_seconds, self._warm)
            self._warming.daemon = True
            self._warming.start()

    def close(self) -> None:
        """End the idle workers now and each busy one when its photo is done; nothing is developed afterwards."""
        with self._lock:
            self._closed = True
            leaving, self._idle = self._idle, []
            if self._warming is not None:
                self._warming.cancel()
        for worker, timer in leaving:
            timer.cancel()
            worker.end()

    @property
    def idle_pids(self) -> list[int]:
        """The processes waiting for a photo, for `doctor` and the metrics."""
        with self._lock:
            return [worker.pid for worker, _ in self._idle]

    def _read(self, file: IO[bytes]) -> bytes:
        # One byte too many is enough to know that it is too large.
        data = file.read(self.limits.most_bytes + 1)
        self._check_length(data)
        return data

    def _check_length(self, data: bytes) -> None:
        if not data:
            raise refused("empty")
        if len(data) > self.limits.most_bytes:
            raise refused("too_big", megabytes=self.limits.most_bytes // (1024 * 1024))

    @contextmanager
    def _turn(self, seconds: float | None, urgent: bool) -> Iterator[None]:
        if not self._line.wait(self._queue_seconds if seconds is None else seconds, urgent):
            raise refused("busy")
        try:
            yield
        finally:
            self._line.leave()

    def _twice(self, job: Callable[[Worker], Answer]) -> Answer:
        """Have a job done; a worker that dies of it is given a second chance in a fresh process."""
        try:
            return self._have_done(job)
        except WorkerDied as cause:
            log.warning("a photo worker died: %s; trying once more in a fresh one", cause)
        try:
            return self._have_done(job)
        except WorkerDied as cause:
            log.warning("the same photo killed a second worker: %s", cause)
            raise refused("crashed") from cause

    def _have_done(self, job: Callable[[Worker], Answer]) -> Answer:
        try:
            worker = self._take()
        except CannotStart as cause:
            log.error("no photo worker could be started: %s", cause)
            raise refused("unavailable") from cause
        try:
            return job(worker)
        except WorkerTooSlow as cause:
            log.warning("a photo took more than %s s; its worker was ended", self.limits.seconds)
            raise refused("too_slow") from cause
        finally:
            self._give_back(worker)

    def _take(self) -> Worker:
        """The most recently used idle worker that still lives, or a new one."""
        while True:
            with self._lock:
                if self._closed:
                    raise CannotStart("the darkroom is closed")
                if not self._idle:
                    break
                worker, timer = self._idle.pop()
            timer.cancel()
            if worker.alive:
                return worker
            worker.end()
        return Worker(self.limits)

    def _give_back(self, worker: Worker) -> None:
        with self._lock:
            if worker.fit and not self._closed:
                timer = threading.Timer(self._idle_seconds, self._retire, [worker])
                timer.daemon = True
                self._idle.append((worker, timer))
                timer.start()
                return
        worker.end()

    def _retire(self, worker: Worker) -> None:
        with self._lock:
            waiting = [pair for pair in self._idle if pair[0] is worker]
            self._idle = [pair for pair in self._idle if pair[0] is not worker]
        if waiting:
            worker.end()

    def _warm(self) -> None:
        if not self._line.wait(0):
            return
        try:
            self._give_back(self._take())
        except CannotStart as cause:
            log.error("no photo worker could be started: %s", cause)
        finally:
            self._line.leave()
