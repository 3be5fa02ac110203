"""The station's instruments: turns what devices say on the serial bus into facts, without repeating itself.

The device bus calls it from its own threads. Readings become telemetry once a minute and when something happens;
a flapping plug becomes one notice, not fifty; an empty box becomes an amenity's state.
"""

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import structlog

from gateway.contract.envelope import Body, Broken, digest, pack, unpack
from gateway.contract.topics import Lane
from kiosk.agent.device_link import Result
from kiosk.agent.devices import DeviceListener
from kiosk.agent.edge import Edge
from kiosk.agent.plausibility import plausible
from kiosk.agent.view import NotSaved

TELEMETRY_EVERY_MS = 60_000
CHANGE_EVERY_MS = 5_000
CHANGE_SHARE = 0.1
CHANGE_LEAST = 1.0
"""A reading has changed when it moved by a tenth and by at least one unit: enough for doors and degrees."""
QUIET_MS = 60_000
"""A device that came or went is not news again for so long; what is true then is told then."""
BOUNCE_MS = 2_000
EVENTS_PER_MINUTE = 60
NONSENSE_EVERY_MS = 600_000
"""A device that talks nonsense is news this often, each time with how much it was."""
MOST_DEVICES = 64
MOST_DETAIL = 4_000
LOW_STOCK = 3
"""Where a device does not name its own `low`."""
URGENT = frozenset({"sos", "heat_alarm", "smoke"})
"""These ring even when a device's description does not call them urgent."""
LEFT = {"charging": "{} 个空位", "bay": "{} 个空位"}

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")

log = structlog.get_logger()


class DeviceBus(Protocol):
    """The serial lines."""

    def start(self) -> None:
        """Begin to listen."""

    def stop(self) -> None:
        """End."""

    def send(
        self, device: str, name: str, args: Mapping[str, object], *, command: str | None = None, timeout: float = 10
    ) -> Result:
        """Have a device do something and wait for its result. Raises `Unanswered`, `Broken`."""


OpenBus = Callable[[Path, DeviceListener], DeviceBus]


@dataclass(slots=True)
class _Device:
    description: Body = field(default_factory=dict)
    present: bool = False
    told: bool | None = None
    """What head office believes: present, lost, or nothing yet."""
    told_at: int | None = None
    sent: dict[str, float] = field(default_factory=dict)
    sent_at: int | None = None
    stock: str | None = None
    last_events: dict[str, int] = field(default_factory=dict)
    minute: int = 0
    events: int = 0
    nonsense: int = 0
    """How much of what it said made no sense, since it was plugged in first."""
    nonsense_told: int = 0
    nonsense_at: int | None = None


