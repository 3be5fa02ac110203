"""What a ticket has to say for itself in a reply; in a letter, only what everybody may read."""

from gateway.contract.categories import DESK_LABELS
from server import people, stations
from server.duplicates import place_key
from server.incidents import Incident
from server.kit.clock import DAY_MS, day, lasted, when
from server.kit.store import Work
from server.replies.rules import inert

SOMEBODY = "有人需要帮助"
AROUND = "小区里"


def facts(work: Work, incident: Incident, *, letter: bool, body: str = "", until: int | None = None) -> dict[str, str]:
    """Placeholder → value; empty where it is not known. `body` and `until` as the form just brought them."""
    station = stations.known(work, incident.station)
    found = {
        "类别": SOMEBODY if letter and incident.kind.private else incident.kind.label,
        "地点": _public_place(incident, station)
        if letter
        else incident.place or (f"{station.name}附近" if station else ""),
        "小站": station.name if station else "",
        "居委": f"{station.community_name}居委会" if station else "",
        "责任方": DESK_LABELS[incident.desk],
        "用时": _taken(incident, work.now),
        "今天": day(work.now),
    }
    if not letter:
        review = until or incident.review_at
        found |= {
            "单号": incident.number,
            "收到时间": when(incident.received, work.now),
            "值班电话": station.duty_phone if station else "",
            "日期": day(review) if review else "",
            "对方": body or incident.body,
        }
    return {name: inert(value) for name, value in found.items()}


def _public_place(incident: Incident, station: stations.Station | None) -> str:
    """A spot or a building that everybody knows, never what was typed: that may name a flat, a plate or a person."""
    if incident.kind.private:
        return AROUND
    key = place_key(incident.place)
    spots = {spot: place_key(spot) for spot in (station.spots if station else ())}
    # A building is read as a number, or 13号楼 would be taken for 3号楼.
    known = [spot for spot, name in spots.items() if len(name) > 1 and not name[0].isdigit() and name in key]
    building = people.building_in(incident.place)
    return max(known, key=len) if known else f"{building}号楼" if building else AROUND


def _taken(incident: Incident, now: int) -> str:
    """Nothing where the reporting clock could not be trusted, and nothing to be proud of after days."""
    took = now - incident.at
    return "" if incident.estimated or took < 0 or took > 3 * DAY_MS else lasted(max(60_000, took))
