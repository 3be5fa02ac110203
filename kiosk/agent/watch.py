"""Watches one device's readings against the limits: what is too hot, too strong, too long, too little. Pure.

Every rule has two lines, one where it begins and a calmer one where it ends, so that a value beside the first does
not flap. What it finds is a finding: a person has yet to look.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from gateway.contract.envelope import Body
from kiosk.agent.limits import Limits

HEAT, SMOKE, CURRENT, DOOR, STOCK = "heat_alarm", "smoke", "overcurrent", "left_open", "stock_low"
DANGERS = frozenset({HEAT, SMOKE})
"""Fire may be behind these: they travel in the SOS lane, and ports go off."""

RISE_MS = 60_000
VERY_HOT_ABOVE_C = 10
"""So much above the limit every port goes off, below it the busiest."""
NEXT_PORT_MS = 20_000
"""Still hot after this: the next port."""
AGAIN_MS = 300_000
"""A danger that lasts is told again this often; everything else once."""
COOL_BELOW_C = 5
CALM_SHARE = 0.8
MORE_THAN_LOW = 1
SLOTS = frozenset({"charging", "bay"})
"""Amenities that are taken and given back: few free ones are no shortage."""


_PORT = re.compile(r"port([1-9][0-9]?)_a")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something beyond a limit, or (`over`) back within. `ports`: switch these off first; `everywhere`: all there are.

    `tell` is False when only the ports are meant: head office has heard it already.
    """

    event: str
    detail: Body = field(default_factory=dict)
    ports: tuple[int, ...] = ()
    everywhere: bool = False
    over: bool = False
    tell: bool = True


@dataclass(slots=True)
class _Rule:
    since: int | None = None
    """When it began, None while all is well."""
    told: int = 0
    strikes: int = 0


@dataclass(frozen=True, slots=True)
class _Look:
    readings: Mapping[str, float]
    limits: Limits
    now: int
    off: frozenset[int]

    def ports(self) -> dict[int, float]:
        """Port → ampere, of the ports that may have power."""
        return {port: value for port, value in self._all_ports() if port not in self.off}

    @property
    def has_ports(self) -> bool:
        """Whether it is a device that gives power."""
        return any(True for _ in self._all_ports())

    def _all_ports(self) -> Iterator[tuple[int, float]]:
        for name, value in self.readings.items():
            if port := _PORT.fullmatch(name):
                yield int(port[1]), value