class Instruments:
    """A `DeviceListener`. `tell(lane, kind, body)` stores a fact (its id and station are added there),
    `supply(amenity, state, device)` an amenity's new state; both say False when the disk refused, and what was not
    stored is tried again with the next word of the device. `mono` counts milliseconds.
    """

    def __init__(
        self,
        tell: Callable[[Lane, str, Body], bool],
        supply: Callable[[str, str, str], bool],
        mono: Callable[[], int],
        telemetry_every_ms: int = TELEMETRY_EVERY_MS,
        edge: Edge | None = None,
    ) -> None:
        self._tell, self._supply, self._mono, self._edge = tell, supply, mono, edge
        self._every = telemetry_every_ms
        self._devices: dict[str, _Device] = {}
        self._details: dict[str, str] = {}
        self._lock = threading.RLock()

    # --- the agent's side

    def roster(self) -> tuple[Body, ...]:
        """The devices for the birth certificate."""
        with self._lock:
            return tuple(
                {"device": name, "kind": str(device.description.get("kind", ""))[:64], "present": device.present}
                for name, device in self._devices.items()
            )

    @property
    def details(self) -> Mapping[str, str]:
        """Amenity → what its device counts, ready to show."""
        return dict(self._details)

    def missing(self) -> tuple[str, ...]:
        """Devices that were here and are lost."""
        with self._lock:
            return tuple(name for name, device in self._devices.items() if not device.present)

    def talking_nonsense(self) -> tuple[str, ...]:
        """Devices of which something was dropped, each with how much: `rack-1（32 次）`."""
        with self._lock:
            return tuple(f"{name}（{one.nonsense} 次）" for name, one in self._devices.items() if one.nonsense)

    def settle(self) -> None:
        """Tell what had to wait because it flapped; called every now and then."""
        with self._lock:
            for name, device in self._devices.items():
                self._tell_presence(name, device)
                self._tell_nonsense(name, device)

    # --- the bus's side

    def hello(self, device: str, description: dict[str, Any]) -> None:
        """See `DeviceListener`."""
        with self._lock:
            known = self._known(device)
            if known is None:
                return
            known.description, known.present = _small(description), True
            self._tell_presence(device, known)
        if self._edge is not None:
            self._edge.hello(device, known.description)

    def lost(self, device: str) -> None:
        """See `DeviceListener`."""
        with self._lock:
            known = self._known(device)
            if known is None:
                return
            known.present = False
            self._tell_presence(device, known)
        if self._edge is not None:
            self._edge.lost(device)

    def reading(self, device: str, readings: dict[str, float]) -> None:
        """See `DeviceListener`."""
        with self._lock:
            known = self._known(device)
            if known is None:
                return
            clean = plausible(readings, known.description)
            if len(clean) < len(readings):
                self._count_nonsense(device, known, f"{len(readings) - len(clean)} readings that cannot be")
            if not clean:
                return
            known.present = True
            if self._edge is not None:
                self._edge.reading(device, clean)
            self._stock(device, known, clean)
            if self._worth_telling(known, clean) and self._tell(
                Lane.TELEMETRY, "telemetry", {"device": device, "readings": clean}
            ):
                known.sent, known.sent_at = clean, self._mono()

    def event(self, device: str, event: str, body: dict[str, Any]) -> None:
        """See `DeviceListener`. Raises `NotSaved`: then the bus has the device say it again."""
        with self._lock:
            known = self._known(device)
            if known is None:
                return
            if not _NAME.fullmatch(event):
                log.warning("device event ignored", device=device, reason="not a plain name")
                return
            detail, now, urgent = _small(body), self._mono(), _is_urgent(known.description, event)
            print_of_it = digest({"event": event, "detail": detail})
            before = known.last_events.get(print_of_it)
            if before is not None and now - before < BOUNCE_MS:
                return  # a contact that bounces, or a line that repeats itself
            if not urgent and not self._within_limit(device, known, now):
                return
            if not self._tell_device(Lane.SOS if urgent else Lane.EVENT, device, known, event, detail):
                raise NotSaved(f"{device}: {event}")
            known.last_events = {one: at for one, at in known.last_events.items() if now - at < BOUNCE_MS}
            known.last_events[print_of_it] = now
            if self._edge is not None:
                self._edge.event(device, event, detail)

    def nonsense(self, device: str, reason: str) -> None:
        """See `DeviceListener`."""
        with self._lock:
            known = self._known(device)
            if known is not None:
                self._count_nonsense(device, known, reason)

    def objection(self, device: str, name: str) -> str:
        """See `DeviceListener`."""
        return "" if self._edge is None else self._edge.objection(device, name)

    def done(self, device: str, name: str, args: Mapping[str, object]) -> None:
        """See `DeviceListener`."""
        if self._edge is not None:
            self._edge.done(device, name, args)

    # --- inside

    def _known(self, name: str) -> _Device | None:
        if name in self._devices:
            return self._devices[name]
        if not _NAME.fullmatch(name) or len(self._devices) >= MOST_DEVICES:
            log.warning("device ignored", device=name[:80], reason="bad name, or too many")
            return None
        return self._devices.setdefault(name, _Device())

    def _tell_presence(self, name: str, device: _Device) -> None:
        now = self._mono()
        if device.present == device.told or (device.told is None and not device.present):
            return
        if device.told_at is not None and now - device.told_at < QUIET_MS and device.told is not True:
            return
        event = "hello" if device.present else "lost"
        if self._tell_device(Lane.EVENT, name, device, event, device.description if device.present else {}):
            device.told, device.told_at = device.present, now

    def _tell_device(self, lane: Lane, name: str, device: _Device, event: str, detail: Body) -> bool:
        kind = str(device.description.get("kind", ""))[:64]
        return self._tell(lane, "device", {"device": name, "event": event, "kind": kind, "detail": detail})

    def _count_nonsense(self, name: str, device: _Device, reason: str) -> None:
        device.nonsense += 1
        if device.nonsense == 1:
            log.warning("device talks nonsense", device=name, reason=reason)
        self._tell_nonsense(name, device)

    def _tell_nonsense(self, name: str, device: _Device) -> None:
        fresh, now = device.nonsense - device.nonsense_told, self._mono()
        if not fresh or (device.nonsense_at is not None and now - device.nonsense_at < NONSENSE_EVERY_MS):
            return
        if self._tell_device(Lane.EVENT, name, device, "nonsense", {"times": fresh}):
            device.nonsense_told, device.nonsense_at = device.nonsense, now

    def _worth_telling(self, device: _Device, readings: dict[str, float]) -> bool:
        if device.sent_at is None:
            return True
        age = self._mono() - device.sent_at
        return age >= self._every or (age >= CHANGE_EVERY_MS and _changed(device.sent, readings))

    def _within_limit(self, name: str, device: _Device, now: int) -> bool:
        """A device gone mad may not fill the disk; alarms never come here."""
        if now // 60_000 != device.minute:
            device.minute, device.events = now // 60_000, 0
        device.events += 1
        if device.events == EVENTS_PER_MINUTE + 1:
            log.warning("device talks too much", device=name)
            self._tell_device(Lane.EVENT, name, device, "babbling", {})
        return device.events <= EVENTS_PER_MINUTE

    def _stock(self, name: str, device: _Device, readings: dict[str, float]) -> None:
        amenity, stock = device.description.get("amenity"), device.description.get("stock")
        if not isinstance(amenity, str):
            return
        state = None
        if isinstance(stock, str) and stock in readings:
            left, low = readings[stock], device.description.get("low")
            self._details[amenity] = LEFT.get(amenity, "还剩 {}").format(max(0, int(left)))
            enough = low if isinstance(low, int | float) and not isinstance(low, bool) else LOW_STOCK
            state = "empty" if left <= 0 else "low" if left <= enough else "ok"
        broken = device.description.get("broken")
        if isinstance(broken, str) and broken in readings:
            if readings[broken]:
                state = "broken"
                self._details.pop(amenity, None)
            else:
                state = state or "ok"
        if device.stock is None and state == "ok" and stock not in readings:
            # That nothing is broken is no news at first sight: a rider who said otherwise is believed.
            device.stock = state
        if state is not None and state != device.stock and self._supply(amenity, state, name):
            device.stock = state


def _is_urgent(description: Body, event: str) -> bool:
    events = description.get("events")
    return event in URGENT or (isinstance(events, dict) and events.get(event) == "urgent")


def _changed(before: dict[str, float], after: dict[str, float]) -> bool:
    return before.keys() != after.keys() or any(
        abs(after[name] - before[name]) >= max(CHANGE_LEAST, CHANGE_SHARE * abs(before[name])) for name in after
    )


def _small(body: Mapping[str, Any]) -> Body:
    """The body when a gateway can read it inside a fact, else only the word that it could not travel."""
    try:
        unpack(pack({"body": {"detail": body}}), MOST_DETAIL)
    except (Broken, RecursionError):
        return {"unreadable": True}
    return dict(body)
