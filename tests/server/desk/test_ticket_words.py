"""Words on the ticket's page: templates, the preview, and whatever else somebody may type or send."""

import re
from html import unescape
from typing import Any

import pytest

from server import incidents
from server.incidents import Incident
from server.kit.site import Site
from server.staff import Person


def test_a_template_is_put_in_without_any_script_and_nothing_typed_is_lost(
    at: Any, duty: Person, filed: Incident
) -> None:
    desk = at(duty, filed)
    choice = re.search(r'<option value="([^"]+)" data-text="([^"]+)"', desk.page[desk.page.index('id="form-reject"') :])
    assert choice is not None

    page = desk.send("reject", act="fill", template=choice[1], note="不归我们", reply="我先说一句").text

    assert "不归我们</textarea>" in page
    assert f"我先说一句\n{choice[2]}</textarea>" in unescape(page)
    assert 'id="form-reject" open' in page
    assert desk.now == filed


def test_a_preview_shows_exactly_what_the_receipt_and_the_screen_will_say(
    site: Site, at: Any, duty: Person, report: Any, walk: Any
) -> None:
    ticket = walk(report(place="3号楼"), duty, "file", "dispatch")
    ticket = walk(walk(ticket, duty, "done"), duty, "verify")
    desk = at(duty, ticket)
    typed = {"reply": "{地点}好了。<b>\x07谢谢{{。", "letter": "谢谢沪A12345", "on_screen": "true"}

    page = desk.send("close", act="preview", **typed).text
    alone = desk.browser.post(
        f"{desk.here}/close", data={**typed, "act": "preview"}, headers={"HX-Request": "true"}
    ).text

    said = re.search(r'class="receipt".*?<p class="words">(.*?)</p>', alone, re.DOTALL)
    assert said is not None
    assert said[0] in page
    assert "<html" not in alone
    assert "信里好像有车牌号" in alone
    assert desk.now == ticket
    desk.send("close", **typed)
    assert unescape(said[1]) == desk.now.reply == "3号楼好了。<b>谢谢{{。"


def test_words_that_are_too_long_are_said_and_kept_never_cut(at: Any, duty: Person, filed: Incident) -> None:
    desk = at(duty, filed)

    answer = desk.send("note", note="长" * 10_000)

    assert answer.status_code == 422
    assert "最多 500 个字，现在有 10000 个" in answer.text
    assert "长" * 10_000 in answer.text
    assert desk.now == filed


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '=HYPERLINK("x")', "@all 快看", "a\x00b\x1bc\u202ed"])
def test_hostile_words_are_words(at: Any, duty: Person, filed: Incident, text: str) -> None:
    desk = at(duty, filed)

    sent = desk.send("note", note=text)
    raw = desk.browser.get(desk.here).text

    assert sent.status_code == 303
    assert "<script>alert" not in raw
    assert incidents.plain(text, 500) in unescape(raw)


@pytest.mark.parametrize("number", ["0", "-1", "999999", "9" * 40, "1e3", "x"])
def test_an_address_that_is_none_is_not_found(at: Any, duty: Person, filed: Incident, number: str) -> None:
    browser = at(duty, filed).browser

    assert browser.get(f"/desk/incidents/{number}").status_code == 404
    assert browser.post(f"/desk/incidents/{number}/note", data={"version": "1", "note": "x"}).status_code == 404


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 40])
def test_a_version_that_is_none_is_an_overtaken_page(at: Any, duty: Person, filed: Incident, version: str) -> None:
    answer = at(duty, filed).browser.post(
        f"/desk/incidents/{filed.id}/note", data={"version": version, "note": "写好了"}
    )

    assert answer.status_code == 409
    assert "写好了</textarea>" in answer.text
