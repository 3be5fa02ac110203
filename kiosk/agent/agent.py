"""The agent: everything the kiosk does besides drawing. The screen calls it, devices feed it, the link empties it.

A tap returns when it is on the disk; whether head office has it already is another matter, and said truthfully.
"""

import re
import shutil
import sqlite3
import threading
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from secrets import token_hex

import structlog

from gateway.contract.categories import Level
from gateway.contract.envelope import Body, Broken
from gateway.contract.facts import AMENITY_STATES, Clock
from gateway.contract.receipts import new_receipt
from gateway.contract.topics import Lane
from gateway.contract.twin import Reported
from gateway.sqlite import Unusable
from kiosk.agent import commands, picture, records, vouchers
from kiosk.agent.clock import StationClock
from kiosk.agent.commands import Deeds, Ear, Ledger, LogTail, Means
from kiosk.agent.credentials import Credentials
from kiosk.agent.edge import Edge
from kiosk.agent.instruments import TELEMETRY_EVERY_MS, DeviceBus, Instruments, OpenBus
from kiosk.agent.life import SOFTWARE, SignsOfLife
from kiosk.agent.link import Connect, Link
from kiosk.agent.outbox import TELEMETRY_CAP, Outbox
from kiosk.agent.records import LocalAmenity, Tap
from kiosk.agent.twin import Twin
from kiosk.agent.view import Line, NotAccepted, NotSaved, Saved, View
from kiosk.agent.vouchers import Redeemed, Till

PLACE_MOST = 80
WORDS_MOST = 500

_TAP = re.compile(r"[A-Za-z0-9_-]{1,64}")
_OK = "ok"

log = structlog.get_logger()


