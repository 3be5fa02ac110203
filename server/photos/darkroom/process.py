"""One worker process as the web process sees it: start it, hand it a photo, end it."""

import json
import math
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeVar, cast

from . import pipe
from .developed import JPEG, Developed, from_parts
from .refusals import SENTENCES, refused

Answer = TypeVar("Answer")
Box = tuple[int, int, int, int]
"""x, y, width, height in thousandths of a picture."""

HERE = Path(__file__).parent
SECONDS_TO_START = 30
LONGEST_ANSWER = 16 * 1024 * 1024  # a worker is not believed more than it needs
# Not `-m server.photos…`: that would load the whole web part into every worker.
ENTRY = f"import sys; sys.path.append(sys.argv.pop(1)); from {HERE.name}.worker import main; main()"
READER = ENTRY.replace(".worker ", ".reader ")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a photo may cost. `most_bytes` of the file, pixels of its header, seconds of wall time, memory in bytes.

    Somebody waits for it: a phone's photo takes a fraction of a second, the heaviest honest one two or three.
    """

    most_bytes: int = 20 * 1024 * 1024
    most_jpeg_pixels: int = 120_000_000
    most_pixels: int = 50_000_000
    seconds: float = 7
    memory: int = 1024 * 1024 * 1024


class WorkerDied(Exception):
    """The process ended, or answered nonsense, before its answer was complete."""


class WorkerTooSlow(Exception):
    """The process was killed because its time was over."""


class CannotStart(Exception):
    """No worker could be started; its own last words are on the server's error stream."""


class Worker:
    """A decoding process (or, with the entry `READER`, one that looks for text), for one thread at a time.

    Raises CannotStart."""

    def __init__(self, limits: Limits, entry: str = "") -> None:
        self._limits = limits
        self._in_step = self._overtime = False
        arguments = [limits.memory, math.ceil(limits.seconds), limits.most_jpeg_pixels, limits.most_pixels]
        try:
            self._process = subprocess.Popen(
                # Lazy imports (Python 3.15) would come after the worker has shut itself in.
                [
                    sys.executable,
                    "-I",
                    "-X",
                    "lazy_imports=none",
                    "-c",
                    entry or ENTRY,
                    str(HERE.parent),
                    *map(str, arguments),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=_environment(),
                process_group=0,  # Ctrl-C in the server's terminal is the server's to answer
            )
        except OSError as cause:
            raise CannotStart(str(cause)) from cause
        self._letters_out = cast(IO[bytes], self._process.stdin)
        self._letters_in = cast(IO[bytes], self._process.stdout)
        try:
            if self._ask(None, SECONDS_TO_START) != [pipe.READY]:
                raise WorkerDied("nonsense")
        except (WorkerDied, WorkerTooSlow) as cause:
            self.end()
            raise CannotStart(f"exit code {self._process.returncode}") from cause

    @property
    def pid(self) -> int:
        """The process, for whoever watches it."""
        return self._process.pid

    @property
    def fit(self) -> bool:
        """Whether it may be given another photo: the last exchange was completed, in time, and left it sound."""
        return self._in_step and not self._overtime

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def develop(self, data: bytes) -> Developed:
        """The developed photo. Raises PhotoRefused for a photo's own fault, else WorkerDied or WorkerTooSlow."""
        return self._answer([data], pipe.DEVELOPED, from_parts)

    def cover(self, picture: bytes, boxes: bytes) -> tuple[bytes, bytes]:
        """One of our own pictures with these places (JSON) covered: large and small. Raises as `develop`."""
        return self._answer([picture, boxes], pipe.COVERED, _two_pictures)

    def read(self, picture: bytes) -> list[Box]:
        """Where in one of our own pictures there is text, in thousandths. Raises WorkerDied or WorkerTooSlow."""
        return self._answer([picture], pipe.READ, _boxes)

    def _answer(self, parts: list[bytes], expected: bytes, read: Callable[[list[bytes]], Answer]) -> Answer:
        verdict, *told = self._ask(parts, self._limits.seconds)
        try:
            if verdict == expected:
                return read(told)
            reason = told[0].decode()
            if verdict != pipe.REFUSED or reason not in SENTENCES:
                raise ValueError(reason)
        except (ValueError, IndexError) as cause:
            self._in_step = False
            raise WorkerDied("nonsense") from cause
        # A process that ran out of memory once has little left for the next photo.
        self._in_step = reason != "too_heavy"
        raise refused(reason)

    def end(self) -> None:
        """Kill and bury the process; harmless when it is dead already."""
        self._in_step = False
        self._process.kill()
        for stream in (self._letters_out, self._letters_in):
            with suppress(OSError):
                stream.close()
        self._process.wait()

    def _ask(self, parts: list[bytes] | None, seconds: float) -> list[bytes]:
        """One message there (none at the start), one back, within the time."""
        self._in_step = False  # an exchange broken off must not give its answer to the next photo
        try:
            with self._watch(seconds):
                if parts is not None:
                    pipe.send(self._letters_out, parts)
                answer = pipe.receive(self._letters_in, LONGEST_ANSWER)
        except (OSError, EOFError, ValueError) as cause:
            raise (WorkerTooSlow if self._overtime else WorkerDied)(str(cause)) from cause
        self._in_step = True
        return answer

    @contextmanager
    def _watch(self, seconds: float) -> Iterator[None]:
        """Kills the process after this time, which ends every wait for it."""
        timer = threading.Timer(seconds, self._time_is_over)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _time_is_over(self) -> None:
        self._overtime = True
        self._process.kill()


def _two_pictures(parts: list[bytes]) -> tuple[bytes, bytes]:
    large, small = parts
    if not (large.startswith(JPEG) and small.startswith(JPEG)):
        raise ValueError("not two JPEGs")
    return large, small


def _boxes(parts: list[bytes]) -> list[Box]:
    (told,) = parts
    found = [tuple(one) for one in json.loads(told)]
    if not all(len(one) == 4 and all(isinstance(value, int) and 0 <= value <= 1000 for value in one) for one in found):
        raise ValueError("not boxes")
    return cast(list[Box], found)


def _environment() -> dict[str, str]:
    """None of the server's secrets; and an allocator that keeps its memory from photo to photo (a sixth faster)."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "LANG") if name in os.environ}
    return kept | {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "134217728", "MALLOC_MMAP_THRESHOLD_": "33554432"}
