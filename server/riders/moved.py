"""A report that reaches a station which was given up while it was written, or waited on the phone: where it goes."""

import math
from dataclasses import replace

from gateway.contract.geo import to_wgs84
from server import pins, stations
from server.kit.errors import Missing
from server.kit.site import Site
from server.phones import Phone
from server.riders import actions
from server.riders.actions import Accepted, Again, PhotosFirst
from server.riders.form import Sent
from server.stations import Station

IN_REACH = 12
"""So many stations are looked at for one of the same community, whose staff know the place."""
METRES_PER_DEGREE = 111_195.0

Told = dict[str, str | bool | dict[str, str | int]]


def told(site: Site, code: str, sent: Sent) -> Told:
    """For the phone's script: a `sentence`, the station that stands in (`instead`), and whether it is `urgent`.

    What is urgent goes there without asking. `east` and `north`: metres from that station to the old one, by which a
    pin is moved. Raises `Missing` for a station that never was.
    """
    gone, other = _instead(site, code)
    if other is None:
        return {"sentence": f"{gone.name}已经停用了，请打值班电话 {gone.duty_phone}。"}
    east, north = _between(other, gone)
    instead: dict[str, str | int] = {
        "code": other.code, "name": other.name, "action": f"/s/{other.code}/report", "east": east, "north": north,
    }  # fmt: skip
    sentence = f"{gone.name}已经停用了，你写的都还在。可以报给{other.name}，一样有人接。"
    return {"sentence": sentence, "urgent": actions.alarming(site, other, sent), "instead": instead}


def forward(site: Site, code: str, sent: Sent, phone: Phone) -> tuple[Station, Sent, Accepted | Again] | None:
    """The plain form: what may be urgent is sent to the station that stands in, the rest comes back for one more tap.

    With that station, and the report as it is there. None where no station is near. Raises `Missing`.
    """
    gone, other = _instead(site, code)
    if other is None:
        return None
    moved = _to(other, gone, sent)
    if actions.alarming(site, other, moved):
        outcome = actions.send(site, other, moved, phone)
        if not isinstance(outcome, PhotosFirst):
            return other, moved, outcome
    why = f"{gone.name}已经停用了，这条还没有发出去，你写的都在。点“发送”，报给{other.name}。"
    return other, moved, actions.put_off(site, moved, why)


def _instead(site: Site, code: str) -> tuple[Station, Station | None]:
    """The station that was given up, and the nearest one, of the same community first: its staff know the place."""
    with site.store.look() as look:
        gone = stations.known(look, code)
        if gone is None:
            raise Missing("没有这个小站，请打值班电话")
        around = stations.near(look, gone, IN_REACH)
    return gone, min(around, key=lambda pair: (pair[0].community != gone.community, pair[1]))[0] if around else None


def _to(other: Station, gone: Station, sent: Sent) -> Sent:
    """Without what only the old station could vouch for; a pin stays where it was, as `outbox.js` moves it."""
    east, north = _between(other, gone)
    pin = pins.read(sent.pin)
    moved = f"{pin.source},{pin.east + east},{pin.north + north},{pin.accuracy}" if pin else ""
    return replace(sent, proof="", too="", pin=moved, place="", other_place=_place(sent))


def _place(sent: Sent) -> str:
    """The tapped spot is none of the other station's: it goes on as words."""
    return " ".join(part for part in (sent.place, sent.other_place) if part)


def _between(station: Station, other: Station) -> tuple[int, int]:
    here, there = to_wgs84(station.point), to_wgs84(other.point)
    east = (there.lon - here.lon) * METRES_PER_DEGREE * math.cos(math.radians(here.lat))
    return round(east), round((there.lat - here.lat) * METRES_PER_DEGREE)
