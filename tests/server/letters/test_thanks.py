"""A family's thanks, and the name a rider agrees to be thanked by: from the desk to the receipt to the screens."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlite_utils import Database

from server import letters, privacy
from server.incidents import Incident
from server.kit.errors import Invalid
from server.kit.personal import Erasing, Exporting, Subject
from server.kit.site import Site
from server.letters.rules import clean_name, hints
from tests.server.conftest import Clock, EnterFactory, StaffFactory

WORDS = "谢谢你那晚陪着她，她已经好多了。"


class Thanks:
    """A closed ticket, its reporter's phone, and the desk."""

    def __init__(self, site: Site, phone: TestClient, desk: TestClient, ticket: Incident) -> None:
        self.site, self.phone, self.desk, self.ticket = site, phone, desk, ticket

    def pass_on(self, text: str = WORDS, **more: str) -> Any:
        data = {"number": self.ticket.number, "text": text, "sender": "家属", "sure": "1", **more}
        return self.desk.post("/desk/letters", data=data, follow_redirects=False)

    def agree(self, name: str) -> Any:
        page = self.phone.get(f"/r/{self.ticket.receipt}/name").text
        version = re.search(r'name="version" value="(\d+)"', page)
        data = {"name": name, "version": version[1] if version else ""}
        return self.phone.post(f"/r/{self.ticket.receipt}/name", data=data, follow_redirects=False)

    def answer(self, good: str) -> Any:
        return self.desk.post(f"/desk/letters/names/{self.ticket.id}", data={"good": good}, follow_redirects=False)

    def take_back(self) -> Any:
        return self.phone.post(f"/r/{self.ticket.receipt}/name/withdraw", follow_redirects=False)

    def receipt(self) -> str:
        return self.phone.get(f"/r/{self.ticket.receipt}").text

    def screen(self) -> list[tuple[str, str]]:
        with self.site.store.look() as look:
            body = letters.feature.panel(look, "sn10-north", self.site)  # type: ignore[misc]
        return [(one["title"], one["text"]) for one in body["letters"]]


@pytest.fixture
def thanks(site: Site, client: TestClient, staff: StaffFactory, enter: EnterFactory, report: Any, walk: Any) -> Thanks:
    duty, director = staff("duty"), staff("director", name="陈主任")
    ticket = walk(report("person.lost_elder"), duty, "file", "dispatch", "done", desk="volunteer")
    ticket = walk(ticket, director, "verify", "close", letter="辛苦了")
    return Thanks(site, client, enter(director), ticket)


def test_a_familys_thanks_is_on_the_receipt_and_on_no_screen_without_consent(thanks: Thanks) -> None:
    preview = thanks.pass_on(sure="")
    before = thanks.receipt()

    sent = thanks.pass_on()

    assert (preview.status_code, sent.status_code) == (200, 303)
    assert WORDS in preview.text
    assert WORDS not in before
    assert WORDS in thanks.receipt()
    assert WORDS not in thanks.phone.get("/s/sn10-north").text
    assert thanks.screen() == [("谢谢你", "辛苦了")]


