"""Puts a fleet together from what the gateway wrote into the mailbox, cut to somebody's communities."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from gateway.contract.geo import Point
from gateway.mailbox import StoredFact
from server import pairing
from server.fleet.rules import Health, health
from server.fleet.wanted import Row
from server.kit.clock import DAY_MS
from server.kit.records import refused
from server.kit.site import Site
from server.kit.store import Work
from server.stations import all_stations, kiosks_at

SHOWN = 400
"""Characters of a payload that are shown."""
BATCH = 200
MOST_BATCHES = 25


@dataclass(frozen=True, slots=True)
class Place:
    """Where a kiosk hangs; `community` is empty for one whose station is not in service, or that hangs nowhere."""

    station: str
    name: str
    community: str
    point: Point | None = None


NOWHERE = Place("", "没有挂在小站上", "")
ALARMS = frozenset({"clone", "flapping", "flood", "gap", "refused"})
ALARM_MS = DAY_MS
MOST_ALARMS = 2000


@dataclass(frozen=True, slots=True)
class Kiosk:
    """A kiosk and where it hangs."""

    place: Place
    health: Health


@dataclass(frozen=True, slots=True)
class Parked:
    """What is not as it should be. `what`: a kind of `Trouble`, or untaken; times UTC milliseconds."""

    what: str
    kiosk: str
    station: str
    reason: str
    payload: str
    at: int
    times: int = 1


class Fleet:
    """One look at the fleet, as somebody with these communities may see it."""

    def __init__(self, site: Site, look: Work, communities: Collection[str]) -> None:
        self._site = site
        self._look = look
        self._communities = communities
        self._stations = stations = {
            one.code: Place(one.code, one.full_name, one.community, one.point) for one in all_stations(look)
        }
        self._places = {kiosk: stations.get(code, NOWHERE) for kiosk, code in kiosks_at(look).items()}

    def kiosks(self) -> list[Kiosk]:
        """Every kiosk that hangs in these communities, and those that hang nowhere but have spoken, by id.

        Not those that were taken out of service: they are silent for good.
        """
        statuses = {one.kiosk: one for one in self._site.mailbox.kiosks()}
        desired = self._site.mailbox.desired_versions()
        gone = pairing.retired(self._look).keys()
        return [
            Kiosk(self.place(name), health(name, statuses.get(name), desired.get(name, 0), self._look.now))
            for name in sorted(self._places.keys() | (statuses.keys() - gone))
            if self._sees(name)
        ]

    def rows(self) -> list[Row]:
        """Every kiosk in sight with its alarms, and every station without one."""
        alarms = self._alarms()
        kiosks = [
            Row(one.place.station, one.place.name, one.place.community, one.health, alarms.get(one.health.kiosk, ()))
            for one in self.kiosks()
        ]
        served = {row.station for row in kiosks}
        return kiosks + [
            Row(place.station, place.name, place.community, None)
            for place in self._stations.values()
            if place.station not in served and place.community in self._communities
        ]

    def _alarms(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for row in self._site.mailbox.troubles(MOST_ALARMS):
            known = found.get(row["kiosk"], ())
            if row["kind"] in ALARMS and row["kind"] not in known and self._look.now - row["last_at"] < ALARM_MS:
                found[row["kiosk"]] = (*known, row["kind"])
        return found

    def parked(self, before: int | None, limit: int) -> tuple[list[StoredFact], int | None]:
        """Parked facts, newest first, behind `before`; and where to go on, None at the end."""
        found: list[StoredFact] = []
        for batch in self._batches(before):
            for fact in batch:
                if self._sees(fact.kiosk):
                    if len(found) == limit:
                        return found, found[-1].id
                    found.append(fact)
                before = fact.id
            if len(batch) < BATCH:
                return found, None
        return found, before

    def troubles(self, limit: int) -> list[Parked]:
        """What was parked, refused, missing or cloned, newest first, with how often."""
        return [
            self._shown(row["kind"], row["kiosk"], row["reason"], row["payload"], row["last_at"], row["times"])
            for row in self._site.mailbox.troubles(limit)
            if self._sees(row["kiosk"])
        ]

    def untaken(self, limit: int) -> list[Parked]:
        """Facts that were well-formed, but that no feature could take."""
        return [
            self._shown("untaken", row["kiosk"], row["reason"], f"{row['kind']} {row['body']}", row["at"])
            for row in refused(self._look, limit)
            if self._sees(row["kiosk"])
        ]

    def _batches(self, before: int | None) -> Iterator[list[StoredFact]]:
        for _ in range(MOST_BATCHES):
            batch = self._site.mailbox.parked(before, BATCH)
            yield batch
            if not batch:
                return
            before = batch[-1].id

    def point(self, station: str) -> Point | None:
        """Where a station in service lies."""
        return self._stations[station].point if station in self._stations else None

    def place(self, kiosk: str) -> Place:
        """Where a kiosk hangs."""
        return self._places.get(kiosk, NOWHERE)

    def _sees(self, kiosk: str) -> bool:
        community = self.place(kiosk).community
        return not community or community in self._communities

    def _shown(self, what: str, kiosk: str, reason: str, payload: str, at: int, times: int = 1) -> Parked:
        place = self.place(kiosk)
        # Whose words these are is not known: everybody sees that there is trouble, nobody what it says.
        shown = payload[:SHOWN] if place.community else ""
        return Parked(what, kiosk, place.name, reason, shown, at, times)


def payload_of(fact: StoredFact) -> str:
    """The beginning of what a parked fact said."""
    torn = fact.body.get("payload")
    if not fact.kind and isinstance(torn, str):
        return torn[:SHOWN]
    return f"{fact.kind} {json.dumps(fact.body, ensure_ascii=False)}"[:SHOWN]
