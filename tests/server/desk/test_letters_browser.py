"""What the letters' pages look like under a thumb: 360 px wide."""

from typing import Any

import pytest
from playwright.sync_api import Locator

from server import certificates, letters
from server.kit.site import Site
from tests.server.desk.conftest import DeskFactory

pytestmark = pytest.mark.browser

NARROW = 360


def box(found: Locator) -> Any:
    return found.bounding_box() or pytest.fail(f"not to be seen: {found}")


def test_letters_certificates_and_the_closing_form_fit_a_directors_thumb(
    site: Site, staff: Any, report: Any, walk: Any, desk: DeskFactory
) -> None:
    director = staff("director")
    ticket = walk(report("person.lost_elder"), staff("duty"), "file", "dispatch", "done", desk="volunteer")
    ticket = walk(ticket, director, "verify", "close", letter="辛苦了")
    unclosed = walk(report("person.lost_elder"), staff("duty"), "file", "dispatch", "done", desk="volunteer")
    walk(unclosed, director, "verify")
    with site.store.work() as work:
        letters.name_for(work, ticket, ticket, "雨夜骑士")
        certificates.grant(site, work, ticket.id, director)
    page = desk(director, "/desk/letters", width=NARROW, scripts=False)

    yes, no = box(page.get_by_role("button", name="挂出来")), box(page.get_by_role("button", name="不挂"))
    cards = [box(page.locator(".card").first)]
    page.goto(page.url.replace("/desk/letters", "/desk/certificates"))
    cards.append(box(page.locator(".card").first))
    page.goto(page.url.replace("/desk/certificates", f"/desk/incidents/{unclosed.id}"))
    week, private = box(page.get_by_text("显示 7 天，谁都看得到。")), box(page.get_by_text("涉及个人：不要写名字"))
    page.goto(page.url.partition("/desk/")[0] + f"/r/{ticket.receipt}")
    others = box(page.get_by_role("link", name="别人扫码看到的是这样"))

    assert no["x"] - (yes["x"] + yes["width"]) >= 8 or no["y"] - (yes["y"] + yes["height"]) >= 8
    for card in cards:
        assert card["x"] >= 8
        assert card["x"] + card["width"] <= NARROW - 8
    assert private["y"] >= week["y"] + week["height"]
    assert min(yes["height"], no["height"], others["height"]) >= 44
