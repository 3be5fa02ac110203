"""One rule, one set of words: nothing typed is lost, and nobody overwrites anybody."""

import re
from dataclasses import replace

from server import people, routing
from server.kit.site import Site

from ..conftest import EnterFactory, ReportFactory, StaffFactory
from .book import RULE, draft_of, field, publish, text


def test_two_directors_who_change_one_rule_lose_nothing(site: Site, staff: StaffFactory, enter: EnterFactory) -> None:
    one, other = enter(staff("director")), enter(staff("director", name="林主任"))
    seen = field(one.get("/desk/routing/rule?name=garbage").text, "seen")
    rule = {**RULE, "name": "garbage", "seen": seen}
    other.post("/desk/routing/rules", data={**rule, "label": "垃圾给网格员", "to": "grid"})

    refused = one.post("/desk/routing/rules", data={**rule, "label": "垃圾给志愿者"})
    again = one.post("/desk/routing/rules", data={**rule, "label": "垃圾给志愿者", "seen": field(refused.text, "seen")})

    assert refused.status_code == 409
    assert "林主任 刚改过这条规则" in refused.text
    assert "现在是：垃圾给网格员" in text(refused.text)
    assert field(refused.text, "label") == "垃圾给志愿者"
    assert again.status_code == 200
    assert next(one.label for one in draft_of(site).rules.rules if one.name == "garbage") == "垃圾给志愿者"


def test_a_rule_taken_out_while_somebody_changes_it_can_be_kept_as_a_new_one(
    site: Site, staff: StaffFactory, enter: EnterFactory
) -> None:
    one, other = enter(staff("director")), enter(staff("director"))
    other.post("/desk/routing/move", data={"community": "sn10", "name": "garbage", "to": "out"})

    refused = one.post("/desk/routing/rules", data={**RULE, "name": "garbage"})
    one.post("/desk/routing/rules", data={**RULE, "name": field(refused.text, "name")})

    assert (refused.status_code, "刚被去掉了" in refused.text) == (409, True)
    assert draft_of(site).rules.target_rules[0].label == RULE["label"]


def test_two_directors_who_change_one_set_of_words_lose_nothing(
    site: Site, staff: StaffFactory, enter: EnterFactory
) -> None:
    one, other = enter(staff("director")), enter(staff("director", name="林主任"))
    seen = field(one.get("/desk/routing/words?name=wheels").text, "seen")
    words = {"community": "sn10", "name": "wheels", "seen": seen, "label": "轮椅"}
    other.post("/desk/routing/words", data={**words, "found": "滑板车"})

    refused = one.post("/desk/routing/words", data={**words, "found": "学步车"})
    again = {**words, "found": "学步车", "seen": field(refused.text, "seen")}

    assert (refused.status_code, "滑板车" in refused.text, "学步车" in refused.text) == (409, True, True)
    assert one.post("/desk/routing/words", data=again).status_code == 200
    assert draft_of(site).rules.words["wheels"].any == ("学步车",)


def test_words_with_signs_of_programmers_are_only_words(site: Site, staff: StaffFactory, enter: EnterFactory) -> None:
    director = enter(staff("director"))
    form = {"community": "sn10", "label": "怪词", "found": "a.*b\n(?i)[\n$^\\d+", "but": "(("}

    director.post("/desk/routing/words", data=form)

    (name,) = (name for name, one in draft_of(site).rules.words.items() if one.label == "怪词")
    address = f"/desk/routing/words?name={name}"
    assert "不算：没有说到" in director.get(address, params={"name": name, "sentence": "axxb 123"}).text
    assert "算：说到了" in director.get(address, params={"name": name, "sentence": "写着 A.*B"}).text
    assert "不算：没有说到" not in director.get(address, params={"name": name, "sentence": "$^\\D+"}).text


def test_words_that_a_rule_asks_for_stay(site: Site, staff: StaffFactory, enter: EnterFactory) -> None:
    director = enter(staff("director"))

    used = director.post("/desk/routing/words/drop", data={"community": "sn10", "name": "flames"})
    director.post("/desk/routing/words", data={"community": "sn10", "label": "没人用", "found": "没人用"})
    unused = director.post("/desk/routing/words/drop", data={"community": "sn10", "name": "words_1"})

    assert (used.status_code, "还有规则在用" in used.text) == (409, True)
    assert unused.status_code == 200
    assert draft_of(site).rules.words.keys() == routing.shipped().words.keys()


