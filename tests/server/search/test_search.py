"""Finding tickets again."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from server import search
from server.incidents import Incident
from server.kit.site import Site
from server.search import actions, records
from server.staff import Person

Report = Callable[..., Incident]


def found(site: Site, typed: str, *communities: str, **more: object) -> list[int]:
    with site.store.look() as look:
        return [one.id for one in search.find(look, communities or ("sn10",), typed, **more)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "typed",
    ["白车", "车", "救护车", "沪AD12345", "沪A·D12345", "ad123", "消防通道", "北门", "白车 救护", "北门站 通道"],
)
def test_a_ticket_is_found_by_any_of_its_words(site: Site, report: Report, typed: str) -> None:
    ticket = report(words="白车停消防通道上 沪A·D12345 后面救护车过不来", place="北门口")
    report("facility.light", words="楼道灯全黑", station="sn10-east")

    assert found(site, typed) == [ticket.id]


@pytest.mark.parametrize(
    "typed", ["车白", "道通", "黑车", "沪B", "不存在", "", "***", '" OR "', "terms:白车", "NOT 白车x"]
)
def test_what_is_not_there_is_not_found(site: Site, report: Report, typed: str) -> None:
    report(words="白车停消防通道上 沪A·D12345")

    assert found(site, typed) == []


def test_pairs_must_follow_each_other(site: Site, report: Report) -> None:
    report(words="车站旁边有站台")

    assert found(site, "车站台") == []


def test_a_ticket_is_found_by_its_number_and_by_what_staff_wrote(
    site: Site, report: Report, walk: Callable[..., Incident], staff: Callable[..., Person]
) -> None:
    ticket = walk(report(), staff("duty"), "file", "dispatch")
    walk(ticket, staff("prop_guard"), "done", note="已联系车主挪走")

    assert found(site, ticket.number) == [ticket.id]
    assert found(site, "联系车主") == [ticket.id]


def test_nobody_finds_tickets_of_another_community(site: Site, report: Report) -> None:
    report(words="白车", station="yh1-gate")

    assert found(site, "白车", "sn10", "sn11") == []
    assert len(found(site, "白车", "yh1")) == 1


def test_the_state_in_the_index_follows_the_ticket(
    site: Site, report: Report, walk: Callable[..., Incident], staff: Callable[..., Person]
) -> None:
    ticket = report(words="白车")
    before = found(site, "白车", states=("reported",))

    walk(ticket, staff("duty"), "file")

    assert before == [ticket.id]
    assert found(site, "白车", states=("reported",)) == []
    assert found(site, "白车", states=("filed",)) == [ticket.id]


def test_results_come_in_pages_newest_first(site: Site, report: Report) -> None:
    tickets = [report(words="白车").id for _ in range(5)]

    first = found(site, "白车", limit=2)
    second = found(site, "白车", limit=2, before=first[-1])

    assert first + second == tickets[:0:-1]


def test_a_search_can_be_narrowed_to_desks_and_a_station(
    site: Site, report: Report, walk: Callable[..., Incident], staff: Callable[..., Person]
) -> None:
    here = report(words="白车")
    there = walk(report(words="白车", station="sn10-east"), staff("duty"), "file", "dispatch", desk="grid")

    assert found(site, "白车", desk="grid") == [there.id]
    assert found(site, "白车", desks=("grid", str(here.desk))) == [there.id, here.id]
    assert found(site, "白车", desks=("street",)) == []
    assert found(site, "白车", station="sn10-north") == [here.id]
    assert found(site, "白车", station="sn10-east", states=("dispatched",), desk="grid") == [there.id]


@pytest.mark.parametrize("typed", ["CXZ", "CXZ-2", "CXZ-{:.4}", "CXZ-{}", "{}", "x", "λ"])
def test_the_beginning_of_a_number_is_enough(site: Site, report: Report, typed: str) -> None:
    ticket = report()
    day = ticket.number.split("-")[1]

    numbers = found(site, typed.format(day))

    assert numbers == ([ticket.id] if typed.startswith("CXZ") else [])


def test_a_community_that_now_belongs_to_another_street_keeps_its_tickets(site: Site, report: Report) -> None:
    ticket = report(words="白车")
    report(words="白车", station="sn11-gate")
    with site.store.work() as work:
        work.run("update communities set street = 'youyi' where code = 'sn10'")
    later = report(words="白车")

    assert found(site, "白车", "sn10", "yh1") == [later.id, ticket.id]
    assert found(site, "白车", "yh1") == []


@pytest.fixture
def unindexed(site: Site, report: Report) -> list[int]:
    """Three tickets from before the index, the oldest first."""
    tickets = [report(words="白车").id for _ in range(3)]
    with site.store.work() as work:
        work.run("delete from incident_search")
        work.run("delete from search_place")
    return tickets


def test_tickets_from_before_the_index_are_caught_up_the_newest_first(
    site: Site, report: Report, unindexed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "BATCH", 2)
    monkeypatch.setattr(actions, "PATIENCE_S", 0.0)

    actions.catch_up(site)
    first = found(site, "白车")
    new = report(words="白车").id
    actions.catch_up(site)

    assert first == unindexed[:0:-1]
    assert found(site, "白车") == [new, *reversed(unindexed)]


def test_what_is_caught_up_is_not_read_again(site: Site, unindexed: list[int]) -> None:
    actions.catch_up(site)
    with site.store.work() as work:
        work.run("delete from incident_search")

    actions.catch_up(site)

    assert found(site, "白车") == []


def test_a_tidied_index_finds_the_same(site: Site, report: Report) -> None:
    tickets = [report(words="白车").id for _ in range(40)]

    actions.tidy(site)

    assert found(site, "白车") == list(reversed(tickets))
    with site.store.work() as work:
        assert not records.merge(work)


def test_the_desk_searches(report: Report, staff: Callable[..., Person], enter: Callable[[Person], TestClient]) -> None:
    ticket = report(words="白车停在通道上")
    report("facility.light", words="<script>灯</script>")
    browser = enter(staff("duty"))

    page = browser.get("/desk", params={"q": "白车"}).text
    nothing = browser.get("/desk", params={"q": '<script>"'}).text

    assert f'id="t{ticket.id}"' in page
    assert page.count('class="ticket ') + page.count('class="ticket"') == 1
    assert 'value="白车"' in page
    assert '<script>"' not in nothing
