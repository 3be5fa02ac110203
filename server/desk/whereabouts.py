"""A ticket's photos with what is odd about them, and where it all is."""

from collections.abc import Sequence
from dataclasses import dataclass

from server import incidents, photos, pins
from server.desk import rules
from server.desk.listing import in_sight
from server.desk.sketch import Sketch, Spot, sketch
from server.incidents import Incident
from server.kit.errors import Missing
from server.kit.store import Work
from server.staff import Person
from server.stations import Station
from server.stations import known as find_station


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo and what is odd about it. `place`: which of the ticket's photos it is."""

    id: int
    place: int
    hints: tuple[str, ...]


def pictures(
    work: Work, incident: Incident, station: Station | None, person: Person
) -> tuple[tuple[Picture, ...], list[Spot]]:
    """The photos this person sees, the places that their cameras noted, and where the reporter pointed."""
    found, spots = [], []
    for place, number in enumerate(incidents.photos(work, incident.id), 1):
        photo = photos.known(work, number)
        withheld = photos.why_not_look(work, incident, number, person)
        if photo is not None and photo.hidden is None and photo.gone is None and not withheld:
            hints = rules.photo_hints(incident, station.point if station else None, photo.taken, photo.point)
            found.append(Picture(number, place, hints))
            if photo.point is not None:
                spots.append(Spot(f"照片 {place}", photo.point))
    pin = pins.of(work, incident.id)
    if pin is not None:
        spots.append(Spot("骑手指的", pin.point, "pin"))
    return tuple(found), spots


def sketched(work: Work, person: Person, station: Station, spots: Sequence[Spot]) -> Sketch:
    """The sketch, with the community's other stations for orientation."""
    others = [
        Spot(one.name, one.point, "station")
        for one in in_sight(work, person)
        if one.code != station.code and one.community == station.community
    ]
    return sketch(station.point, [*spots, *others])


def place_of(work: Work, person: Person, incident_id: int) -> Sketch:
    """Where it is, for a map outside; raises `Missing` also where that is nobody's business outside: about a person."""
    incident = incidents.visible(work, incident_id, person)
    station = find_station(work, incident.station)
    if station is None or incident.kind.private:
        raise Missing("这张工单的位置不给外面的地图")
    return sketch(station.point, pictures(work, incident, station, person)[1])
