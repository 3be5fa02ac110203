"""The edge: acts on what the station's devices measure, here and at once, whether head office can be reached or not.

`Instruments` hands over readings and alarms; one thread of its own takes the power away first and tells afterwards.
A port that was switched off stays off, over power cuts of kiosk and device too, until a person switches it on again.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from gateway.contract.envelope import Body, Broken
from gateway.contract.topics import Lane
from kiosk.agent import records
from kiosk.agent.device_commands import Unanswered
from kiosk.agent.device_link import Result
from kiosk.agent.limits import Limits
from kiosk.agent.limits import read as read_limits
from kiosk.agent.outbox import Outbox
from kiosk.agent.view import Alarm, NotSaved
from kiosk.agent.watch import CURRENT, DANGERS, DOOR, HEAT, SMOKE, Finding, Watch

OFF_S = 1.5
"""How long one port is waited for before the next step."""
TELL_AFTER_S = 3.0
"""The fact waits for the ports no longer than this; what is not off by then is named in it and tried again."""
ENFORCE_MS = 5_000
SHOWN = (SMOKE, HEAT, CURRENT, DOOR)
"""What the screen says, the worst first."""
MOST_WAITING = 200

Send = Callable[..., Result]
Tell = Callable[[Lane, str, Body], bool]
Port = tuple[str, int]

log = structlog.get_logger("edge")


@dataclass(frozen=True, slots=True)
class _Deed:
    device: str
    finding: Finding


class Edge:
    """One station's edge. `tell(lane, kind, body)` stores a fact; `mono` counts milliseconds. Thread-safe."""

    def __init__(self, outbox: Outbox, tell: Tell, mono: Callable[[], int]) -> None:
        self._outbox, self._tell, self._mono = outbox, tell, mono
        self._send: Send | None = None
        self._watches: dict[str, Watch] = {}
        self._last: dict[tuple[str, str], Finding] = {}
        self._deeds: deque[_Deed] = deque()
        self._confirmed: set[Port] = set()
        self._told_limits: dict[str, Limits] = {}
        self._enforced_at: int | None = None
        self._absent: set[str] = set()
        self._complained: set[Port] = set()
        self._lock = threading.RLock()
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="edge", daemon=True)
        self._latched, self._limits = self._remembered()

    # --- the agent's side

    def plug(self, send: Send) -> None:
        """`send(device, name, args, timeout=…)` of the device bus."""
        self._send = send

    def start(self) -> None:
        """Begin to act."""
        self._thread.start()

    def stop(self) -> None:
        """End; what was not told is found again by the next readings."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def apply(self, part: object) -> None:
        """The limits of the desired state; kept, so that they hold after a restart without head office."""
        with self._lock:
            wanted = read_limits(part, self._limits)
            if wanted == self._limits:
                return
            self._limits = wanted
        self._keep("limits", lambda connection: records.keep_limits(connection, wanted))
        self._wake.set()

    @property
    def limits(self) -> Limits:
        """What holds now."""
        return self._limits

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """What the screen says."""
        with self._lock:
            beyond = {(name, event) for name, watch in self._watches.items() for event in watch.alarms()}
            return tuple(
                Alarm(event, name, dict(self._last[name, event].detail), self._off_at(event), event in DANGERS)
                for event in SHOWN
                for name in sorted(self._watches)
                if (name, event) in beyond and (name, event) in self._last
            )

    @property
    def latched(self) -> tuple[Port, ...]:
        """(device, port) of those that stay without power until a person gives it back."""
        with self._lock:
            return tuple(sorted(self._latched))

    # --- the instruments' side: called on the bus's thread, returns soon

    def hello(self, device: str, about: Mapping[str, object]) -> None:
        """A device came or started anew: what was told to it before may be forgotten there."""
        with self._lock:
            known = self._watches.get(device)
            if known is None:
                self._watches[device] = Watch(about)
            else:
                known.about = about
            self._confirmed = {port for port in self._confirmed if port[0] != device}
            self._complained = {port for port in self._complained if port[0] != device}
            self._absent.discard(device)
            self._told_limits.pop(device, None)
            self._enforced_at = None
        self._wake.set()

    def lost(self, device: str) -> None:
        """A device is gone. Its alarm stands: what burns does not say that it is over."""
        with self._lock:
            self._absent.add(device)

    def reading(self, device: str, readings: Mapping[str, float]) -> None:
        """Fresh numbers."""
        with self._lock:
            watch = self._watches.get(device)
            if watch is None:
                return
            off = frozenset(port for name, port in self._latched if name == device)
            for finding in watch.look(readings, self._limits, self._mono(), off):
                self._note(device, finding)

    def event(self, device: str, event: str, body: Body) -> None:
        """An alarm that the device raised by itself; the fact of it is on its way already."""
        with self._lock:
            watch = self._watches.get(device)
            finding = None if watch is None else watch.heard(event, self._mono())
            if finding is not None:
                off = body.get("off")
                ports = tuple(port for port in off if isinstance(port, int)) if isinstance(off, list) else ()
                value = body.get("temp_c", body.get("smoke_ppm"))
                detail = {"value": value} if isinstance(value, int | float) else {}
                self._note(device, Finding(event, detail, ports, finding.everywhere, tell=False))

    def objection(self, device: str, name: str) -> str:
        """Why a command may not go to a device now; empty when it may."""
        if name != "port_on":
            return ""
        with self._lock:
            if any(SMOKE in watch.alarms() for watch in self._watches.values()):
                return "smoke"
            own = self._watches.get(device)
            return "hot" if own is not None and HEAT in own.alarms() else ""

    def done(self, device: str, name: str, args: Mapping[str, object]) -> None:
        """A command that a person gave was done: a port that got its power back is watched anew."""
        port = args.get("port")
        if name != "port_on" or not isinstance(port, int):
            return
        with self._lock:
            self._latched.pop((device, port), None)
            self._confirmed.discard((device, port))
            if device in self._watches:
                self._watches[device].released(port)
        self._keep("release", lambda connection: records.release(connection, device, port))

    # --- the edge's own thread

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.work()
            except Exception:
                log.exception("the edge stumbled")
            self._wake.wait(1)
            self._wake.clear()

    def work(self) -> None:
        """Everything that is to be done now: power off, then tell, then see that what is off stays off."""
        with self._lock:
            waiting, self._deeds = self._deeds, deque()
        for deed in waiting:
            if not self._do(deed):
                with self._lock:
                    self._deeds.append(deed)
        self._enforce()
        self._tell_limits()

    def _do(self, deed: _Deed) -> bool:
        """True when it is done for good; False when the disk would not take the fact."""
        finding = deed.finding
        ports = self._ports(deed)
        self._latch(ports, finding.event)
        deadline = time.monotonic() + TELL_AFTER_S
        for port in ports:
            if time.monotonic() < deadline:
                self._switch_off(port)
        if not finding.tell:
            return True
        detail = dict(finding.detail)
        if ports:
            detail["off"] = [f"{device}:{port}" for device, port in ports if (device, port) in self._confirmed]
            if left := [f"{device}:{port}" for device, port in ports if (device, port) not in self._confirmed]:
                detail["not_off"] = left
        event = "over" if finding.over else finding.event
        if finding.over:
            detail["of"] = finding.event
        lane = Lane.SOS if event in DANGERS else Lane.EVENT
        kind = str(self._watches[deed.device].about.get("kind", ""))[:64]
        return self._tell(lane, "device", {"device": deed.device, "event": event, "kind": kind, "detail": detail})

    def _ports(self, deed: _Deed) -> list[Port]:
        if not deed.finding.everywhere:
            return [(deed.device, port) for port in deed.finding.ports]
        with self._lock:
            return [(name, port) for name, watch in sorted(self._watches.items()) for port in watch.ports()]

    def _latch(self, ports: list[Port], why: str) -> None:
        with self._lock:
            fresh = [port for port in ports if port not in self._latched]
            self._latched |= dict.fromkeys(fresh, why)
        if fresh:
            self._keep("latch", lambda connection: records.latch(connection, fresh, why))

    def _switch_off(self, port: Port) -> None:
        if self._send is None or port in self._confirmed:
            return
        try:
            result = self._send(port[0], "port_off", {"port": port[1]}, timeout=OFF_S)
        except (Unanswered, Broken) as cause:
            self._complain(port, str(cause))
            return
        if result.ok:
            with self._lock:
                self._confirmed.add(port)
        else:
            self._complain(port, str(result.body.get("why", "")))

    def _complain(self, port: Port, reason: str) -> None:
        """Once for each port and hello: it is tried every few seconds."""
        if port not in self._complained:
            self._complained.add(port)
            log.error("port not off yet", device=port[0], port=port[1], reason=reason)

    def _enforce(self) -> None:
        now = self._mono()
        with self._lock:
            here = self._watches.keys() - self._absent
            left = [port for port in self._latched if port not in self._confirmed and port[0] in here]
            if not left or (self._enforced_at is not None and now - self._enforced_at < ENFORCE_MS):
                return
            self._enforced_at = now
        for port in left:
            self._switch_off(port)

    def _tell_limits(self) -> None:
        """Devices that act by themselves act on the same limits."""
        with self._lock:
            wanted = self._limits
            due = [name for name, watch in self._watches.items() if watch.takes("limits")]
            due = [name for name in due if self._told_limits.get(name) != wanted]
        send = self._send
        if send is None:
            return
        for name in due:
            self._told_limits[name] = wanted  # once a hello: a device that will not have them is not asked each second
            try:
                result = send(name, "limits", wanted.for_devices(), timeout=OFF_S)
            except (Unanswered, Broken) as cause:
                log.warning("limits not told", device=name, reason=str(cause))
                continue
            if not result.ok:
                log.warning("limits not taken", device=name, reason=str(result.body.get("why", "")))

    def _note(self, device: str, finding: Finding) -> None:
        if finding.over:
            self._last.pop((device, finding.event), None)
        else:
            self._last[device, finding.event] = finding
        if len(self._deeds) < MOST_WAITING:
            self._deeds.append(_Deed(device, finding))
        self._wake.set()

    def _off_at(self, event: str) -> tuple[str, ...]:
        return tuple(f"{device}:{port}" for (device, port), why in sorted(self._latched.items()) if why == event)

    def _remembered(self) -> tuple[dict[Port, str], Limits]:
        try:
            with self._outbox.writing() as connection:
                kept = records.kept_limits(connection)
                return records.latched(connection), read_limits(kept, Limits())
        except NotSaved as cause:
            log.error("what the edge knew cannot be read", reason=str(cause))
            return {}, Limits()

    def _keep(self, what: str, write: Callable[..., None]) -> None:
        try:
            with self._outbox.writing() as connection:
                write(connection)
        except NotSaved as cause:
            # The power is taken all the same; only a power cut of the kiosk would forget it.
            log.error("not remembered", what=what, reason=str(cause))
