"""A report that reaches a station which was given up while it waited on the phone: where it may go instead."""

import math

from gateway.contract.geo import to_wgs84
from server import stations
from server.kit.errors import Missing
from server.kit.site import Site
from server.riders import actions
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
    with site.store.look() as look:
        gone = stations.known(look, code)
        if gone is None:
            raise Missing("没有这个小站，请打值班电话")
        around = stations.near(look, gone, IN_REACH)
    if not around:
        return {"sentence": f"{gone.name}已经停用了，请打值班电话 {gone.duty_phone}。"}
    other = min(around, key=lambda pair: (pair[0].community != gone.community, pair[1]))[0]
    east, north = _between(other, gone)
    instead: dict[str, str | int] = {
        "code": other.code, "name": other.name, "action": f"/s/{other.code}/report", "east": east, "north": north,
    }  # fmt: skip
    sentence = f"{gone.name}已经停用了，你写的都还在。可以报给{other.name}，一样有人接。"
    return {"sentence": sentence, "urgent": actions.alarming(site, other, sent), "instead": instead}


def _between(station: Station, other: Station) -> tuple[int, int]:
    here, there = to_wgs84(station.point), to_wgs84(other.point)
    east = (there.lon - here.lon) * METRES_PER_DEGREE * math.cos(math.radians(here.lat))
    return round(east), round((there.lat - here.lat) * METRES_PER_DEGREE)
