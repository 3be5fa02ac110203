"""What is suggested can be joined: every reporter keeps a receipt, the level never falls, and no circle is possible."""

import threading
from typing import Any

import pytest

from server import duplicates, incidents
from server.incidents import Incident
from server.kit.errors import Refused
from server.kit.site import Site
from server.photos import records as photo_records
from server.staff import Person

LANE = "parking.fire_lane"


def merge(site: Site, person: Person, one: Incident, into: Incident, **given: Any) -> Incident:
    with site.store.work() as work:
        return incidents.move(work, one.id, "merge", person, into=into.number, note="同一件事", **given)


def test_every_reporter_keeps_a_receipt_and_sees_the_leading_tickets_stage(
    site: Site, client: Any, report: Any, staff: Any, walk: Any
) -> None:
    duty = staff("duty")
    leading, *others = (report(LANE, place="北门") for _ in range(3))
    with site.store.look() as look:
        suggested = [one.incident for one in duplicates.suggest(look, leading)]
    for other in suggested:
        merge(site, duty, other, leading)

    walk(leading, duty, "file", "dispatch")

    assert {one.id for one in suggested} == {one.id for one in others}
    for one in (leading, *others):
        with site.store.look() as look:
            own = incidents.by_receipt(look, one.receipt)
            carried = incidents.leading(look, own)
        assert (own.id, carried.id, carried.state) == (one.id, leading.id, "dispatched")
        page = client.get(f"/r/{one.receipt}")
        assert page.status_code == 200
        assert "处理中" in page.text


def test_joining_never_lowers_the_level(site: Site, report: Any, staff: Any) -> None:
    calm, urgent = report("parking.ebike_pile"), report("charging.corridor")
    assert urgent.level < calm.level

    merge(site, staff("duty"), urgent, calm)
    merge(site, staff("duty"), report("environment.garbage"), calm)

    with site.store.look() as look:
        found = incidents.get(look, calm.id)
    assert found is not None
    assert found.level == urgent.level


def test_photos_of_a_joined_ticket_stay_with_their_own(site: Site, report: Any, staff: Any) -> None:
    values = {"large": "x", "small": "x", "width": 1, "height": 1, "likeness": "0" * 16, "format": "jpeg"}
    with site.store.work() as work:
        photo = photo_records.add(work, values)
    leading, joined = report(LANE), report(LANE, photos=(photo,))

    merge(site, staff("duty"), joined, leading)

    with site.store.look() as look:
        assert incidents.photos(look, leading.id) == []
        assert incidents.photos(look, joined.id) == [photo]


def test_a_chain_leads_to_its_end_and_no_circle_closes(site: Site, report: Any, staff: Any) -> None:
    duty = staff("duty")
    one, two, three = (report(LANE) for _ in range(3))
    merge(site, duty, one, two)
    merge(site, duty, two, three)

    for back in (one, two, three):
        with pytest.raises(Refused, match="不能并入自己"):
            merge(site, duty, three, back)
    with site.store.look() as look:
        assert [incidents.leading(look, incidents.by_receipt(look, each.receipt)).id for each in (one, two, three)] == [
            three.id
        ] * 3


def test_two_desks_joining_each_into_the_other_at_once_leave_one_open(site: Site, report: Any, staff: Any) -> None:
    one, two = report(LANE), report(LANE)
    begin, refused = threading.Barrier(2), []

    def at_desk(person: Person, mine: Incident, other: Incident) -> None:
        begin.wait(30)
        try:
            merge(site, person, mine, other, version=mine.version)
        except Refused as refusal:
            refused.append(refusal)

    desks = [
        threading.Thread(target=at_desk, args=(staff("duty"), one, two)),
        threading.Thread(target=at_desk, args=(staff("committee"), two, one)),
    ]
    for desk in desks:
        desk.start()
    for desk in desks:
        desk.join(60)

    with site.store.look() as look:
        states = sorted(found.state for each in (one, two) if (found := incidents.get(look, each.id)))
        assert len({incidents.leading(look, incidents.by_receipt(look, each.receipt)).id for each in (one, two)}) == 1
    assert states == ["merged", "reported"]
    assert len(refused) == 1


def test_a_separated_ticket_is_suggested_again(site: Site, report: Any, staff: Any) -> None:
    duty = staff("duty")
    leading, joined = report(LANE, place="北门"), report(LANE, place="北门")
    merge(site, duty, joined, leading)
    with site.store.look() as look:
        assert duplicates.suggest(look, leading) == []

    with site.store.work() as work:
        incidents.move(work, joined.id, "unmerge", duty, note="不是一回事")

    with site.store.look() as look:
        assert [one.incident.id for one in duplicates.suggest(look, leading)] == [joined.id]
