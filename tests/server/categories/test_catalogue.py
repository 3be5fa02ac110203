"""The catalogue: complete, careful with people, edited in versions."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import look
from gateway.contract.categories import CATEGORIES, Level
from server import categories
from server.categories import Asked, Draft, draft_of, edit, resolve, shipped
from server.categories.rules import from_text, to_text, trouble
from server.kit.errors import Forbidden, Invalid, Refused
from server.kit.site import Site

from ..conftest import ReportFactory, StaffFactory

SHIPPED = list(shipped().values())


def test_the_shipped_catalogue_holds_the_contracts_list_and_what_the_domain_names_besides() -> None:
    assert {one.code for one in CATEGORIES} <= set(shipped())
    assert {
        "person.possible_match", "person.no_answer", "parking.blocking", "rider.help_certificate", "rider.status_query",
    } <= set(shipped())  # fmt: skip


@pytest.mark.parametrize("kind", SHIPPED, ids=lambda kind: kind.code)
def test_a_shipped_category_would_pass_as_an_edit(kind: categories.Kind) -> None:
    assert trouble(kind, look.names(), kind) is None
    assert from_text(to_text(kind), 0, kind.author) == kind
    assert (kind.major, kind.minor, kind.serial) == ("", "", "")


def test_a_lost_person_is_asked_for_three_chips_and_a_photo_is_for_duty_and_never_of_a_child() -> None:
    for code, photo in (("person.lost_elder", True), ("person.lost_child", False)):
        kind = shipped()[code]

        assert [one.name for one in kind.questions] == ["wear", "can_say_name", "still_beside"]
        assert kind.photo == photo
        assert kind.visibility == "duty"


def test_a_fire_lane_and_a_corridor_get_a_second_look_after_three_days() -> None:
    looked = {kind.code: kind.second_look_days for kind in SHIPPED if kind.second_look_days}

    assert looked == {"parking.fire_lane": 3, "charging.corridor": 3}


def test_an_unconscious_person_puts_120_before_the_form() -> None:
    injury = shipped()["person.injury"]

    assert categories.stops(injury, {"conscious": "no"}) == ("120",)
    assert categories.stops(injury, {"conscious": "yes"}) == ()


def test_answers_nobody_asked_for_or_could_give_are_left_out() -> None:
    elder = shipped()["person.lost_elder"]

    kept = categories.clean_answers(
        elder, {"wear": "thin", "can_say_name": "maybe", "name": "王阿婆", "still_beside": ""}
    )

    assert kept == {"wear": "thin"}
    assert categories.answered(elder, kept) == [("穿得怎么样", "穿得少")]


@given(st.dictionaries(st.sampled_from(["wear", "receipt", "conscious", "x"]), st.text()), st.sampled_from(SHIPPED))
def test_whatever_is_sent_as_an_answer_never_breaks_a_report(sent: dict[str, str], kind: categories.Kind) -> None:
    kept = categories.clean_answers(kind, sent)

    assert kept.keys() <= {one.name for one in kind.questions}
    assert all(0 < len(value) <= 60 and value.isprintable() for value in kept.values())


def test_a_name_from_another_list_is_known_and_a_strange_one_is_other() -> None:
    assert resolve("parking.fire_lane") == "parking.fire_lane"
    assert resolve("suggestion.canopy") == "suggestion.idea"
    assert resolve("martians.landed") == "other.other"


def test_every_alias_leads_somewhere() -> None:
    assert set(categories.ALIASES.values()) <= set(shipped())


def test_an_edit_is_a_new_version_and_an_old_ticket_keeps_its_own(
    site: Site, staff: StaffFactory, report: ReportFactory
) -> None:
    director = staff("director", name="陈主任")
    before = report("environment.garbage")
    with site.store.work() as work:
        kind = categories.get(work, "environment.garbage")
        assert kind is not None
        edit(work, director, replace(draft_of(kind), label="垃圾没人收", retired=True))

    after = report("environment.garbage")

    assert (before.kind.label, after.kind.label) == ("垃圾", "垃圾没人收")
    assert before.category_version < after.category_version
    with site.store.look() as work:
        assert [one.author for one in categories.versions(work, "environment.garbage")] == ["陈主任", "出厂设置"]


def test_the_same_words_saved_again_make_no_version(site: Site, staff: StaffFactory) -> None:
    director = staff("director")
    with site.store.work() as work:
        kind = categories.current(work)["environment.garbage"]

        edit(work, director, draft_of(kind))

        assert categories.versions(work, "environment.garbage") == []


def test_who_comes_second_reads_who_was_first(site: Site, staff: StaffFactory) -> None:
    first, second = staff("director", name="甲"), staff("street", name="乙", scopes=("street:songnan",))
    with site.store.work() as work:
        shown = draft_of(categories.current(work)["environment.garbage"])
        edit(work, first, replace(shown, label="垃圾一"))

        with pytest.raises(Refused, match="甲"):
            edit(work, second, replace(shown, label="垃圾二"))


def test_only_a_director_or_the_street_edits(site: Site, staff: StaffFactory) -> None:
    officer = staff("duty")

    with site.store.work() as work, pytest.raises(Forbidden):
        edit(work, officer, draft_of(shipped()["environment.garbage"]))


@pytest.mark.parametrize(
    ("code", "change", "sentence"),
    [
        ("fire.open_flame", {"level": "P2"}, "只能更急"),
        ("fire.open_flame", {"calls": ""}, "不能去掉"),
        ("person.lost_child", {"photo": True}, "孩子的事不要照片"),
        ("person.injury", {"photo": True, "visibility": "ticket"}, "只能给值班员看"),
        ("person.lost_child", {"visibility": "open"}, "不能公示"),
        ("environment.garbage", {"label": ""}, "名称"),
        ("environment.garbage", {"icon": "../../etc/passwd"}, "图标"),
        ("environment.garbage", {"major": "1"}, "国标"),
        ("environment.garbage", {"second_look_days": "-1"}, "天数"),
        ("environment.garbage", {"level": "P9"}, "级别"),
        ("environment.garbage", {"calls": "abc"}, "电话"),
        ("environment.garbage", {"questions": (Asked("a", "问", "choice", (("x", "只有一个", ""),)),)}, "2–5"),
        ("environment.garbage", {"questions": (Asked("a", "问", "text"),) * 2}, "两次"),
        ("environment.garbage", {"questions": tuple(Asked(f"q{n}", "问", "text") for n in range(4))}, "最多问 3"),
        ("environment.garbage", {"questions": (Asked("A B", "问", "text"),)}, "问法"),
    ],
)
def test_an_edit_that_would_do_harm_is_refused_with_a_sentence(
    site: Site, staff: StaffFactory, code: str, change: dict[str, object], sentence: str
) -> None:
    draft: Draft = replace(draft_of(shipped()[code]), **change)  # type: ignore[arg-type]

    director = staff("director")

    with site.store.work() as work, pytest.raises(Invalid, match=sentence):
        edit(work, director, draft)


def test_a_new_category_can_be_reported_at_once(site: Site, staff: StaffFactory, report: ReportFactory) -> None:
    director = staff("director")
    with site.store.work() as work:
        edit(work, director, Draft(code="hazard.bees", label="马蜂窝", icon="alert-triangle", level="P1"))

    ticket = report("hazard.bees", words="树上一个马蜂窝")

    assert (ticket.kind.label, ticket.level) == ("马蜂窝", Level.P1)


@pytest.mark.parametrize("code", ["parking.fire_lane", "parking.spot_taken", "parking.road_block", "parking.blocking"])
def test_where_a_car_stands_its_plate_is_asked_for_and_taken_as_it_is(code: str) -> None:
    kind = shipped()[code]

    kept = categories.clean_answers(kind, {"plate": " 沪ａ·1234i\x00 "})

    assert any(one.kind == "plate" and not one.choices for one in kind.questions)
    assert kept == {"plate": "沪A·1234I"}
