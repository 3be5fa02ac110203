"""What a rider adds from the receipt: words, photos, and that nobody need come any more."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from server import additions, incidents, photos
from server.alerts import queries as alert_queries
from server.alerts import records as alert_records
from server.incidents import Incident
from server.kit.clock import DAY_MS
from server.kit.errors import Refused
from server.kit.personal import ERASED, Erasing, Exporting, Subject
from server.kit.site import Site

from ..conftest import Clock, ReportFactory, StaffFactory, WalkFactory
from .conftest import TEXT_NAMED_JPG, hidden, jpeg, text_of


class Hand:
    """A rider with a receipt."""

    def __init__(self, client: TestClient, site: Site) -> None:
        self.client, self.site = client, site

    def add(self, incident: Incident, words: str, *photos: bytes, seen: str = "") -> Response:
        """Fill the form in and send it; redirects are not followed."""
        page = self.client.get(f"/r/{incident.receipt}/add").text
        parts = [("photos", (f"{n}.jpg", data, "image/jpeg")) for n, data in enumerate(photos)]
        return self.client.post(
            f"/r/{incident.receipt}/add",
            data={"words": words, "seen": seen or hidden(page, "seen")},
            files=parts or [("photos", ("", b"", "application/octet-stream"))],
            follow_redirects=False,
        )

    def retract(self, incident: Incident, words: str = "") -> Response:
        page = self.client.get(f"/r/{incident.receipt}/retract").text
        data = {"words": words, "seen": hidden(page, "seen")}
        return self.client.post(f"/r/{incident.receipt}/retract", data=data, follow_redirects=False)

    def receipt(self, incident: Incident) -> str:
        return text_of(self.client.get(f"/r/{incident.receipt}"))

    def said(self, incident: Incident) -> list[additions.Addition]:
        with self.site.store.look() as look:
            return list(additions.of(look, incident.id))

    def photos(self, incident: Incident) -> int:
        with self.site.store.look() as look:
            return len(incidents.photos(look, incident.id))

    def state(self, incident: Incident) -> str:
        with self.site.store.look() as look:
            found = incidents.get(look, incident.id)
            assert found is not None
            return found.state

    def memos(self) -> list[dict[str, Any]]:
        """head and manner of what was told to staff about additions."""
        with self.site.store.look() as look:
            return look.rows("select head, manner, whom from alert_memos where key = 'addition' and ended is null")


@pytest.fixture
def hand(client: TestClient, site: Site) -> Hand:
    return Hand(client, site)


def test_words_and_a_photo_reach_the_ticket_its_history_and_whoever_has_it(
    hand: Hand, report: ReportFactory, site: Site
) -> None:
    ticket = report()

    answer = hand.add(ticket, "又来了一辆，堵死了", jpeg())

    assert answer.status_code == 303
    assert "又来了一辆，堵死了" in hand.receipt(ticket)
    assert hand.photos(ticket) == 1
    with site.store.look() as look:
        last = incidents.history(look, ticket.id)[-1]
    assert (last.by, last.note) == ("骑手", "又来了一辆，堵死了（照片 1 张）")
    assert [one["head"] for one in hand.memos()] == ["骑手补充了"]


def test_sent_twice_from_one_page_is_one_addition_and_said_again_later_are_two(
    hand: Hand, report: ReportFactory
) -> None:
    ticket = report()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: hand.add(ticket, "还在", jpeg(), seen="0"), range(4)))
    once = len(hand.said(ticket))
    hand.add(ticket, "还在")

    assert once == 1
    assert len(hand.said(ticket)) == 2
    assert hand.photos(ticket) == 1


def test_six_photos_in_all_and_the_words_go_all_the_same(hand: Hand, report: ReportFactory) -> None:
    ticket = report()
    hand.add(ticket, "", *(jpeg(colour) for colour in ("red", "green", "blue", "navy")))

    more = hand.add(ticket, "再补三张", *(jpeg(colour) for colour in ("pink", "gold", "gray")))
    full = hand.add(ticket, "", jpeg("black"))

    assert hand.photos(ticket) == photos.MOST
    assert "left=full" in more.headers["location"]
    assert full.status_code == 422
    assert "照片已经够多了" in text_of(full)


def test_a_photo_that_does_not_go_holds_up_nothing_and_is_said(hand: Hand, report: ReportFactory) -> None:
    ticket = report()

    mixed = hand.add(ticket, "看这个", TEXT_NAMED_JPG, jpeg())
    alone = hand.add(ticket, "", TEXT_NAMED_JPG)

    assert "left=some" in mixed.headers["location"]
    assert "有照片没有带上" in text_of(hand.client.get(mixed.headers["location"]))
    assert (hand.photos(ticket), len(hand.said(ticket))) == (1, 1)
    assert alone.status_code == 422


def test_where_a_child_would_be_shown_no_photo_is_kept_later_either(hand: Hand, report: ReportFactory) -> None:
    ticket = report("person.lost_child")

    answer = hand.add(ticket, "穿红衣服", jpeg())

    assert "left=unasked" in answer.headers["location"]
    assert hand.photos(ticket) == 0
    assert 'type="file"' not in hand.client.get(f"/r/{ticket.receipt}/add").text


def test_nothing_typed_is_refused_kindly(hand: Hand, report: ReportFactory) -> None:
    answer = hand.add(report(), "  \u202e ")

    assert answer.status_code == 422
    assert "请写一句，或者带一张照片" in text_of(answer)


def test_after_closing_words_are_taken_for_a_week_and_open_nothing(
    hand: Hand, report: ReportFactory, staff: StaffFactory, walk: WalkFactory, clock: Clock
) -> None:
    ticket = report()
    walk(ticket, staff("duty"), "file", "dispatch", "done")
    walk(ticket, staff("director"), "verify", "close")

    taken = hand.add(ticket, "第二天又停了", jpeg())
    clock.forward(8 * DAY_MS)
    late = hand.add(ticket, "还停着", seen="5")

    assert taken.status_code == 303
    assert hand.photos(ticket) == 0
    assert hand.state(ticket) == "closed"
    assert late.status_code == 409
    assert "还停着" in text_of(late)
    assert f"/s/{ticket.station}/report" in late.text
    assert "重新上报" in hand.receipt(ticket)


def test_twenty_additions_are_enough_except_while_somebody_is_in_danger(
    hand: Hand, report: ReportFactory, site: Site
) -> None:
    calm, urgent = report(), report("person.lost_elder")

    with site.store.work() as work:
        for ticket in (calm, urgent):
            for number in range(20):
                additions.add(work, ticket.receipt, f"第 {number} 句", [], number)
        additions.add(work, urgent.receipt, "往东走了", [], 20)
        with pytest.raises(Refused):
            additions.add(work, calm.receipt, "还有", [], 20)

    assert len(hand.said(urgent)) == 21
    assert "最多补充 20 次" in text_of(hand.add(calm, "还有"))


def test_during_an_emergency_an_addition_rings_and_an_ordinary_one_waits(hand: Hand, report: ReportFactory) -> None:
    hand.add(report("person.lost_elder"), "往东走了")
    hand.add(report(), "还在")
    hand.add(report("facility.light"), "电线着火了")

    assert [(one["head"], one["manner"]) for one in hand.memos()] == [
        ("骑手补充了", "ring"),
        ("骑手补充了", "once"),
        ("补充的话像急事，请马上看", "ring"),
    ]


def test_an_addition_on_a_merged_report_is_told_to_whoever_has_the_leading_one(
    hand: Hand, report: ReportFactory, staff: StaffFactory, walk: WalkFactory, site: Site
) -> None:
    leading, own = report(), report(place="3号楼")
    walk(own, staff("duty"), "merge", into=leading.number, note="同一件")

    hand.add(own, "我这边也是", jpeg())

    with site.store.look() as look:
        (memo,) = look.rows("select incident, said from alert_memos where key = 'addition'")
    assert memo["incident"] == leading.id
    assert own.number in memo["said"]
    assert "我这边也是" in hand.receipt(own)
    assert "我这边也是" not in hand.receipt(leading)


def test_taking_a_report_back_is_a_word_to_a_person_and_stops_no_alarm(
    hand: Hand, report: ReportFactory, site: Site
) -> None:
    ticket = report("person.lost_elder")
    asked = text_of(hand.client.get(f"/r/{ticket.receipt}/retract"))

    first, second = hand.retract(ticket, "家人来了"), hand.retract(ticket, "家人来了")

    assert "提醒不会因此停下" in asked
    assert (first.status_code, second.status_code) == (303, 409)
    assert "不用办了：家人来了" in hand.receipt(ticket)
    assert hand.state(ticket) == "reported"
    assert [(one["head"], one["manner"]) for one in hand.memos()] == [("骑手说不用办了", "ring")]
    with site.store.look() as look:
        assert not look.value("select finished from alert_outbox where incident = ?", (ticket.id,))


def test_an_untouched_report_ends_when_its_reporter_takes_it_back(
    hand: Hand, report: ReportFactory, staff: StaffFactory, walk: WalkFactory, site: Site
) -> None:
    ticket = report("parking.spot_taken")
    asked = text_of(hand.client.get(f"/r/{ticket.receipt}/retract"))

    first, again = hand.retract(ticket, "车开走了"), hand.retract(ticket, "车开走了")

    shown = hand.receipt(ticket)
    assert "撤回马上生效" in asked
    assert (first.status_code, again.status_code) == (303, 409)
    assert hand.state(ticket) == "withdrawn"
    assert "已撤回" in shown
    assert "撤回了：车开走了" in shown
    assert "/retract" not in hand.client.get(f"/r/{ticket.receipt}").text
    assert not hand.memos()
    with site.store.look() as look:
        last = incidents.history(look, ticket.id)[-1]
        assert (last.move, last.by, last.note) == ("take_back", "骑手", "车开走了")
        assert not look.value("select count(*) from clock_runs where incident = ? and ended is null", (ticket.id,))
        assert not look.value("select count(*) from alert_outbox where incident = ? and not finished", (ticket.id,))
    assert walk(ticket, staff("duty"), "refile", note="车又回来了").state == "filed"


def test_whoever_was_told_of_a_report_hears_that_it_was_taken_back(
    hand: Hand, report: ReportFactory, site: Site
) -> None:
    ticket = report("parking.spot_taken")
    with site.store.work() as work:
        alert_queries.note(work, ticket.id, None, "wecom", True, "ok", "物业秩序")

    hand.retract(ticket, "车开走了")

    assert [(one["head"], one["manner"]) for one in hand.memos()] == [("骑手撤回了", "once")]


@pytest.mark.parametrize("meanwhile", ["filed", "claimed", "accepted by the link", "another rider joined"])
def test_what_somebody_has_in_hand_or_waits_for_too_is_only_asked_back(
    hand: Hand, report: ReportFactory, staff: StaffFactory, walk: WalkFactory, site: Site, meanwhile: str
) -> None:
    ticket = report("parking.spot_taken")
    page = hand.client.get(f"/r/{ticket.receipt}/retract").text
    match meanwhile:
        case "filed":
            walk(ticket, staff("duty"), "file")
        case "claimed":
            walk(ticket, staff("duty"), "claim")
        case "accepted by the link":
            with site.store.work() as work:
                alert_records.accept(work, ticket.id, "person:1", "王值班", "值班员", "link")
        case _:
            walk(report("parking.spot_taken"), staff("duty"), "merge", into=ticket.number, note="同一辆")
    before = hand.state(ticket)

    data = {"words": "车开走了", "seen": hidden(page, "seen")}
    answer = hand.client.post(f"/r/{ticket.receipt}/retract", data=data, follow_redirects=False)

    assert answer.status_code == 303
    assert hand.state(ticket) == before
    assert "居委核实以后再结束" in hand.receipt(ticket)
    assert [one["head"] for one in hand.memos()] == ["骑手说不用办了"]


def test_what_is_done_can_no_longer_be_taken_back(
    hand: Hand, report: ReportFactory, staff: StaffFactory, walk: WalkFactory
) -> None:
    ticket = report()
    walk(ticket, staff("duty"), "file", "dispatch", "done")

    answer = hand.retract(ticket)

    assert answer.status_code == 409
    assert "/retract" not in hand.client.get(f"/r/{ticket.receipt}").text


@pytest.mark.parametrize(
    "words", ["<script>alert(1)</script>", "=HYPERLINK(1)", "@all 快来", "a\x00b\u202ec", "长" * 5000]
)
def test_whatever_is_added_is_taken_and_shown_harmlessly(hand: Hand, report: ReportFactory, words: str) -> None:
    ticket = report()

    answer = hand.add(ticket, words)

    assert answer.status_code == 303
    page = hand.client.get(f"/r/{ticket.receipt}").text
    assert "<script>alert" not in page
    assert "\u202e" not in page
    assert len(hand.said(ticket)[0].words) <= additions.MAX_WORDS


@pytest.mark.parametrize("page", ["add", "retract"])
def test_a_wrong_code_finds_no_form(hand: Hand, page: str) -> None:
    shown = hand.client.get(f"/r/abcdefghjkmn/{page}")
    sent = hand.client.post(f"/r/abcdefghjkmn/{page}", data={"words": "x"})

    assert (shown.status_code, sent.status_code) == (404, 404)
    assert "没有找到这张回执" in text_of(sent)


def test_a_persons_additions_are_given_and_erased(hand: Hand, report: ReportFactory, site: Site) -> None:
    ticket = report()
    hand.add(ticket, "我叫王小明")

    copy = Exporting(Subject(frozenset({ticket.id})))
    with site.store.work() as work:
        work.tell(copy)
        work.tell(Erasing(Subject(frozenset({ticket.id})), None, "系统", ""))

    assert copy.sheets["补充"][0]["说"] == "我叫王小明"
    assert hand.said(ticket)[0].words == ERASED
    assert "王小明" not in hand.receipt(ticket)