def test_a_rule_goes_to_the_place_it_is_given(site: Site, staff: StaffFactory, enter: EnterFactory) -> None:
    director = enter(staff("director"))
    shipped = [one.name for one in routing.shipped().target_rules]

    director.post("/desk/routing/rules", data={**RULE, "number": "3"})
    page = director.get("/desk/routing/rule?name=rule-1").text
    director.post("/desk/routing/rules", data={**RULE, "name": "rule-1", "number": "9999"})

    assert field(page, "number") == "3"
    assert [one.name for one in draft_of(site).rules.target_rules] == [*shipped, "rule-1"]


def test_a_community_has_no_more_rules_than_anybody_can_read(
    site: Site, staff: StaffFactory, enter: EnterFactory, report: ReportFactory
) -> None:
    director, shipped = enter(staff("director")), routing.shipped()
    many = tuple(replace(shipped.rules[-1], name=f"many-{n}", words=("flames",)) for n in range(500))
    with site.store.work() as work:
        routing.records.save_draft(work, "sn10", replace(shipped, rules=(*many, *shipped.rules)), 0, "程序")

    refused = director.post("/desk/routing/rules", data=RULE)
    publish(site, director)

    assert (refused.status_code, "最多 300 条规则" in refused.text) == (422, True)
    assert field(refused.text, "label") == RULE["label"]
    assert report("environment.garbage").desk == "prop_guard"
    assert director.get("/desk/routing").status_code == 200


def test_one_person_and_one_unit_can_be_chosen(site: Site, staff: StaffFactory, enter: EnterFactory) -> None:
    chief = staff("director")
    with site.store.work() as work:
        unit = people.add_unit(work, chief, "sn10", "volunteer", "周末队")
        contact = people.save_contact(work, chief, "sn10", people.ContactDraft(name="小王", phone="13800138000"))
    director = enter(chief)

    page = director.get("/desk/routing/rule").text
    director.post("/desk/routing/rules", data={**RULE, "to": f"contact:{contact}", "also": [f"unit:{unit}"]})

    assert f'value="contact:{contact}"' in page
    assert "周末队" in page
    assert "小王" in text(director.get("/desk/routing?q=夜里").text)


def test_what_a_rule_names_and_nobody_can_choose_any_more_is_kept(
    site: Site, staff: StaffFactory, enter: EnterFactory
) -> None:
    director, shipped = enter(staff("director")), routing.shipped()
    old = routing.Rule(
        "old", "target", "unit:99", "老规则", also=("contact:98",), categories=("hazard.gone",), stations=("sn10-*",),
        communities=("sn10",), answers=("gone=yes",),
    )  # fmt: skip
    with site.store.work() as work:
        routing.records.save_draft(work, "sn10", replace(shipped, rules=(old, *shipped.rules)), 0, "程序")
    page = director.get("/desk/routing/rule?name=old").text

    for value in ("unit:99", "contact:98", "hazard.gone", "sn10-*", "gone=yes"):
        assert re.search(rf'value="{re.escape(value)}"( selected| checked)', page), value
    director.post("/desk/routing/rules", data={**RULE, "name": "old", "label": "新名字"})

    assert draft_of(site).rules.rules[0].communities == ("sn10",)


def test_a_rule_that_makes_no_sense_is_refused_and_changes_nothing(
    site: Site, staff: StaffFactory, enter: EnterFactory
) -> None:
    director = enter(staff("director"))

    for wrong in (
        {"to": "mars"}, {"words": "nothing"}, {"begins": "25:00"}, {"begins": "8:00", "ends": "8:00"},
        {"repeats": "-1"}, {"number": "x"}, {"decides": "level", "level": "P9"}, {"label": "长" * 41},
        {"calls": "@all"},
    ):  # fmt: skip
        answer = director.post("/desk/routing/rules", data={**RULE, **wrong})
        assert answer.status_code == 422
        assert field(answer.text, "label") == wrong.get("label", RULE["label"])

    with site.store.look() as work:
        assert routing.draft(work, "sn10") is None
