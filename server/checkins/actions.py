"""Checking in: anonymous, counted once, verified or not."""

from dataclasses import dataclass

from gateway.contract import presence
from gateway.contract.presence import Presence
from gateway.mailbox import StoredFact
from server.checkins import records
from server.incidents import is_client_id, moment_of
from server.kit.errors import Invalid
from server.kit.live import Change
from server.kit.store import Work
from server.stations import Station, station_of_fact


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """Somebody checked in for the first time with this client id."""

    station: str
    channel: str
    presence: Presence


def check_in(
    work: Work,
    station: Station,
    client_id: str,
    channel: str,
    proof: Presence,
    *,
    at: int | None = None,
    estimated: bool = False,
) -> bool:
    """Count one visit; False for a repeat of the same client id. Raises `Invalid` for a broken client id."""
    if not is_client_id(client_id):
        raise Invalid("打卡编号不对，请刷新页面再试一次")
    moment = work.now if at is None else at
    verified = proof is Presence.VERIFIED
    if not records.add(work, client_id, station.code, moment, estimated, channel, str(proof), verified):
        return False
    work.tell(CheckedIn(station.code, channel, proof))
    work.tell(
        Change("checkin", station.community, {"station": station.code, "today": records.today(work, station.code)})
    )
    return True


def prove(station: Station, code: str, now: int) -> Presence:
    """What a scanned presence code proves at `now` (UTC milliseconds)."""
    return presence.verify(station.presence_key, station.code, code[:32], now)


def from_kiosk(work: Work, fact: StoredFact) -> None:
    """A tap on the station's own screen: whoever tapped was there."""
    at, estimated = moment_of(fact)
    check_in(
        work,
        station_of_fact(work, fact),
        fact.body["id"],
        "kiosk",
        Presence.VERIFIED,
        at=at,
        estimated=estimated,
    )
