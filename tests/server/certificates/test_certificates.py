"""From the reporter's wish to the word of whoever scans the paper."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from gateway.contract import receipts
from server import certificates, incidents
from server.certificates import Card, keys, paper, seal
from server.incidents import Incident
from server.kit.clock import HOUR_MS
from server.kit.errors import Fault, Forbidden, Invalid, Missing, Refused
from server.kit.site import Site
from server.staff import Person
from tests.server.certificates.conftest import Registry
from tests.server.conftest import Clock, EnterFactory, ReportFactory, StaffFactory, WalkFactory

Helped = Callable[..., Incident]
HOSTILE = '<script>alert(1)</script> #read("/etc/passwd") $x$ =1+1 @all'


def address(site: Site, given: certificates.Certificate) -> str:
    return paper.address(site, given).removeprefix(site.public_url)


def verdict(page: str) -> str:
    found = re.search(r'class="verdict verdict--\w+".*?<h2>(.*?)</h2>', page, re.DOTALL)
    assert found
    return found[1]


def test_the_reporter_asks_staff_give_it_and_anybody_can_check_it(
    site: Site, visitor: TestClient, registry: Registry, helped: Helped, duty: Person, enter: EnterFactory
) -> None:
    own = helped()
    assert registry.card(own) == Card("free")

    visitor.post(f"/r/{own.receipt}/certificate")
    asked = registry.card(own)
    enter(duty).post(f"/desk/incidents/{own.id}/certificate/grant")

    assert asked is not None and asked.state == "asked"
    card = registry.card(own)
    assert card is not None and card.state == "granted"
    page = visitor.get(f"/c/{card.code}").text
    assert verdict(page) == "有效"
    assert own.number in page and "老人走失" in page and "淞南十村居委会" in page
    assert registry.notes(own) == [f"开具了助人证明 {card.code[:4]}-{card.code[4:8]}-{card.code[8:]}"]


def test_a_certificate_names_nobody_and_no_place_but_the_community(
    site: Site, visitor: TestClient, registry: Registry, helped: Helped, duty: Person
) -> None:
    own = helped(place="3号楼 201 室", words="王奶奶 13800138000 沪A12345")

    given = registry.grant(own, duty)

    said = paper.sheet(site, given)
    seen = visitor.get(address(site, given)).text + repr({name: said[name] for name in said if name != "qr"})
    for word in ("王奶奶", "138", "A12345", "201", "3号楼", "王值班", "陈主任", "北门站", own.receipt):
        assert word not in seen


def test_asking_twice_is_one_request(visitor: TestClient, registry: Registry, helped: Helped, site: Site) -> None:
    own = helped()

    first, again = registry.ask(own), registry.ask(own)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: visitor.post(f"/r/{own.receipt}/certificate").status_code, range(8)))

    assert first == again
    assert set(answers) <= {200, 404}  # the receipt page the answer leads to
    with site.store.look() as look:
        assert len(certificates.listed(look, ["sn10"], "asked", 10)) == 1


def test_given_by_two_people_at_once_it_is_one_certificate(
    site: Site, registry: Registry, helped: Helped, duty: Person, director: Person
) -> None:
    own = helped()
    registry.ask(own)

    with ThreadPoolExecutor(4) as pool:
        given = list(pool.map(lambda number: registry.grant(own, (duty, director)[number % 2]), range(8)))

    assert len({one.code for one in given}) == 1
    assert len(registry.notes(own)) == 1


def test_there_is_none_before_the_work_was_checked_nor_for_what_was_not_taken_up(
    registry: Registry, helped: Helped, report: ReportFactory, walk: WalkFactory, duty: Person
) -> None:
    young, refused = report("person.lost_elder"), walk(report(), duty, "reject")
    idea, device = report("suggestion.idea"), report("device.heat_alarm", channel="device")

    assert registry.card(young) == Card("later")
    assert [registry.card(one) for one in (refused, idea, device)] == [None, None, None]
    for one in (young, refused, idea, device):
        with pytest.raises(Refused):
            registry.ask(one)
        with pytest.raises(Refused):
            registry.grant(one, duty)
    assert registry.card(helped(close=False)) == Card("free")
    assert registry.card(helped("parking.blocking")) == Card("free", quiet=True)


def test_a_merged_report_gets_its_own_number_and_no_time_before_it(
    site: Site, registry: Registry, report: ReportFactory, walk: WalkFactory, duty: Person, director: Person,
    clock: Clock,
) -> None:  # fmt: skip
    leading = walk(report(), duty, "file")
    clock.forward(HOUR_MS)
    own = walk(report(), duty, "merge", into=leading.number, note="同一辆车")
    walk(leading, duty, "dispatch", "done")
    walk(leading, director, "verify", "close")

    given = registry.grant(own, duty)

    facts, _ = seal.unseal(given.sealed, keys.published(site.data))
    assert facts.number == own.number
    assert facts.taken is None
    assert facts.closed is not None and facts.closed >= facts.reported


def test_who_may_give_refuse_and_take_back(
    site: Site, registry: Registry, helped: Helped, staff: StaffFactory, duty: Person, director: Person
) -> None:
    own = helped()
    registry.ask(own)

    for role in ("committee", "volunteer"):
        with pytest.raises(Forbidden):
            registry.grant(own, staff(role))
    for person in (staff("prop_guard"), staff("director", scopes=("community:sn11",))):
        with pytest.raises(Missing):
            registry.grant(own, person)
    registry.grant(own, staff("street", scopes=("street:songnan",)))
    with pytest.raises(Forbidden):
        registry.revoke(own, duty)
    with pytest.raises(Invalid):
        registry.revoke(own, director, " \n")
    assert registry.revoke(own, director).state == "revoked"


def test_a_refusal_says_why_and_can_be_thought_over(
    site: Site, registry: Registry, helped: Helped, duty: Person
) -> None:
    own = helped()
    registry.ask(own)

    with site.store.work() as work:
        certificates.refuse(work, own.id, duty, f"没有停留\u202e {HOSTILE}" + "长" * 300)

    card = registry.card(own)
    assert card is not None and card.state == "refused" and len(card.reason) == 120
    assert registry.ask(own).state == "refused"
    with site.store.work() as work, pytest.raises(Refused):
        certificates.refuse(work, own.id, duty, "再说一遍")
    assert registry.grant(own, duty).state == "granted"


def test_revoked_it_is_so_at_once_everywhere(
    site: Site, visitor: TestClient, registry: Registry, helped: Helped, duty: Person, director: Person
) -> None:
    own = helped()
    given = registry.grant(own, duty)
    assert visitor.get(f"/r/{own.receipt}/certificate.pdf").content.startswith(b"%PDF")

    registry.revoke(own, director)

    page = visitor.get(address(site, given)).text
    assert verdict(page) == "已撤销"
    assert "时间写错了" not in page and own.number not in page
    sheet = visitor.get(f"/r/{own.receipt}/certificate.pdf", follow_redirects=False)
    assert sheet.status_code == 303
    again = registry.grant(own, director)
    assert again.code != given.code
    assert verdict(visitor.get(f"/c/{again.code}").text) == "有效"
    assert verdict(visitor.get(address(site, given)).text) == "已撤销"


def test_a_code_with_another_ones_signature_or_a_spoiled_one_is_not_believed(
    site: Site, visitor: TestClient, registry: Registry, helped: Helped, duty: Person
) -> None:
    one, other = registry.grant(helped(), duty), registry.grant(helped(), duty)

    replayed = visitor.get(f"/c/{one.code}?s={other.sealed}").text
    spoiled = visitor.get(f"/c/{one.code}?s={one.sealed[:-3]}").text
    invented = visitor.get(f"/c/23456789abcd?s={one.sealed}")

    assert verdict(replayed) == verdict(spoiled) == "不能相信"
    assert verdict(invented.text) == "不是我们开的" and invented.status_code == 404


def test_a_signature_of_ours_without_a_row_is_said_to_be_just_that(
    site: Site, visitor: TestClient, registry: Registry, helped: Helped, duty: Person, director: Person
) -> None:
    own = helped()
    with site.store.look() as look:
        facts = certificates.actions.facts_of(look, own, own)

    text = seal.seal(facts, *keys.current(site.data))

    assert verdict(visitor.get(f"/c/{facts.code}?s={text}").text) == "查不到登记"


def test_older_certificates_stay_valid_when_the_key_changes(
    site: Site, visitor: TestClient, registry: Registry, helped: Helped, duty: Person
) -> None:
    before = registry.grant(helped(), duty)

    keys.rotate(site.data)

    assert verdict(visitor.get(address(site, before)).text) == "有效"
    assert visitor.get("/certificates/key").text.count("BEGIN PUBLIC KEY") == 2


def test_reopened_afterwards_it_stays_and_the_page_says_so(
    site: Site, visitor: TestClient, registry: Registry, helped: Helped, walk: WalkFactory, duty: Person
) -> None:
    own = helped("parking.fire_lane")
    given = registry.grant(own, duty)

    walk(own, duty, "reopen", note="又来了")

    page = visitor.get(address(site, given)).text
    assert verdict(page) == "有效"
    assert "重新打开" in page
    assert registry.card(own).state == "granted"  # type: ignore[union-attr]


def test_a_code_is_typed_as_people_type_and_guessing_is_slowed_down(
    site: Site, visitor: TestClient, registry: Registry, helped: Helped, duty: Person
) -> None:
    code = registry.grant(helped(), duty).code

    assert verdict(visitor.get("/c", params={"code": f" {code[:4].upper()}-{code[4:8]} {code[8:]}"}).text) == "有效"
    assert verdict(visitor.get("/c", params={"code": HOSTILE}).text) == "没有查到"
    assert HOSTILE not in visitor.get("/c", params={"code": HOSTILE}).text
    assert verdict(visitor.get(f"/c/{'x' * 300}").text) == "没有查到"
    answers = {visitor.get(f"/c/{number:012}".replace("0", "a").replace("1", "b")).status_code for number in range(80)}
    assert answers == {404, 429}


def wide(code: str) -> str:
    """As a Chinese keyboard writes it."""
    return "".join(chr(ord(sign) + 0xFEE0) for sign in code.upper())


@pytest.mark.parametrize("dash", ["－", "——", "–", "‐"])
def test_a_number_from_a_chinese_keyboard_finds_the_certificate_and_the_receipt(
    visitor: TestClient, registry: Registry, helped: Helped, duty: Person, dash: str
) -> None:
    own = helped()
    code = registry.grant(own, duty).code

    page = visitor.get("/c", params={"code": dash.join([wide(code[:4]), code[4:8], code[8:]])})
    receipt = visitor.get("/r", params={"code": dash.join([wide(own.receipt[:4]), own.receipt[4:8], own.receipt[8:]])})

    assert (page.status_code, verdict(page.text)) == (200, "有效")
    assert receipts.show(code) in page.text
    assert receipt.status_code == 200 and own.kind.label in receipt.text


def test_a_number_nobody_knows_is_looked_at_again_and_only_a_foreign_code_is_called_not_ours(
    site: Site, visitor: TestClient, registry: Registry, helped: Helped, duty: Person, tmp_path: Path
) -> None:
    given = registry.grant(helped(), duty)
    facts, _ = seal.unseal(given.sealed, keys.published(site.data))
    foreign = seal.seal(replace(facts, code="abcdefghjkmn"), *keys.current(tmp_path))

    typed = visitor.get("/c", params={"code": "abcd－efgh－jkmn"})
    scanned = visitor.get(f"/c/abcdefghjkmn?s={foreign}")

    assert (typed.status_code, verdict(typed.text)) == (404, "没有查到")
    assert "没有查到这个编号，请对着证明再看一遍" in typed.text
    assert "不是我们开的" not in typed.text
    assert (scanned.status_code, verdict(scanned.text)) == (404, "不是我们开的")


def test_the_public_keys_have_a_page_in_plain_words_and_keep_their_own_address(
    site: Site, visitor: TestClient, registry: Registry, helped: Helped, duty: Person
) -> None:
    code = registry.grant(helped(), duty).code
    key_id, _ = keys.current(site.data)

    page = visitor.get("/certificates").text
    heads = [visitor.head(at) for at in ("/certificates", "/certificates/key", "/c", f"/c/{code}")]

    assert 'href="/certificates"' in visitor.get("/c").text
    for said in ("不联网看不出有没有撤销", 'href="/certificates/key"', "docs/certificate.md", key_id):
        assert said in page
    assert [answer.status_code for answer in heads] == [200, 200, 200, 200]
    assert visitor.get("/certificates/key").text.startswith(f"# {key_id} ed25519")


def test_on_a_receipt_the_certificate_leaves_the_yellow_to_the_rating(
    visitor: TestClient, registry: Registry, helped: Helped, duty: Person
) -> None:
    own = helped()
    registry.grant(own, duty)

    page = visitor.get(f"/r/{own.receipt}").text

    assert page.count("btn--go") == 1
    assert re.search(r'class="btn[^"]*btn--go[^"]*"[^>]*>(?:<svg.*?</svg>)?发送评价', page, re.DOTALL)
    assert '<a class="btn btn--quiet btn--block" href="/c/' in page


def test_guessing_hides_neither_a_true_certificate_nor_an_own_receipt(
    site: Site, visitor: TestClient, registry: Registry, helped: Helped, duty: Person
) -> None:
    own = helped()
    code = registry.grant(own, duty).code

    for number in range(80):
        visitor.get(f"/c/{number:012}".replace("0", "a").replace("1", "b"))

    assert visitor.get("/c/abcdefghjkmn").status_code == 429
    assert visitor.get("/c").status_code == 200
    assert visitor.head(f"/r/{own.receipt}/certificate.pdf").status_code == 200
    assert verdict(visitor.get(f"/c/{code}").text) == "有效"
    assert visitor.get(f"/r/{own.receipt}/certificate.pdf").status_code == 200


def test_a_reason_that_cannot_be_taken_comes_back_in_its_form(
    site: Site, enter: EnterFactory, registry: Registry, helped: Helped, duty: Person, director: Person
) -> None:
    own = helped()
    registry.ask(own)
    desk = enter(director)
    at = f"/desk/incidents/{own.id}/certificate"

    empty = desk.post(f"{at}/refuse?list=mine", data={"reason": "\u202e"})
    registry.grant(own, duty)
    late = desk.post(f"{at}/refuse", data={"reason": "写了很久的理由"})

    assert empty.status_code == 422
    assert "请写一句为什么" in empty.text
    assert f'action="{at}/refuse?list=mine"' in empty.text
    assert late.status_code == 409
    assert "写了很久的理由" in late.text
    assert desk.get(f"{at}/refuse", follow_redirects=False).status_code == 303


def test_a_stranger_with_a_wrong_receipt_finds_nothing(visitor: TestClient, registry: Registry, helped: Helped) -> None:
    own = helped()

    assert visitor.get("/r/23456789abcd/certificate.pdf").status_code == 404
    assert visitor.post("/r/23456789abcd/certificate").status_code == 404
    assert visitor.get(f"/r/{own.receipt}/certificate.pdf", follow_redirects=False).status_code == 303


def test_receipt_and_ticket_page_pieces_keep_hostile_words_harmless(
    site: Site, registry: Registry, helped: Helped, duty: Person, director: Person
) -> None:
    own = helped()
    registry.grant(own, duty)
    registry.revoke(own, director, HOSTILE)

    with site.store.look() as look:
        card = certificates.card(look, own, own)
        on_ticket = certificates.on_ticket(look, own, director)
    receipt = site.pages.text(
        "certificates/_receipt.html", None, certificate=card, receipt_code=own.receipt, now=own.at
    )  # fmt: skip
    ticket = site.pages.text(
        "certificates/_ticket.html", None, certificate=on_ticket, incident=own, query="tab=all", now=own.at
    )  # fmt: skip

    for piece in (receipt, ticket):
        assert "<script>" not in piece and "&lt;script&gt;" in piece
    assert "重新开具" in ticket


def test_the_desks_page_shows_who_waits_and_only_to_those_who_triage(
    site: Site, registry: Registry, helped: Helped, enter: EnterFactory, staff: StaffFactory, duty: Person
) -> None:
    own, elsewhere = helped(), helped()
    registry.ask(own)
    registry.grant(elsewhere, duty)
    desk = enter(duty)

    page = desk.get("/desk/certificates").text
    after = desk.post(f"/desk/incidents/{own.id}/certificate/grant", data={"back": "list"}).text

    assert "1 张等开具" in page and own.number in page and elsewhere.number in page
    assert "没有人在等" in after and "现在有效 2 张" in after
    other = enter(staff("director", scopes=("community:yh1",))).get("/desk/certificates").text
    assert own.number not in other
    assert enter(staff("prop_guard")).get("/desk/certificates").status_code == 403


def test_duty_and_director_hear_of_a_request_until_it_is_answered(
    site: Site, registry: Registry, helped: Helped, duty: Person
) -> None:
    own = helped()

    def waiting() -> list[str]:
        with site.store.look() as look:
            return [row["head"] for row in look.rows("select head from alert_memos where ended is null")]

    registry.ask(own)
    asked = waiting()
    registry.grant(own, duty)

    assert "骑手申请助人证明" in asked
    assert "骑手申请助人证明" not in waiting()


def test_a_key_that_cannot_be_used_gives_nothing_and_says_so(
    site: Site, registry: Registry, helped: Helped, duty: Person
) -> None:
    own = helped()
    registry.ask(own)
    keys.current(site.data)
    (site.data / "certificates" / "current.key").write_text("nothing")

    with pytest.raises(Fault, match="密钥"):
        registry.grant(own, duty)

    card = registry.card(own)
    assert card is not None and card.state == "asked"
    assert registry.notes(own) == []
    with site.store.look() as look:
        assert incidents.get(look, own.id) is not None
