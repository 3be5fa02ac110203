"""The press: PDFs and pictures typeset by Typst from a template and data, each in a process of its own.

Data reaches a template as JSON and is never spliced into its markup. Templates start with `#import "@local/look:1.0.0"`
and read what they are given with `given()`. A page takes a third of a second and up to 150 MB, all of it the child's.
"""

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.kit.errors import Unavailable
from server.kit.press.child import BAD_TEMPLATE, NO_CHINESE

log = logging.getLogger(__name__)

CHILD = Path(__file__).parent / "child.py"
MOST_WORDS = 2000
"""Characters of the child's last words that go into the log."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may cost: bytes of memory and of output, seconds of wall time."""

    memory: int = 1024 * 1024 * 1024
    most_bytes: int = 32 * 1024 * 1024
    seconds: float = 20


class Press:
    """Typesets `at_once` documents; `waiting` more stand in line for at most `queue_seconds`. Safe between threads.

    `font_folders` are searched besides the system's own fonts.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        at_once: int = 2,
        waiting: int = 4,
        queue_seconds: float = 15,
        font_folders: tuple[Path, ...] = (),
        system_fonts: bool = True,
    ) -> None:
        self._limits = limits or Limits()
        self._queue_seconds = queue_seconds
        self._room = threading.BoundedSemaphore(at_once + waiting)
        self._turns = threading.BoundedSemaphore(at_once)
        self._font_folders = font_folders
        self._system_fonts = system_fonts

    def pdf(self, template: Path, data: Mapping[str, Any]) -> bytes:
        """The document as PDF. `data` is what JSON can say; the template sees no file outside its own folder.

        Blocks. Raises `Unavailable` with a sentence for the person who asked.
        """
        return self._print(template, data, "pdf", 144)

    def png(self, template: Path, data: Mapping[str, Any], *, dots_per_inch: int = 144) -> bytes:
        """The first page as a picture; else as `pdf`."""
        return self._print(template, data, "png", dots_per_inch)

    def _print(self, template: Path, data: Mapping[str, Any], form: str, dots_per_inch: int) -> bytes:
        order = {
            "template": str(template.resolve()), "data": data, "format": form, "ppi": dots_per_inch,
            "font_folders": [str(folder) for folder in self._font_folders], "system_fonts": self._system_fonts,
        }  # fmt: skip
        letter = json.dumps(order, allow_nan=False).encode()
        with self._turn():
            return self._run(letter, template.name)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._room.acquire(blocking=False):
            raise Unavailable("现在排版的人太多，请过一会儿再试")
        try:
            if not self._turns.acquire(timeout=self._queue_seconds):
                raise Unavailable("现在排版的人太多，请过一会儿再试")
            try:
                yield
            finally:
                self._turns.release()
        finally:
            self._room.release()

    def _run(self, letter: bytes, name: str) -> bytes:
        limits = self._limits
        try:
            done = subprocess.run(
                [sys.executable, "-I", str(CHILD), str(limits.memory), str(round(limits.seconds) + 1)],
                input=letter,
                capture_output=True,
                timeout=limits.seconds,
                check=False,
                env=_environment(),
                process_group=0,  # Ctrl-C in the server's terminal is the server's to answer
            )
        except subprocess.TimeoutExpired as cause:
            log.error("typesetting %s took more than %s s; it was ended", name, limits.seconds)
            raise Unavailable("排版超时了，请过一会儿再试") from cause
        except OSError as cause:
            log.error("no typesetter could be started: %s", cause)
            raise Unavailable("排版程序没有启动，请过一会儿再试") from cause
        if done.returncode == NO_CHINESE:
            log.error("no Chinese font was found; install fonts-noto-cjk or fonts-wqy-microhei")
            raise Unavailable("这台服务器没有中文字体，做不了 PDF；请管理员安装 fonts-noto-cjk 或 fonts-wqy-microhei")
        if done.returncode != 0 or len(done.stdout) > limits.most_bytes:
            what = "refused its template" if done.returncode == BAD_TEMPLATE else f"ended with {done.returncode}"
            words = done.stderr.decode(errors="replace").strip()[-MOST_WORDS:]
            log.error("typesetting %s %s, %d bytes: %s", name, what, len(done.stdout), words)
            raise Unavailable("排版没有成功，已经记下；请先用网页打印")
        return done.stdout


def _environment() -> dict[str, str]:
    """None of the server's secrets; few threads and heaps, so that the limit on memory is about memory."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "LANG", "HOME") if name in os.environ}
    # Nothing is fetched: a package that is not here ends the document, at once.
    nowhere = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
    return kept | nowhere | {"RAYON_NUM_THREADS": "2", "MALLOC_ARENA_MAX": "1"}


_HOUSE = Press()
pdf = _HOUSE.pdf
png = _HOUSE.png
