"""Our own programs as child processes: started, watched, started again with back-off, ended in order.

Used by the front door for `serve` and `demo`. All of it runs in the main thread.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
STEADY_S = 20.0
"""Whoever ran this long gets the short wait again."""
PATIENCE_S = 8.0
"""How long a child may take to end in good order."""
CANNOT_RUN = 2
"""Our programs' exit code for a fault that starting again will not mend; its line says what."""


@dataclass
class Child:
    """One program. `arguments` follow `python -m changxiaozhan`; output goes to `log`."""

    name: str
    arguments: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    wait: float = FIRST_WAIT_S
    due: float = 0.0

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self.process is not None and self.process.poll() is None

    def last_words(self, lines: int = 3) -> str:
        """The end of its log."""
        with contextlib.suppress(OSError):
            return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])
        return ""


class Crew:
    """Children that belong together. `say` gets one line for each thing a person should know."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self.children: list[Child] = []

    def start(self, child: Child) -> Child:
        """Start it and watch it from now on."""
        self.children.append(child)
        self._launch(child)
        return child

    def watch(self) -> str | None:
        """Look once at every child and start again who fell; the reason to give up, or None."""
        now = time.monotonic()
        for child in self.children:
            if child.running:
                continue
            code = child.process.returncode if child.process else None
            if code == CANNOT_RUN:
                return f"{child.name} cannot run: {child.last_words(1) or 'see ' + str(child.log)}"
            if not child.due:
                if now - child.started > STEADY_S:
                    child.wait = FIRST_WAIT_S
                child.due = now + child.wait
                child.wait = min(child.wait * 2, LONGEST_WAIT_S)
                self._say(f"{child.name} ended ({code}) and starts again in {child.due - now:.1f} s; log: {child.log}")
            elif now >= child.due:
                self._launch(child)
        return None

    def stop(self) -> None:
        """End everybody, the last started first; who does not go within eight seconds is killed."""
        for child in reversed(self.children):
            if child.running and child.process:
                child.process.terminate()
        deadline = time.monotonic() + PATIENCE_S
        for child in reversed(self.children):
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
        self.children.clear()

    def _launch(self, child: Child) -> None:
        child.log.parent.mkdir(parents=True, exist_ok=True)
        child.due = 0.0
        child.started = time.monotonic()
        with child.log.open("ab") as log:
            child.process = subprocess.Popen(
                [sys.executable, "-m", "changxiaozhan", *child.arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **child.environment},
                start_new_session=True,  # Ctrl-C reaches us; we end them in order
                preexec_fn=die_with_parent,  # one prctl, nothing that could deadlock
            )


def die_with_parent() -> None:
    """For a child's `preexec_fn`: it gets SIGTERM when we die without a chance to end it. Linux; harmless elsewhere."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
