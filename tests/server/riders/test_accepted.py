"""A rider beside a lost elder reads who has taken it, as soon as somebody has, and not before."""

from collections.abc import Callable

from fastapi.testclient import TestClient

from server.alerts import links, records
from server.incidents import Incident
from server.kit.site import Site
from server.staff import Person


def test_the_receipt_says_who_accepted_the_alarm_by_role_and_time_only(
    site: Site, client: TestClient, staff: Callable[..., Person], report: Callable[..., Incident]
) -> None:
    ticket, duty = report("person.lost_elder"), staff("duty", name="王值班")
    before = client.get(f"/r/{ticket.receipt}")
    with site.store.work() as work:
        number = records.call(work, ticket.id, f"staff:{duty.id}", duty.id, duty.name, "duty")

    client.post(links.link(site, number).removeprefix(site.public_url))

    after = client.get(f"/r/{ticket.receipt}", headers={"If-None-Match": before.headers["etag"]})
    assert "已接单" not in before.text
    assert after.status_code == 200
    assert "已接单" in after.text
    assert "王值班" not in after.text
