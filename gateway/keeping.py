"""How long the mailbox keeps what was read: one thread that deletes old facts and old troubles, a piece at a time."""

import sqlite3
import threading
import time

import structlog
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.mailbox import Mailbox

DAY_MS = 24 * 3600 * 1000
PIECE = 2_000
PAUSE_S = 0.2
"""Between two pieces, so that facts on their way wait for one piece at most."""
ROUND_S = 600.0

log = structlog.get_logger("keeping")


class Keeping(BaseSettings):
    """From the environment, `CXZ_KEEP_…`."""

    model_config = SettingsConfigDict(env_prefix="CXZ_KEEP_", hide_input_in_errors=True)

    facts_days: int = Field(default=400, ge=1, description="Facts that were read are kept so long.")
    troubles: int = Field(default=10_000, ge=100, description="So many troubles are kept, the latest.")
    boots: int = Field(default=20_000, ge=100, description="So many boots are kept of which the true time is known.")


class Keeper:
    """Deletes only what every reader has told to be behind it (`Mailbox.read_to`); without a word, nothing."""

    def __init__(self, mailbox: Mailbox, keeping: Keeping) -> None:
        self._mailbox = mailbox
        self._keeping = keeping
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeping", daemon=True)

    def start(self) -> None:
        """Begin; the first round comes at once."""
        self._thread.start()

    def stop(self) -> None:
        """End after the piece at hand."""
        self._stopping.set()
        self._thread.join()

    def round(self, now: int) -> int:
        """Delete all that is too old at `now` (UTC milliseconds); how many facts went."""
        gone, cursor = 0, 0
        before = now - self._keeping.facts_days * DAY_MS
        while True:
            went, onwards = self._mailbox.retire(before, cursor, PIECE)
            gone += went
            if onwards is None or self._stopping.wait(PAUSE_S):
                break
            cursor = onwards
        troubles = self._mailbox.trim_troubles(self._keeping.troubles)
        self._mailbox.trim_anchors(self._keeping.boots)
        if gone or troubles:
            log.info("old entries deleted", facts=gone, troubles=troubles)
        return gone

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.round(time.time_ns() // 1_000_000)
            except sqlite3.Error as cause:  # a full disk, a locked mailbox: the next round may fare better
                log.error("old entries could not be deleted; trying again", error=str(cause))
            self._stopping.wait(ROUND_S)
