"""A family's thanks, and the name a rider agrees to be thanked by: from the desk to the receipt to the screens."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlite_utils import Database

from server import letters, privacy
from server.incidents import Incident
from server.kit.clock import DAY_MS
from server.kit.errors import Invalid, Refused
from server.kit.personal import Erasing, Exporting, Subject
from server.kit.site import Site
from server.letters.giveaways import hints, letter_hints, name_hints
from server.letters.rules import clean_name
from tests.server.conftest import Clock, EnterFactory, StaffFactory

WORDS = "谢谢你那晚陪着她，她已经好多了。"


class Thanks:
    """A closed ticket, its reporter's phone, and the desk."""

    def __init__(self, site: Site, phone: TestClient, enter: Callable[[], TestClient], ticket: Incident) -> None:
        self.site, self.phone, self.enter_again, self.ticket = site, phone, enter, ticket
        self.desk = enter()

    def pass_on(self, text: str = WORDS, **more: str) -> Any:
        data = {"number": self.ticket.number, "text": text, "sender": "家属", "sure": "1", **more}
        return self.desk.post("/desk/letters", data=data, follow_redirects=False)

    def agree(self, name: str) -> Any:
        page = self.phone.get(f"/r/{self.ticket.receipt}/name").text
        version = re.search(r'name="version" value="(\d+)"', page)
        data = {"name": name, "version": version[1] if version else ""}
        return self.phone.post(f"/r/{self.ticket.receipt}/name", data=data, follow_redirects=False)

    def answer(self, good: str, seen: str = "雨夜骑士") -> Any:
        data = {"good": good, "seen": seen}
        return self.desk.post(f"/desk/letters/names/{self.ticket.id}", data=data, follow_redirects=False)

    def withdraw(self, row: Any, **more: str) -> Any:
        return self.desk.post(f"/desk/letters/{row['id']}/withdraw", data=more, follow_redirects=False)

    def naming(self) -> str:
        return self.phone.get(f"/r/{self.ticket.receipt}/name").text

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
    return Thanks(site, client, lambda: enter(director), ticket)


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
    thanks.answer("", "王小明")
    refused = thanks.phone.get(f"/r/{thanks.ticket.receipt}/name").text

    late = thanks.answer("1", "王小明")
    thanks.agree("蓝色闪电")
    thanks.answer("1", "蓝色闪电")

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


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("电话幺三八〇〇一三八〇〇〇", "电话号码“13800138000”"), ("值班 021-5555-0110", "电话号码“021-5555-0110”"),
        ("就在 12-3-502", "门牌号“12-3-502”"), ("谢谢王建国，好人", "名字“王建国”"),
        ("谢谢你陪着妈妈。\n王建国", "名字“王建国”"),
    ],
)  # fmt: skip
def test_numbers_spelled_out_and_names_that_are_thanked_or_sign_are_seen_too(text: str, what: str) -> None:
    assert any(what in hint for hint in hints(text))


@pytest.mark.parametrize(
    "sender", ["家属", "阿婆的女儿", "女儿、儿子", "一位居民", "老伴和孩子们", "淞南十村居委会", "被你帮助的老人"]
)
def test_a_sender_who_is_a_relation_is_left_in_peace(sender: str) -> None:
    assert letter_hints(WORDS, sender) == ()


@pytest.mark.parametrize("sender", ["王建国", "陈阿婆的女儿", "Wang", "小明妈妈", "的"])
def test_a_sender_who_is_no_relation_may_be_a_name(sender: str) -> None:
    assert "落款像名字，换成“家属”更好" in letter_hints(WORDS, sender)


def test_a_familys_name_and_number_in_the_sender_are_never_called_clean(thanks: Thanks) -> None:
    sender = "王建国 13800138000"

    preview = thanks.pass_on(sender=sender, sure="").text
    thanks.pass_on(sender=sender)
    thanks.agree("雨夜骑士")
    waiting = thanks.desk.get("/desk/letters").text
    thanks.answer("1")
    screens = thanks.desk.get("/desk/notices").text

    for page in (preview, waiting, screens):
        assert "落款像名字，换成“家属”更好" in page
        assert "落款里好像有电话号码“13800138000”" in page
    assert "没有看到电话" not in preview
    assert "没有名字，发给骑手" not in preview


