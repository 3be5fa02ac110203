"""How every one of our programs logs: one line an event, `key=value`, to the standard error.

A traceback comes without the values of local variables: among them are secrets and what people typed.
"""

import contextlib
import io
import logging
import sys
from typing import TextIO, cast

import structlog


def log_to_stderr(level: str) -> None:
    """One line an event, `key=value`, with the UTC time."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _Console())),
        cache_logger_on_first_use=True,
    )


class _Console(io.TextIOBase):
    """The standard error, or nothing once nobody reads it: a log line must not end the thread that writes it."""

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()