class Agent:
    """One kiosk. `folder` holds `outbox.db` and `desired.json`; `connect` makes the wire.

    Raises `Unusable` when the disk cannot be used at all. Thread-safe.
    """

    def __init__(
        self,
        credentials: Credentials,
        folder: Path,
        connect: Connect,
        *,
        open_bus: OpenBus | None = None,
        devices: Path | None = None,
        clock: StationClock | None = None,
        telemetry_cap: int = TELEMETRY_CAP,
        telemetry_every_ms: int = TELEMETRY_EVERY_MS,
        tail: LogTail | None = None,
        restart: Callable[[], None] | None = None,
    ) -> None:
        self.credentials = credentials
        self.clock = clock or StationClock()
        tables = [records.migrations, commands.migrations, vouchers.migrations]
        self.outbox = Outbox(folder / "outbox.db", tables, telemetry_cap=telemetry_cap)
        self.twin = Twin(folder / "desired.json")
        self.edge = Edge(self.outbox, self._tell, self.clock.mono)
        self.instruments = Instruments(self._tell, self._supply, self.clock.mono, telemetry_every_ms, self.edge)
        self._folder = folder
        self._bus: DeviceBus | None = open_bus(devices or folder / "dev", self.instruments) if open_bus else None
        if self._bus is not None:
            self.edge.plug(self._bus.send)
        self._saving = threading.Lock()
        self._today = picture.day(self.clock.now())
        try:
            with self.outbox.writing() as connection:
                self._amenities = records.amenities(connection)
                self._checkins = records.checkins(connection, self._today)
        except NotSaved as cause:
            raise Unusable(f"cannot use the database {self.outbox.path}: {cause.__cause__}") from cause
        self.outbox.renumbered = self._renumber
        self.deeds = Deeds(
            Means(credentials, tail, restart, self._bus),
            roster=self.instruments.roster,
            dial=lambda name: self.twin.wanted.kiosk[name],
            now=self.clock.now,
        )
        self.commands = Ledger(self.outbox, self.clock, self.deeds, lambda: self.link.wake())
        self.till = Till(
            self.outbox,
            self.clock,
            credentials.key,
            station=lambda: self._station,
            roster=self.instruments.roster,
            hands=self._bus,
            line=self._line,
            wake=lambda: self.link.wake(),
        )
        self.link = Link(
            credentials.kiosk,
            lambda will: Ear(connect(will), credentials.kiosk, self.commands.receive),
            self.outbox,
            SignsOfLife(credentials.kiosk, self.outbox, self.clock, self.instruments.roster),
            mono=self.clock.mono,
            hear=self.clock.hear,
            offer=self.twin.offer,
            report=self._report_state,
            round_up=self._round_up,
        )

    def start(self) -> None:
        """Connect, listen to devices, and work until `stop`."""
        self._round_up()
        self.till.recover()
        self.commands.start()
        self.link.start()
        self.edge.start()
        if self._bus is not None:
            self._bus.start()

    def stop(self) -> None:
        """Say goodbye and close the database. What waits goes out after the next start."""
        self.commands.cease()
        if self._bus is not None:
            self._bus.stop()
        self.edge.stop()
        self.commands.stop()
        self.link.stop()
        self.outbox.close()

    # --- the screen's side

    def view(self) -> View:
        """The station as the screen shows it now. Never fails for the disk's sake."""
        now = self.clock.now()
        view = picture.paint(
            picture.Scene(
                credentials=self.credentials,
                wanted=self.twin.wanted,
                amenities=self._amenities,
                amenities_acked=self.outbox.acked(Lane.EVENT),
                details=self.instruments.details,
                line=self._line(),
                backlog=self.outbox.backlog(Lane.SOS, Lane.EVENT),
                clock_ok=self.clock.trusted,
                now=now,
                checkins_today=self._checkins if self._today == picture.day(now) else 0,
                alarms=self.edge.alarms,
            )
        )
        return replace(view, notices=(*self.deeds.messages(), *view.notices))

    def check_in(self, tap_id: str | None = None) -> Saved:
        """A rider is here. The same `tap_id` gives the same answer. Raises `NotSaved`, `NotAccepted` (a bad id)."""
        return self._save("checkin", Lane.EVENT, {}, tap_id)

    def report(self, category: str, place: str = "", words: str = "", tap_id: str | None = None) -> Saved:
        """A rider reports; the receipt is made here. Raises `NotAccepted` for what cannot be taken, `NotSaved`.

        P0 and P1, by the tile's level, travel in the SOS lane.
        """
        level = picture.level(self.twin.wanted, category)
        if level is None:
            raise NotAccepted("这一类现在不能选了，请重新选一次。")
        body: Body = {"category": category, "receipt": new_receipt()}
        if where := _plain(place, PLACE_MOST, "地点"):
            body["place"] = where
        if said := _plain(words, WORDS_MOST, "说明"):
            body["words"] = said
        return self._save("report", Lane.SOS if level in {Level.P0, Level.P1} else Lane.EVENT, body, tap_id)

    def amenity(self, code: str, state: str, tap_id: str | None = None) -> Saved:
        """雨衣没了: one tap, shown at once. Raises `NotAccepted` for an unknown thing or state, `NotSaved`."""
        if state not in AMENITY_STATES:
            raise NotAccepted("没有这个选项，请重新选一次。")
        if self.twin.wanted.amenity(code) is None:
            raise NotAccepted("这里没有登记这件东西，请重新选一次。")
        return self._save("amenity", Lane.EVENT, {"amenity": code, "state": state}, tap_id)

    def redeem(self, code: str, tap_id: str) -> Redeemed:
        """A voucher's code was typed in; see `Till.redeem`."""
        return self.till.redeem(code, tap_id)

    def condition(self) -> dict[str, object]:
        """For `changxiaozhan doctor` on this machine: the self-check, the line, what waits, which devices there are."""
        return {
            **self._check(),
            "line": str(self._line()),
            "waiting": self.outbox.backlog(),
            "roster": sorted(str(one["device"]) for one in self.instruments.roster() if one["present"]),
        }

    # --- inside

    def _line(self) -> Line:
        return Line.ONLINE if self.link.online else Line.OFFLINE

    def _save(self, kind: str, lane: Lane, body: Body, tap_id: str | None) -> Saved:
        """Keep a tap, then call the courier."""
        if tap_id is not None and not _TAP.fullmatch(tap_id):
            raise NotAccepted("这次点按没有认出来，请再按一次。")
        answer = Tap(token_hex(8), body.get("receipt"), str(self._line()))
        body = {"id": answer.id, "station": self._station, **body}
        try:
            with self._saving:
                answer = self._keep(kind, lane, body, tap_id, answer)
        except Broken as cause:
            log.warning("tap not accepted", kind=kind, reason=str(cause))
            raise NotAccepted("这里面有不能保存的内容，请改一下再试。") from cause
        self.link.wake()
        url = None
        if answer.receipt is not None:
            url = f"{picture.public_url(self.credentials, self.twin.wanted)}/r/{answer.receipt}"
        return Saved(answer.id, answer.receipt, url, Line(answer.line))

    def _keep(self, kind: str, lane: Lane, body: Body, tap_id: str | None, answer: Tap) -> Tap:
        """Fact, answer and local effect in one transaction; the answer of an earlier time for the same tap."""
        today, count, amenities = self._today, self._checkins, self._amenities
        with self.outbox.writing() as connection:
            if tap_id is not None:
                known = records.tap(connection, kind, tap_id)
                if known is not None:
                    return known
                records.keep_tap(connection, kind, tap_id, answer)
            fact = self.outbox.put(connection, lane, kind, body, self.clock.moment())
            if kind == "checkin":
                today = picture.day(self.clock.now())
                count = records.count_checkin(connection, today)
            elif kind == "amenity":
                wanted = self.twin.wanted.amenity(body["amenity"])
                said = LocalAmenity(body["state"], fact.seq, wanted.since if wanted else None)
                records.set_amenity(connection, body["amenity"], said)
                amenities = {**amenities, body["amenity"]: said}
        # Only what is on the disk is shown.
        self._today, self._checkins, self._amenities = today, count, amenities
        return answer

    def _renumber(self, connection: sqlite3.Connection, lane: Lane, numbers: Mapping[int, int]) -> None:
        """The event lane begins a new stream: what waits for a fact's ack waits for its new number."""
        if lane is Lane.EVENT:
            self._amenities = {
                code: replace(said, seq=numbers.get(said.seq, 0)) for code, said in self._amenities.items()
            }
            for code, said in self._amenities.items():
                records.set_amenity(connection, code, said)

    @property
    def _station(self) -> str:
        return picture.code(self.credentials, self.twin.wanted)

    def _tell(self, lane: Lane, kind: str, body: Body) -> bool:
        """A fact of a device or of the kiosk itself; False when the disk refused and it is worth trying again."""
        try:
            self.outbox.add(lane, kind, {"id": token_hex(8), "station": self._station, **body}, self.clock.moment())
        except NotSaved as cause:
            log.error("fact not stored", kind=kind, reason=str(cause))
            return False
        except Broken as cause:
            log.error("fact not sensible", kind=kind, reason=str(cause))
            return True
        self.link.wake()
        return True

    def _supply(self, code: str, state: str, device: str) -> bool:
        """A device counted; only a change of what was last said here is a fact. False when it was not stored."""
        local = self._amenities.get(code)
        if local is not None and local.state == state:
            return True
        try:
            self._save("amenity", Lane.EVENT, {"amenity": code, "state": state, "device": device, "by": "device"}, None)
        except NotSaved as cause:
            log.error("amenity not stored", amenity=code, reason=str(cause))
            return False
        except NotAccepted:
            return True  # a device that names what cannot be an amenity: trying again would not help
        return True

    def _round_up(self) -> None:
        """Now and then: what had to wait, and what happened to the outbox."""
        self.instruments.settle()
        self.edge.apply(self.twin.desired.body.get("limits") if self.twin.desired else None)
        kept = self.outbox.set_aside
        if kept is not None and self._tell(
            Lane.EVENT, "device", {"device": "kiosk", "event": "outbox_corrupt", "detail": {"kept": kept.name}}
        ):
            self.outbox.told()

    def _disk_free(self) -> bool:
        return shutil.disk_usage(self._folder).free > self.twin.wanted.kiosk["disk_low_mb"] * 1024 * 1024

    def _report_state(self) -> bytes:
        amenities = {part.code: part.state for part in self.view().amenities}
        return Reported(self.twin.version, SOFTWARE[:64], self.twin.error, amenities, self._check()).encode()

    def _check(self) -> dict[str, str]:
        return {
            "clock": _OK if self.clock.quality() is not Clock.NONE else "时钟没电了，时间不可信。",
            "disk": _OK if self._disk_free() else "存储快满了。",
            "devices": self._devices_check(),
        }

    def _devices_check(self) -> str:
        said = []
        if gone := self.instruments.missing():
            said.append("没有信号的设备：" + "、".join(gone))
        if ill := self.instruments.talking_nonsense():
            said.append("读数不可信的设备：" + "、".join(ill))
        if off := self.edge.latched:
            said.append("断电等人复位的充电口：" + "、".join(f"{device} {port} 号" for device, port in off))
        return "；".join(said) or _OK


def _plain(typed: str, most: int, what: str) -> str:
    """What was typed, without control characters and outer spaces. Raises `NotAccepted` when too long or not text."""
    text = typed.strip()
    if len(text) > most:
        raise NotAccepted(f"{what}最多 {most} 个字，请写短一点。")
    text = "".join(" " if unicodedata.category(sign) == "Cc" and sign != "\n" else sign for sign in text).strip()
    if any(unicodedata.category(sign) == "Cs" for sign in text):
        raise NotAccepted(f"{what}里有不能保存的字符，请改一下再试。")
    return text