def test_a_name_that_nobody_has_seen_is_not_hung(thanks: Thanks) -> None:
    thanks.pass_on()
    thanks.agree("雨夜骑士")
    page = thanks.desk.get("/desk/letters").text
    thanks.take_back()
    thanks.agree("没人看过的称呼")

    late = thanks.answer("1", seen="雨夜骑士")

    assert 'name="seen" value="雨夜骑士"' in page
    assert late.status_code == 409
    assert "骑手刚改了称呼，请再看一眼" in late.text
    assert 'name="seen" value="没人看过的称呼"' in late.text
    assert thanks.answer("", seen="雨夜骑士").status_code == 409
    assert thanks.screen() == [("谢谢你", "辛苦了")]
    assert thanks.answer("1", seen="没人看过的称呼").status_code == 303


def test_a_name_that_looks_real_is_pointed_at() -> None:
    assert name_hints("王小明") == ("称呼像真名，小站里谁都看得到",)
    assert name_hints("雨夜骑士") == name_hints("小王") == ()


def test_a_letter_that_was_taken_down_is_not_said_to_hang(thanks: Thanks) -> None:
    thanks.pass_on()
    thanks.agree("雨夜骑士")
    thanks.answer("1")
    with thanks.site.store.look() as look:
        family, closing = letters.hanging(look, thanks.ticket.id)
    up = thanks.naming()

    thanks.withdraw(family)
    one = thanks.naming()
    thanks.withdraw(closing)
    none = thanks.naming()

    assert "挂出来了" in up and WORDS in up
    assert "“家属谢谢你”这一封，居委已经撤下" in one and "挂出来了" in one and WORDS not in one
    assert "挂出来了" not in none and "信撤下了" in none


def test_after_the_letter_was_taken_down_no_other_name_is_asked_for(thanks: Thanks) -> None:
    thanks.agree("王小明")
    thanks.answer("", "王小明")
    with thanks.site.store.look() as look:
        (closing,) = letters.hangable(look, thanks.ticket.id)
    asked = thanks.naming()

    thanks.withdraw(closing)

    assert "同意，挂出来" in asked
    assert "信撤下了" in thanks.naming() and "同意，挂出来" not in thanks.naming()
    assert thanks.agree("蓝色闪电").status_code == 409


def test_after_its_days_a_letter_is_not_said_to_hang_and_nothing_waits_for_it(thanks: Thanks, clock: Clock) -> None:
    thanks.agree("雨夜骑士")
    clock.forward(8 * DAY_MS)

    desk = thanks.enter_again().get("/desk/letters").text

    assert "挂满日子" in thanks.naming()
    assert "没有可以挂的" in desk
    assert 'name="good" value="1"' not in desk
    with pytest.raises(Refused), thanks.site.store.work() as work:
        letters.answer_name(work, thanks.ticket.id, "雨夜骑士", "陈主任", good=True)


def test_taking_a_letter_down_leads_back_to_where_it_was_done(thanks: Thanks) -> None:
    thanks.pass_on()
    with thanks.site.store.look() as look:
        family, closing = letters.of_family(look, thanks.ticket.id), letters.of_incident(look, thanks.ticket.id)
    page = thanks.desk.get("/desk/letters").text

    here = thanks.withdraw(family, back="letters")
    there = thanks.withdraw(closing, back="ticket")

    assert 'name="back" value="letters"' in page
    assert here.headers["location"] == "/desk/letters#passed-on"
    assert there.headers["location"] == f"/desk/incidents/{thanks.ticket.id}"


def test_the_preview_says_which_ticket_is_thanked_for(thanks: Thanks, report: Any) -> None:
    preview = thanks.pass_on(number=f"  {thanks.ticket.number.lower()} ", sure="").text
    thanks.pass_on()
    again = thanks.pass_on(sure="").text
    open_one = thanks.pass_on(number=report().number, sure="")

    for said in ("老人走失", thanks.ticket.number, "北门站", "<dt>上报</dt>"):
        assert said in preview
    assert "会换掉那一封" in again and "会换掉那一封" not in preview
    assert open_one.status_code == 409


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
