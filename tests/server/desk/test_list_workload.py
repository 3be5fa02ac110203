"""The workload: every number leads to exactly that many tickets, and nobody is ranked."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from server.desk import queries
from server.incidents import Incident
from server.kit.clock import DAY_MS, HOUR_MS, MINUTE_MS, beijing, midnight
from server.kit.site import Site
from server.staff import Person

Staff = Callable[..., Person]
Enter = Callable[[Person], TestClient]
Report = Callable[..., Incident]
Walk = Callable[..., Incident]


def lines(page: str) -> dict[str, dict[str, tuple[str, str]]]:
    """Who → column → (number, address)."""
    found = {}
    for row in re.findall(r'<tr class="work__.*?</tr>', page, re.DOTALL):
        name = re.search(r"</svg>([^<]+)", row)
        assert name is not None
        cells = re.findall(r'data-name="([^"]+)">(?:<a class="[^"]*" href="([^"]+)">(.*?)</a>)?', row, re.DOTALL)
        found[name[1].strip()] = {
            column: (re.sub(r"<[^>]+>", "", words).strip(), address.replace("&amp;", "&"))
            for column, address, words in cells
        }
    return found


def tickets(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<li id="t(\d+)"', page)]


@pytest.fixture
def week(clock: Any, staff: Staff, report: Report, walk: Walk) -> tuple[Person, Person, Person]:
    """Some work of every kind, done and not."""
    clock.forward(_until_wednesday_at_ten(clock()))
    duty = staff("duty", name="王值班")
    guard, other = staff("prop_guard", name="李师傅"), staff("prop_guard", name="孙保安")
    for ahead in (10, 20):
        ticket = walk(report(), duty, "file", "dispatch")
        clock.forward(ahead * MINUTE_MS)
        walk(ticket, guard, "done", note="清走了")
    walk(walk(report(), duty, "file", "dispatch"), guard, "claim")
    walk(walk(report(), duty, "file", "dispatch"), other, "claim")
    walk(report(), duty, "file", "dispatch", "ask", reply="哪一边？")
    report("facility.light")
    report("fire.open_flame", words="骑手说的话")
    clock.forward(HOUR_MS)
    return duty, guard, other


def _until_wednesday_at_ten(now: int) -> int:
    moment = midnight(now) + ((2 - beijing(now).weekday()) % 7) * DAY_MS + 10 * HOUR_MS
    return moment - now + (7 * DAY_MS if moment < now else 0)


def test_every_number_leads_to_exactly_that_many_tickets(week: tuple[Person, Person, Person], enter: Enter) -> None:
    desk = enter(week[0])

    page = desk.get("/desk/workload").text

    found = lines(page)
    assert found["物业秩序"]["未结"][0] == "5"
    assert found["物业秩序"]["等待"][0] == "1"
    assert found["物业秩序"]["今天办完"][0] == found["李师傅"]["今天办完"][0] == "2"
    assert found["孙保安"]["未结"][0] == "1"
    assert found["值班"]["超时"][0] == "1"
    assert found["李师傅"]["本周平均用时"][0] == "15 分钟 2 张"
    checked = 0
    for columns in found.values():
        for column, (words, address) in columns.items():
            if address.startswith("/desk?"):
                number = words.split()[-2] if column == "本周平均用时" else words
                assert len(tickets(desk.get(address).text)) == int(number), (column, address)
                checked += 1
    assert checked > 10
    assert "骑手说的话" not in page


def test_the_oldest_one_is_named_and_opened(week: tuple[Person, Person, Person], site: Site, enter: Enter) -> None:
    desk = enter(week[0])

    _, address = lines(desk.get("/desk/workload").text)["物业秩序"]["最久的"]

    assert "/desk/incidents/1?" in address
    assert desk.get(address).status_code == 200


def test_desks_stand_in_their_own_order_and_their_people_by_name(
    week: tuple[Person, Person, Person], enter: Enter
) -> None:
    found = list(lines(enter(week[0]).get("/desk/workload").text))

    assert [name for name in found if name in {"值班", "物业秩序", "物业工程", "主任"}] == [
        "值班", "物业秩序", "物业工程", "主任",
    ]  # fmt: skip
    assert found.index("孙保安") < found.index("李师傅")  # as they were before anybody had done anything


def test_a_handler_sees_the_own_desk_alone(week: tuple[Person, Person, Person], enter: Enter, staff: Staff) -> None:
    found = lines(enter(week[1]).get("/desk/workload?community=sn11").text)

    assert found.keys() == {"物业秩序", "孙保安", "李师傅"}
    assert found["李师傅"]["今天办完"][0] == "2"
    assert enter(staff("it")).get("/desk/workload").status_code == 403


def test_what_was_done_last_week_counts_no_more(
    week: tuple[Person, Person, Person], clock: Any, site: Site, enter: Enter
) -> None:
    clock.forward(8 * DAY_MS)

    found = lines(enter(week[0]).get("/desk/workload").text)

    assert found["物业秩序"]["今天办完"] == ("", "")
    assert found["物业秩序"]["本周平均用时"] == ("", "")
    with site.store.look() as look:
        assert len(queries.done_since(look, ["sn10"], look.now - 30 * DAY_MS)) == 2
        assert queries.done_since(look, ["sn11"], look.now - 30 * DAY_MS) == []
        assert queries.done_since(look, ["sn10"], look.now + 1) == []
