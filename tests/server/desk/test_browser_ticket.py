"""The ticket in a real browser: words survive whatever happens, templates help, keys and thumbs find everything."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from server import incidents
from server.desk.dates import typed_day
from server.incidents import Incident
from server.kit.site import Site

from .conftest import DeskFactory


def path(ticket: Incident) -> str:
    return f"/desk/incidents/{ticket.id}"


def unfold(page: Page, name: str) -> None:
    """Open the form of a move, wherever it is folded away."""
    form = page.locator(f"#form-{name}")
    if not form.locator("> summary").is_visible():
        page.locator("#rare > summary").click()
    if form.get_attribute("open") is None:
        form.locator("> summary").click()


def test_keys_are_letters_while_somebody_writes(desk: DeskFactory, staff: Any, report: Any, walk: Any) -> None:
    ticket = walk(report(), staff("duty"), "file", "dispatch")
    page = desk(staff("duty"), path(ticket))

    page.locator("#done-note").press_sequentially("jk?1 dnamh")

    assert page.locator("#done-note").input_value() == "jk?1 dnamh"
    expect(page.locator("#keys")).to_be_hidden()
    expect(page.locator("#form-note")).not_to_have_attribute("open", "")


def test_keys_lead_to_the_forms_and_the_help_names_them(desk: DeskFactory, staff: Any, report: Any, walk: Any) -> None:
    ticket = walk(report(), staff("duty"), "file")
    page = desk(staff("duty"), path(ticket))

    for key, field in (("n", "#note-note"), ("m", "#merge-into"), ("aa", "#assign-to"), ("r", "#word-reply")):
        page.keyboard.type(key)
        expect(page.locator(field)).to_be_focused()
        page.keyboard.press("Escape")
    page.keyboard.press("?")

    expect(page.locator("#keys")).to_contain_text("写内部备注")


def test_an_open_ticket_says_that_somebody_else_moved_it_and_keeps_the_words(
    desk: DeskFactory, staff: Any, report: Any, walk: Any
) -> None:
    ticket = walk(report(), staff("duty"), "file", "dispatch")
    page = desk(staff("duty"), path(ticket))
    page.locator("#done-note").fill("写了一半")

    walk(ticket, staff("director", name="周主任"), "done")

    expect(page.locator("#overtaken")).to_be_visible()
    assert page.locator("#done-note").input_value() == "写了一半"
    page.locator("#form-done").get_by_role("button", name="处理完成").click()
    expect(page.locator("#error")).to_contain_text("周主任")
    expect(page.locator("#kept1")).to_have_value("写了一半")


def test_two_tabs_of_one_ticket_quarrel_politely_and_lose_nothing(
    site: Site, desk: DeskFactory, staff: Any, report: Any, walk: Any
) -> None:
    duty = staff("duty")
    ticket = walk(report(), duty, "file")
    first = desk(duty, path(ticket))
    second = first.context.new_page()
    second.goto(first.url)
    second.locator("#desk-prop_eng").check()
    second.locator("#dispatch-note").fill("带梯子")

    first.locator("#desk-prop_guard").check()
    first.locator("#form-dispatch").get_by_role("button", name="派遣").click()
    expect(first.get_by_text("你派遣了。")).to_be_visible()
    second.locator("#form-dispatch").get_by_role("button", name="派遣").click()

    expect(second.locator("#error")).to_contain_text("派遣了")
    expect(second.locator("#dispatch-note")).to_have_value("带梯子")
    expect(second.locator("#desk-prop_eng")).to_be_checked()
    second.locator("#form-dispatch").get_by_role("button", name="改派").click()
    expect(second.get_by_text("你派遣了。")).to_be_visible()
    with site.store.look() as look:
        found = incidents.get(look, ticket.id)
    assert found is not None
    assert found.desk == "prop_eng"


def test_after_going_back_an_old_form_moves_nothing_twice(
    site: Site, desk: DeskFactory, staff: Any, report: Any, walk: Any
) -> None:
    ticket = walk(report(), staff("duty"), "file")
    page = desk(staff("duty"), path(ticket))
    unfold(page, "note")
    page.locator("#note-note").fill("看过现场了")
    page.locator("#form-note").get_by_role("button", name="内部备注").click()
    expect(page.get_by_text("你写了备注。")).to_be_visible()

    page.go_back()
    page.locator(f'form[action^="{path(ticket)}/claim"] button').click()

    expect(page.locator(".owner")).to_contain_text("（你）")
    with site.store.look() as look:
        moves = [step.move for step in incidents.history(look, ticket.id)]
    assert moves == ["report", "file", "note", "claim"]


def test_the_letters_hints_come_while_somebody_writes(desk: DeskFactory, staff: Any, report: Any, walk: Any) -> None:
    ticket = walk(report(), staff("duty"), "file", "dispatch", "done", "verify")
    page = desk(staff("duty"), path(ticket))
    expect(page.locator("[data-hint=plate]")).to_be_hidden()

    page.locator("#close-letter").fill("谢谢沪A12345，13812345678")

    expect(page.locator("[data-hint=plate]")).to_be_visible()
    expect(page.locator("[data-hint=phone]")).to_be_visible()
    expect(page.locator(".screen .letter")).to_contain_text("谢谢沪A12345")


def test_a_template_is_a_tap_and_its_date_shows_in_the_preview(
    site: Site, desk: DeskFactory, staff: Any, report: Any, walk: Any
) -> None:
    ticket = walk(report(), staff("duty"), "file")
    page = desk(staff("duty"), path(ticket))
    unfold(page, "shelve")
    form = page.locator("#form-shelve")
    day = typed_day(site.store.clock(), 12)

    form.locator("#shelve-until").fill(day)
    form.locator(".aside summary").click()
    form.locator("#shelve-reply").fill("我先说一句。{日期}再看。")
    form.locator(".outside .chip").first.click()

    assert form.locator("#shelve-reply").input_value().startswith("我先说一句。{日期}再看。\n")
    month, number = int(day[5:7]), int(day[8:])
    expect(form.locator("[data-preview]")).to_contain_text(f"我先说一句。{month}月{number}日再看。")


def test_a_place_is_a_tap(desk: DeskFactory, staff: Any, report: Any, walk: Any) -> None:
    page = desk(staff("duty"), path(walk(report(), staff("duty"), "file")))
    unfold(page, "correct")

    page.locator("#form-correct").get_by_role("button", name="北门口").click()

    expect(page.locator("#correct-place")).to_have_value("北门口")


def test_shelving_and_agreeing_need_no_script_and_one_thumb(
    site: Site, desk: DeskFactory, staff: Any, report: Any, walk: Any
) -> None:
    width = 360
    ticket = walk(report("facility.light"), staff("duty"), "file")
    page = desk(staff("duty"), path(ticket), width=width, scripts=False)
    unfold(page, "shelve")
    form = page.locator("#form-shelve")

    form.locator("#shelve-note").fill("等厂家供货")
    form.locator(".aside summary").click()
    form.get_by_role("button", name="套用").click()
    expect(page.locator("#shelve-note")).to_have_value("等厂家供货")
    expect(page.locator("#shelve-reply")).not_to_have_value("")
    page.locator("#form-shelve").get_by_role("button", name="提交申请").click()
    expect(page.get_by_text("已申请挂账，等批准。")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    judge = desk(staff("director"), path(ticket), width=width, scripts=False)
    judge.get_by_role("button", name="批准", exact=True).click()
    expect(judge.get_by_text("你批准了。")).to_be_visible()
    with site.store.look() as look:
        found = incidents.get(look, ticket.id)
    assert found is not None
    assert found.state == "shelved"
    assert judge.evaluate("document.documentElement.scrollWidth") <= width


def test_enter_in_a_field_sends_the_form_and_never_fills_in_a_template(
    desk: DeskFactory, staff: Any, report: Any, walk: Any
) -> None:
    page = desk(staff("duty"), path(walk(report(), staff("duty"), "file")), scripts=False)
    unfold(page, "transfer")
    page.locator("#transfer-note").fill("电话说好了")
    page.locator("#transfer-body").fill("市政养护")

    page.locator("#transfer-body").press("Enter")

    expect(page.get_by_text("你转给了别的单位。")).to_be_visible()


def test_every_button_is_large_enough_for_a_thumb(desk: DeskFactory, staff: Any, report: Any, walk: Any) -> None:
    page = desk(staff("duty"), path(walk(report(), staff("duty"), "file")), width=360)
    page.evaluate("document.querySelectorAll('#ticket details').forEach((one) => (one.open = true))")

    small = page.evaluate(
        """[...document.querySelectorAll('#ticket button, #ticket summary, #ticket select, #ticket textarea,'
            + '#ticket input:not([type=hidden]):not([type=radio]):not([type=checkbox])')]
            .filter((one) => one.checkVisibility() && !one.classList.contains('sr'))
            .map((one) => [one.outerHTML.slice(0, 60), one.getBoundingClientRect().height])
            .filter(([, height]) => height < 40)"""
    )

    assert small == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_sketch_and_the_page_ask_nobody_outside(desk: DeskFactory, staff: Any, report: Any) -> None:
    page = desk(staff("duty"))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(re.sub(r"/desk.*", path(report()), page.url))

    expect(page.locator(".sketch")).to_be_visible()
    assert {re.match(r"https?://[^/]+", url)[0] for url in asked} == {re.match(r"https?://[^/]+", page.url)[0]}  # type: ignore[index]