def test_agreed_and_looked_at_it_hangs_under_the_name_and_taken_back_it_is_gone_everywhere(
    thanks: Thanks, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(thanks.site.stale, "add", told.append)
    thanks.pass_on()
    clock.forward(1000)
    thanks.agree("雨夜骑士")
    waiting = thanks.screen()

    thanks.answer("1")
    hung = thanks.screen()
    told.clear()
    thanks.take_back()
    again = thanks.take_back()

    assert waiting == [("谢谢你", "辛苦了")]
    assert sorted(hung) == sorted([("谢谢你，雨夜骑士", "辛苦了"), ("家属谢谢你，雨夜骑士", WORDS)])
    assert thanks.screen() == [("谢谢你", "辛苦了")]
    assert "雨夜骑士" not in thanks.phone.get("/s/sn10-north").text
    assert again.status_code == 303
    assert set(told) == {"sn10-north"}


def test_consent_is_kept_with_its_version_and_an_unknown_version_is_none(thanks: Thanks) -> None:
    thanks.agree("雨夜骑士")
    subject = f"receipt:{thanks.ticket.id}"
    with thanks.site.store.look() as look:
        (consent,) = privacy.consents(look, subject)

    wrong = thanks.phone.post(f"/r/{thanks.ticket.receipt}/name", data={"name": "别人", "version": "999"})
    with thanks.site.store.look() as look:
        name = letters.name_of(look, thanks.ticket.id)

    assert (consent.purpose, consent.version) == ("thanked_in_public", privacy.current_notice().version)
    assert wrong.status_code == 422
    assert name is not None
    assert name.name == "雨夜骑士"


def test_a_name_nobody_should_be_called_is_not_hung_and_another_can_be_chosen(thanks: Thanks) -> None:
    thanks.agree("王小明")
    thanks.answer("")
    refused = thanks.phone.get(f"/r/{thanks.ticket.receipt}/name").text

    late = thanks.answer("1")
    thanks.agree("蓝色闪电")
    thanks.answer("1")

    assert "居委没有挂" in refused
    assert late.status_code == 409
    assert ("谢谢你，蓝色闪电", "辛苦了") in thanks.screen()


@pytest.mark.parametrize("typed", ["", " \u202e ", "打我13800138000", "沪A12345", "加群@all", "www.x.cn", "长" * 13])
def test_a_name_with_a_number_or_an_address_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        clean_name(typed)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("打我电话 138 0013 8000", "电话号码"), ("车是沪A·12345", "车牌号"), ("住在3号楼502室", "门牌号"),
        ("谢谢王阿婆的邻居", "称呼“王阿婆”"),
        ("我叫李小花", "名字"), ("身份证310101199001011234", "身份证号"),
    ],
)  # fmt: skip
def test_what_a_letter_may_give_away_is_pointed_at(text: str, what: str) -> None:
    assert any(what in hint for hint in hints(text))


def test_a_harmless_letter_is_left_in_peace() -> None:
    assert hints(WORDS + "路上慢点，常来坐坐。19 点到的。") == ()


def test_the_guard_warns_before_it_goes_out_and_keeps_what_was_typed(thanks: Thanks) -> None:
    preview = thanks.pass_on("谢谢，我叫李小花", sure="")
    unknown = thanks.pass_on(number="CXZ-000101-0001", sure="")

    assert "我叫李小花" in preview.text
    assert "信里好像有名字" in preview.text
    assert unknown.status_code == 404
    assert WORDS in unknown.text


def test_only_those_who_triage_there_pass_letters_on(
    thanks: Thanks, staff: StaffFactory, enter: EnterFactory, report: Any
) -> None:
    guard, stranger = enter(staff("prop_guard")), enter(staff("director", scopes=("community:yh1",)))
    data = {"number": thanks.ticket.number, "text": WORDS, "sure": "1"}

    answers = [one.post("/desk/letters", data=data).status_code for one in (guard, stranger)]
    still_open = thanks.pass_on(number=report().number)

    assert answers == [403, 404]
    assert still_open.status_code == 409
    assert thanks.pass_on("长" * 600).status_code == 422


def test_erased_the_name_is_gone_from_the_screens_and_the_consent_with_it(thanks: Thanks) -> None:
    thanks.agree("雨夜骑士")
    thanks.answer("1")
    subject = Subject(frozenset({thanks.ticket.id}))
    copy = Exporting(subject)

    with thanks.site.store.work() as work:
        work.tell(copy)
        work.tell(Erasing(subject, None, "系统", ""))

    assert copy.sheets["感谢信上的称呼"][0]["称呼"] == "雨夜骑士"
    assert thanks.screen() == [("谢谢你", "辛苦了")]
    with thanks.site.store.look() as look:
        assert privacy.consents(look, f"receipt:{thanks.ticket.id}") == []


def test_letters_of_before_are_kept_when_the_table_changes() -> None:
    database = Database(memory=True)
    letters.migrations.apply(database, stop_before="0002_families_and_names")
    database["letters"].insert(
        {"id": 7, "station": "s", "incident": 3, "title": "t", "text": "x", "sender": "y", "at": 1, "until": 2}
    )

    letters.migrations.apply(database)

    (row,) = database["letters"].rows
    assert (row["id"], row["incident"], row["kind"], row["text"]) == (7, 3, "closing", "x")