class Watch:
    """One device. `about` is its self-description; times are monotonic milliseconds."""

    def __init__(self, about: Mapping[str, object]) -> None:
        self.about = about
        self._rules: dict[str, _Rule] = {}
        self._warm: list[tuple[int, float]] = []
        self._opened: int | None = None
        self._cut_at: int | None = None

    def alarms(self) -> tuple[str, ...]:
        """What is beyond its limit now."""
        return tuple({event.partition("-")[0]: None for event, rule in self._rules.items() if rule.since is not None})

    def look(self, readings: Mapping[str, float], limits: Limits, now: int, off: frozenset[int]) -> list[Finding]:
        """What these readings mean; `off` are the ports that have no power already."""
        found: list[Finding] = []
        seen = _Look(readings, limits, now, off)
        for rule in (self._heat, self._smoke, self._current, self._door, self._stock):
            found += rule(seen)
        return found

    def heard(self, event: str, now: int) -> Finding | None:
        """The device itself raised a danger: what is to be done about it here, None for anything else."""
        if event in DANGERS or event == DOOR:
            # Told already: the same rule here has nothing to add until it is over.
            rule = self._rule(event)
            rule.since, rule.told = rule.since if rule.since is not None else now, now
        if event not in DANGERS:
            return None
        return Finding(event, everywhere=event == SMOKE or not self.ports(), tell=False)

    def released(self, port: int) -> None:
        """A person gave this port its power back: it is judged anew."""
        self._rules.pop(f"{CURRENT}-{port}", None)

    def ports(self) -> list[int]:
        """The ports that the device can be told to switch off."""
        readings = self.about.get("readings")
        if not self.takes("port_off") or not isinstance(readings, dict):
            return []
        return [int(port[1]) for name in sorted(readings) if (port := _PORT.fullmatch(name))]

    def takes(self, command: str) -> bool:
        """Whether the device knows this command."""
        commands = self.about.get("commands")
        return isinstance(commands, list) and command in commands

    def _units(self, unit: str) -> list[str]:
        """The names of the readings measured in this unit."""
        readings = self.about.get("readings")
        return [name for name, one in readings.items() if one == unit] if isinstance(readings, dict) else []

    def _rule(self, event: str) -> _Rule:
        return self._rules.setdefault(event, _Rule())

    def _judge(self, event: str, now: int, *, bad: bool, calm: bool, tell: Callable[[], Finding]) -> list[Finding]:
        """Begin, go on or end one rule; between `bad` and `calm` nothing changes."""
        rule = self._rule(event)
        if rule.since is None:
            if not bad:
                return []
            rule.since = rule.told = now
            return [tell()]
        if calm:
            rule.since, rule.strikes = None, 0
            return [Finding(event, over=True)]
        if event in DANGERS and bad and now - rule.told >= AGAIN_MS:
            rule.told = now
            return [tell()]
        return []

    def _heat(self, look: _Look) -> list[Finding]:
        """The warmest sensor, and how fast it climbed within a minute."""
        temps = [look.readings[name] for name in self._units("°C") if name in look.readings]
        if not temps:
            return []
        now, warmest, limits, ports = look.now, max(temps), look.limits, look.ports()
        self._warm = [seen for seen in self._warm if now - seen[0] <= RISE_MS] + [(now, warmest)]
        rise = warmest - min(value for _, value in self._warm)
        hot, rising = warmest >= limits.hot_c, rise >= limits.rise_c
        why, limit = ("hot", limits.hot_c) if hot else ("rising", limits.rise_c)
        detail: Body = {"why": why, "value": round(warmest, 1), "rise": round(rise, 1), "limit": limit}
        found = self._judge(
            HEAT,
            now,
            bad=hot or rising,
            calm=warmest <= limits.hot_c - COOL_BELOW_C and not rising,
            tell=lambda: Finding(HEAT, detail, everywhere=not look.has_ports),
        )
        cut: tuple[int, ...] = ()
        if warmest >= limits.hot_c + VERY_HOT_ABOVE_C:
            cut = tuple(sorted(ports))
        elif (hot or rising) and ports and (self._cut_at is None or now - self._cut_at >= NEXT_PORT_MS):
            cut = (max(ports, key=lambda port: ports[port]),)
        if not cut:
            return found
        self._cut_at = now
        # A further port that goes off is told too: whoever is on the way should know.
        return [Finding(HEAT, detail, cut)]

    def _smoke(self, look: _Look) -> list[Finding]:
        """Smoke anywhere: every port of the station goes off."""
        values = [look.readings[name] for name in self._units("ppm") if name in look.readings]
        if not values:
            return []
        value, limit = max(values), look.limits.smoke_ppm
        detail: Body = {"value": round(value), "limit": limit}
        return self._judge(
            SMOKE, look.now, bad=value >= limit, calm=value <= CALM_SHARE * limit,
            tell=lambda: Finding(SMOKE, detail, everywhere=True),
        )  # fmt: skip

    def _current(self, look: _Look) -> list[Finding]:
        """A port that draws too much twice in a row: once may be a charger that starts."""
        found: list[Finding] = []
        for port, value in look.ports().items():
            event, limit = f"{CURRENT}-{port}", look.limits.over_a
            rule = self._rule(event)
            rule.strikes = rule.strikes + 1 if value >= limit else 0
            tripped = Finding(CURRENT, {"port": port, "value": round(value, 2), "limit": limit}, (port,))
            judged = self._judge(
                event, look.now, bad=rule.strikes >= 2, calm=value <= CALM_SHARE * limit, tell=partial(_same, tripped)
            )
            found += [replace(one, event=CURRENT, detail=tripped.detail) for one in judged]
        return found

    def _door(self, look: _Look) -> list[Finding]:
        """A door that stays open."""
        if "open" not in look.readings:
            return []
        is_open = look.readings["open"] != 0
        if not is_open:
            self._opened = None
        elif self._opened is None:
            self._opened = look.now
        lasted = 0 if self._opened is None else (look.now - self._opened) // 1000
        return self._judge(
            DOOR, look.now, bad=is_open and lasted >= look.limits.open_s, calm=not is_open,
            tell=lambda: Finding(DOOR, {"seconds": lasted, "limit": look.limits.open_s}),
        )  # fmt: skip

    def _stock(self, look: _Look) -> list[Finding]:
        """Something that gets used up runs low."""
        name, amenity = self.about.get("stock"), self.about.get("amenity")
        if not isinstance(name, str) or name not in look.readings or amenity in SLOTS:
            return []
        left, own = look.readings[name], self.about.get("low")
        low = look.limits.low or (own if isinstance(own, int | float) and not isinstance(own, bool) else 0)
        return self._judge(
            STOCK, look.now, bad=left <= low, calm=left > low + MORE_THAN_LOW,
            tell=lambda: Finding(STOCK, {"left": left, "limit": low, "amenity": amenity}),
        )  # fmt: skip


def _same(finding: Finding) -> Finding:
    return finding
