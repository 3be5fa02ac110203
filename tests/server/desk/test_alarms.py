"""What the desk shows of alarms: who was called, who took it over, and what still rings."""

import re
from collections.abc import Callable

from fastapi.testclient import TestClient

from server.alerts import links, records
from server.incidents import Incident
from server.kit.site import Site
from server.staff import Person

Staff = Callable[..., Person]
Enter = Callable[[Person], TestClient]
Report = Callable[..., Incident]


def take_over(site: Site, client: TestClient, incident: Incident, person: Person) -> None:
    """As the link in the alarm's text does it."""
    with site.store.work() as work:
        number = records.call(work, incident.id, f"staff:{person.id}", person.id, person.name, "duty")
    client.post(links.link(site, number).removeprefix(site.public_url))


def waiting(page: str) -> int:
    found = re.search(r'data-waiting="(\d+)"', page)
    assert found is not None
    return int(found[1])


def test_an_urgent_ticket_that_nobody_took_rings_on_every_page(staff: Staff, enter: Enter, report: Report) -> None:
    report("person.lost_elder")

    page = enter(staff("duty")).get("/desk").text

    assert waiting(page) == 1
    assert "没人接" in page


def test_one_taken_over_by_the_link_rings_no_more_and_says_who_has_it(
    site: Site, client: TestClient, staff: Staff, enter: Enter, report: Report
) -> None:
    ticket, duty = report("person.lost_elder"), staff("duty", name="王值班")

    take_over(site, client, ticket, duty)

    desk = enter(staff("duty"))
    listed, page = desk.get("/desk").text, desk.get(f"/desk/incidents/{ticket.id}").text
    assert waiting(listed) == 0
    assert "有人接了" in listed
    assert "is-alarm" not in listed
    assert "王值班" in page
    assert "已接单" in page


def test_a_mild_ticket_that_an_alarm_was_joined_to_rings_on(
    site: Site, staff: Staff, report: Report, walk: Callable[..., Incident]
) -> None:
    mild, urgent = report("parking.ebike_pile"), report("fire.open_flame")

    walk(urgent, staff("duty"), "merge", into=mild.number, note="同一件事")

    with site.store.look() as look:
        entry = records.entry(look, mild.id)
    assert entry is not None
    assert (entry.level, entry.finished) == ("P0", None)
