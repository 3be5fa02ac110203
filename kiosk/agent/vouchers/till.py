"""The till: a code in, a raincoat out. What it took is on the disk before anything moves, so that none is taken twice.

The screen calls `redeem` on a thread of its own; it may last as long as a motor turns.
"""

import re
import sqlite3
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import Protocol

import structlog

from gateway.contract import vouchers
from gateway.contract.envelope import Body, Broken
from gateway.contract.topics import Lane
from kiosk.agent.clock import StationClock
from kiosk.agent.device_commands import Unanswered
from kiosk.agent.device_link import Result
from kiosk.agent.outbox import Outbox
from kiosk.agent.view import Line, NotAccepted, NotSaved
from kiosk.agent.vouchers import records
from kiosk.agent.vouchers.records import Taken, Tries

TRIES = 3
PAUSES_MS = (60_000, 120_000, 300_000)
"""After three wrong codes, three more, and every three after that, until a right one comes."""
GIVE_S = 12.0
"""A motor gives up after 6 s; then the device's own word is on the way."""

WRONG = "这个码不对，或者已经过期。再看一眼手机上的 8 个数字。"
USED = "这个码已经用过了。没有拿到东西，请打值班电话。"
NO_CLOCK = "时间正在校准，现在核对不了兑换码。请过一会儿再试，或者打值班电话。"

_TAP = re.compile(r"[A-Za-z0-9_-]{1,64}")
_DEVICES = {"raincoat": ("raincoat_dispenser", "dispense")}
"""Item → the device that gives it, and its word for it; the others are given by a person."""

log = structlog.get_logger("vouchers")


class Hands(Protocol):
    """The serial bus, as far as the till needs it."""

    def send(
        self, device: str, name: str, args: Mapping[str, object], *, command: str | None = None, timeout: float = 10
    ) -> Result:
        """See `kiosk.agent.devices.DeviceBus.send`."""


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What came of a code. `outcome`: dispensed, by_hand (a person gives it) or unknown (nobody knows)."""

    item: str
    outcome: str
    line: Line


class Till:
    """One of a kiosk. `station` names it now, `roster` its devices (`device`, `kind`, `present`)."""

    def __init__(
        self,
        outbox: Outbox,
        clock: StationClock,
        key: bytes,
        *,
        station: Callable[[], str],
        roster: Callable[[], tuple[Body, ...]],
        hands: Hands | None,
        line: Callable[[], Line],
        wake: Callable[[], None],
    ) -> None:
        self._outbox, self._clock, self._key = outbox, clock, key
        self._station, self._roster, self._hands, self._line, self._wake = station, roster, hands, line, wake
        self._one = threading.Lock()

    def redeem(self, typed: str, tap: str) -> Redeemed:
        """Take a code and hand the thing out. The same `tap` gives the same answer, and nothing a second time.

        Raises `NotAccepted` (wrong, used, pausing, no clock) and `NotSaved`.
        """
        if not _TAP.fullmatch(tap):
            raise NotAccepted("这次点按没有认出来，请再按一次。")
        code = "".join(typed.split())
        with self._one:
            with self._outbox.writing() as connection:
                known = records.by_tap(connection, tap)
                answer = known or self._take(connection, code, tap)
            # Only now, so that a wrong try stays counted.
            if isinstance(answer, str):
                raise NotAccepted(answer)
            if known is None:
                self._wake()
                answer = self._end(answer, self._give(answer))
        return Redeemed(answer.voucher.item, answer.outcome, self._line())

    def recover(self) -> None:
        """What was taken before a power cut: nobody knows whether it came out, and a person has to look."""
        try:
            with self._outbox.writing() as connection:
                for taken in records.left_open(connection):
                    self._note(connection, replace(taken, outcome="unknown"))
        except NotSaved as cause:
            log.error("vouchers not settled", reason=str(cause))

    # --- inside

    def _take(self, connection: sqlite3.Connection, code: str, tap: str) -> Taken | str:
        """The voucher, written down together with its fact; or why not."""
        if not self._clock.trusted:
            return NO_CLOCK
        now, station, tries = self._clock.now(), self._station(), records.tries(connection)
        # A pause that lasts longer than any was set by a clock that ran ahead.
        if 0 < tries.until - now <= PAUSES_MS[-1]:
            return f"错了太多次，请等 {-(-(tries.until - now) // 1000)} 秒再试。"
        voucher = vouchers.find(self._key, station, code, now)
        if voucher is None:
            return self._count(connection, tries, now)
        if records.of(connection, station, voucher) is not None:
            return USED
        taken = Taken(station, voucher, token_hex(8), "accepted")
        records.take(connection, taken, tap, now)
        records.set_tries(connection, Tries(0, 0))
        self._put(connection, taken)
        return taken

    def _count(self, connection: sqlite3.Connection, tries: Tries, now: int) -> str:
        wrong = tries.wrong + 1
        if wrong % TRIES:
            records.set_tries(connection, Tries(wrong, 0))
            return f"{WRONG}还能试 {TRIES - wrong % TRIES} 次。"
        pause = PAUSES_MS[min(wrong // TRIES, len(PAUSES_MS)) - 1]
        records.set_tries(connection, Tries(wrong, now + pause))
        log.warning("wrong voucher codes", wrong=wrong, pause_s=pause // 1000)
        return f"{WRONG}错了 {TRIES} 次，请等 {pause // 60_000} 分钟再试。"

    def _give(self, taken: Taken) -> str:
        """Have the device hand it out: `dispensed`, or `by_hand` when none did, or `unknown`."""
        kind, name = _DEVICES.get(taken.voucher.item, ("", ""))
        here = [str(one["device"]) for one in self._roster() if one["kind"] == kind and one["present"]]
        if self._hands is None or not here:
            return "by_hand"
        try:
            # The deed's own id: however often the line is repeated, the device acts once.
            result = self._hands.send(here[0], name, {}, command=taken.id, timeout=GIVE_S)
        except Unanswered as cause:
            log.warning("nothing handed out", item=taken.voucher.item, reason=str(cause))
            return "unknown" if cause.left else "by_hand"
        except Broken as cause:
            log.error("nothing handed out", item=taken.voucher.item, reason=str(cause))
            return "by_hand"
        return "dispensed" if result.ok else "by_hand"

    def _end(self, taken: Taken, outcome: str) -> Taken:
        ended = replace(taken, outcome=outcome)
        try:
            with self._outbox.writing() as connection:
                self._note(connection, ended)
        except NotSaved as cause:
            # The thing is out or not all the same; the next start says `unknown`.
            log.error("outcome not stored", reason=str(cause))
        self._wake()
        return ended

    def _note(self, connection: sqlite3.Connection, ended: Taken) -> None:
        records.end(connection, ended.id, ended.outcome)
        self._put(connection, ended)

    def _put(self, connection: sqlite3.Connection, taken: Taken) -> None:
        one = taken.voucher
        body: Body = {
            "id": taken.id, "station": taken.station, "item": one.item, "step": one.step, "number": one.number,
            "outcome": taken.outcome,
        }  # fmt: skip
        self._outbox.put(connection, Lane.EVENT, "voucher", body, self._clock.moment())
