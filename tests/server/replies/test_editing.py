"""A community words its own replies; every version stays with its author and date."""

from typing import Any

import pytest

from server import replies
from server.kit.errors import Forbidden, Invalid, Missing, Refused
from server.kit.site import Site
from server.replies import Draft, Template
from server.staff import Person

GOOD = Draft("close", "parking.*", False, "路通了", "{地点}的路通了。")


def save(site: Site, person: Person, draft: Draft = GOOD, key: str = "", community: str = "sn10") -> Template:
    with site.store.work() as work:
        return replies.save(work, person, community, key, draft)


@pytest.mark.parametrize("role", ["director", "committee"])
def test_director_and_committee_write_for_their_community(site: Site, staff: Any, role: str) -> None:
    saved = save(site, staff(role, name="王主任"))

    assert (saved.author, saved.version, saved.community) == ("王主任", 1, "sn10")


def test_a_street_writes_for_those_below_it_and_nobody_for_others(site: Site, staff: Any) -> None:
    street = staff("street", scopes=("street:songnan",))

    assert save(site, street, community="sn11").community == "sn11"
    with pytest.raises(Missing):
        save(site, street, community="yh1")


@pytest.mark.parametrize("role", ["duty", "district", "prop_guard"])
def test_others_read_but_do_not_write(site: Site, staff: Any, role: str) -> None:
    with pytest.raises(Forbidden):
        save(site, staff(role))


def test_every_version_stays_with_author_and_date(site: Site, staff: Any) -> None:
    first = save(site, staff("director", name="王主任"))
    second = save(
        site, staff("committee", name="李干部"), Draft(**{**as_dict(GOOD), "text": "通了。", "version": 1}), first.key
    )

    with site.store.look() as look:
        history = replies.history(look, second)
    assert [(one.version, one.author, one.text) for one in history] == [
        (2, "李干部", "通了。"),
        (1, "王主任", "{地点}的路通了。"),
    ]


def test_the_history_of_a_reworded_one_ends_with_what_was_shipped(site: Site, staff: Any) -> None:
    saved = save(site, staff("director"), key="s-close-parking")

    with site.store.look() as look:
        assert [one.author for one in replies.history(look, saved)][-1] == replies.AUTHOR
        assert replies.template(look, "sn10", "s-close-parking").key == saved.key
        assert replies.template(look, "sn11", "s-close-parking").version == 0


def test_the_same_words_again_make_no_new_version(site: Site, staff: Any) -> None:
    director = staff("director")
    first = save(site, director)

    again = save(site, director, replies.draft_of(first), first.key)

    assert again.version == 1


def test_who_comes_second_reads_who_was_first_and_loses_nothing(site: Site, staff: Any) -> None:
    director, other = staff("director", name="王主任"), staff("committee")
    save(site, director, key="s-close-parking")

    with pytest.raises(Refused, match=r"王主任 .*刚改过"):
        save(site, other, key="s-close-parking")


def test_another_communitys_template_is_not_there(site: Site, staff: Any) -> None:
    first = save(site, staff("director"))

    with pytest.raises(Missing):
        save(site, staff("director", scopes=("community:yh1",)), key=first.key, community="yh1")
    with pytest.raises(Missing):
        save(site, staff("director"), key="o-99")


def test_unknown_placeholders_and_control_characters_go_nowhere(site: Site, staff: Any) -> None:
    director = staff("director")

    with pytest.raises(Invalid, match=r"不认识 \{姓名\}"):
        save(site, director, Draft(**{**as_dict(GOOD), "text": "{姓名}你好"}))
    saved = save(site, director, Draft(**{**as_dict(GOOD), "text": "｛地点｝好\u202e了\x00。", "title": " 路\n通 "}))

    assert (saved.text, saved.title) == ("{地点}好了。", "路 通")


def test_the_preview_reads_like_an_example_and_like_the_last_ticket(site: Site, staff: Any, report: Any) -> None:
    report("parking.fire_lane", place="南门")
    last = report("parking.road_block", place="东门")
    report("facility.light", place="3号楼")
    director, other = staff("director"), staff("duty", scopes=("community:yh1",))
    with site.store.look() as look:
        seen = replies.preview(look, director, "sn10", GOOD)
        stranger = replies.preview(look, other, "sn10", GOOD)

    assert (seen.trouble, seen.example, seen.real, seen.real_number) == (
        "",
        "北门口的路通了。",
        "东门的路通了。",
        last.number,
    )
    assert (stranger.real, stranger.real_number) == ("", "")


def test_the_preview_of_a_letter_hides_what_the_letter_will_hide(site: Site, staff: Any, report: Any) -> None:
    report("person.lost_elder", place="7号楼301王阿婆家")
    director = staff("director")
    with site.store.look() as look:
        seen = replies.preview(look, director, "sn10", Draft("close", "person.*", True, "信", "{地点}，{类别}。"))

    assert seen.example == seen.real == "小区里，有人需要帮助。"


def as_dict(draft: Draft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in Draft.__dataclass_fields__}
