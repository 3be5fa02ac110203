"""Words offered with a move are filled with the ticket's own facts, and a letter gives nothing away."""

from typing import Any

import pytest

from server import incidents, replies
from server.incidents import Incident
from server.kit.clock import DAY_MS, MINUTE_MS, day
from server.kit.site import Site
from server.replies import Choice, Draft
from server.staff import Person

LANE = "parking.fire_lane"


def choices(site: Site, incident: Incident, move: str, **given: Any) -> list[Choice]:
    with site.store.look() as look:
        found = incidents.get(look, incident.id)
        assert found is not None
        return replies.choices(look, found, move, **given)


def write(site: Site, person: Person, text: str, *, key: str = "", **more: Any) -> replies.Template:
    values: dict[str, Any] = {"move": "close", "category": "*", "title": "自己写的", "text": text, **more}
    with site.store.work() as work:
        return replies.save(work, person, "sn10", key, Draft(**values))


def test_the_most_specific_comes_first_and_facts_are_filled_in(site: Site, report: Any, clock: Any) -> None:
    incident = report(LANE, place="北门口")
    clock.forward(42 * MINUTE_MS)

    found = choices(site, incident, "close")

    receipt = [one for one in found if not one.letter]
    assert (
        receipt[0].text_filled
        == "北门口的消防通道已经让出来了，物业秩序去现场看过。这条路关系到整栋楼的人，谢谢你拍下来。"
    )
    assert [one.id for one in receipt] == ["s-close-fire-lane", "s-close-parking", "s-close", "s-close-again"]
    assert "一共 42 分钟" in receipt[2].text_filled
    assert any(one.letter for one in found)


def test_a_communitys_own_words_stand_before_ours_and_only_there(site: Site, report: Any, staff: Any) -> None:
    own = write(site, staff("director"), "我们{居委}谢谢你。", category=LANE)

    first = choices(site, report(LANE), "close")[0]

    assert (first.id, first.text_filled) == (own.key, "我们淞南十村居委会谢谢你。")
    assert own.key not in {one.id for one in choices(site, report(LANE, station="sn11-gate"), "close")}


def test_rewording_ours_replaces_it_and_retiring_hides_it(site: Site, report: Any, staff: Any) -> None:
    director, incident = staff("director"), report(LANE)

    reworded = write(site, director, "路通了，谢谢。", key="s-close-parking", category="parking.*")
    offered = {one.id: one.text_filled for one in choices(site, incident, "close")}
    assert offered[reworded.key] == "路通了，谢谢。"
    assert "s-close-parking" not in offered

    write(site, director, "路通了，谢谢。", key=reworded.key, category="parking.*", retired=True, version=1)
    assert not {reworded.key, "s-close-parking"} & {one.id for one in choices(site, incident, "close")}


def test_without_a_trusted_clock_nothing_is_said_of_the_time_taken(site: Site, report: Any) -> None:
    incident = report(LANE, place="北门口", estimated=True)

    assert not any("一共" in one.text_filled for one in choices(site, incident, "close"))
    assert all(one.text_filled for one in choices(site, incident, "close"))


def test_what_the_form_asks_for_is_filled_when_it_is_sent(site: Site, report: Any, clock: Any) -> None:
    incident = report("hazard.manhole")
    until = clock() + 7 * DAY_MS

    waiting = choices(site, incident, "transfer")[0].text_filled
    with site.store.look() as look:
        sent = replies.complete(look, incident, waiting, body="市政养护", until=until)
        without = replies.complete(look, incident, waiting, body="市政养护")

    assert "{对方}" in waiting
    assert "{日期}" in waiting
    assert sent == f"这段路归市政养护管，我们已经报过去了，还没有修好，你经过请慢一点。{day(until)} 我们再去问。"
    assert without == "这段路归市政养护管，我们已经报过去了，还没有修好，你经过请慢一点。"
    assert choices(site, incident, "transfer", body="市政养护", until=until)[0].text_filled == sent


def test_what_is_shelved_or_handed_over_is_never_said_to_be_solved(site: Site, report: Any, staff: Any) -> None:
    director = staff("director")
    word = write(site, director, "已经修好了，谢谢你。", move="word")
    incident = report("facility.light")
    assert word.key not in {one.id for one in choices(site, incident, "word")}

    for move in ("transfer", "shelve", "extend"):
        for one in choices(site, incident, move):
            assert "已解决" not in one.text_filled
            assert "好了" not in one.text_filled

    with site.store.work() as work:
        work.run("update incidents set state = 'closed' where id = ?", (incident.id,))
    assert word.key in {one.id for one in choices(site, incident, "word")}


@pytest.mark.parametrize(
    "category", ["person.lost_elder", "person.elder_needs_help", LANE, "hazard.ice", "facility.light"]
)
def test_a_letter_names_no_person_plate_phone_or_flat(site: Site, report: Any, category: str) -> None:
    incident = report(category, place="7号楼301王阿婆家 沪A12345 13812345678", words="王阿婆")

    letters = [one.text_filled for one in choices(site, incident, "close") if one.letter]

    assert letters
    for text in letters:
        assert not any(secret in text for secret in ("王阿婆", "301", "沪A", "138", incident.number))
        if incident.kind.private:
            assert "7号楼" not in text
            assert incident.kind.label not in text


def test_a_letter_may_name_a_spot_that_everybody_knows(site: Site, report: Any) -> None:
    texts = [
        one.text_filled for one in choices(site, report(LANE, place="北门口左手第二家李某"), "close") if one.letter
    ]

    assert any(text.startswith("北门口的路通了") for text in texts)


@pytest.mark.parametrize(
    ("place", "public"),
    [("北大门口沪A12345", "北门口"), ("13号楼", "13号楼"), ("三幢302", "3号楼"), ("老王家", "小区里")],
)
def test_a_letters_place_is_a_known_spot_a_building_or_the_estate(
    site: Site, report: Any, place: str, public: str
) -> None:
    letters = [one.text_filled for one in choices(site, report(LANE, place=place), "close") if one.letter]

    assert letters[0].startswith(f"{public}的路通了")


def test_what_a_reporter_wrote_stays_text(site: Site, report: Any) -> None:
    incident = report(LANE, place="<b>{单号}</b>\u202e@all =1+1")

    text = choices(site, incident, "close")[0].text_filled

    assert text.startswith("<b>｛单号｝</b>@all =1+1的消防通道")
    with site.store.look() as look:
        assert replies.complete(look, incident, text) == text


def test_what_was_sent_does_not_change_with_the_template(site: Site, report: Any, staff: Any, walk: Any) -> None:
    director, checker = staff("director"), staff("committee")
    own = write(site, director, "第一种说法。", category=LANE)
    incident = walk(report(LANE), director, "file", "dispatch", "done")
    walk(incident, checker, "verify")
    walk(incident, checker, "close", reply=choices(site, incident, "close")[0].text_filled)

    write(site, director, "第二种说法。", category=LANE, key=own.key, version=1)

    with site.store.look() as look:
        found = incidents.get(look, incident.id)
        assert found is not None
        assert found.reply == "第一种说法。"
        assert incidents.history(look, incident.id)[-1].reply == "第一种说法。"


def test_every_move_that_speaks_has_something_to_say_for_every_category(site: Site, report: Any) -> None:
    incident = report("other.other")

    for move in ("close", "reject", "void", "transfer", "shelve", "extend", "word", "ask", "return"):
        assert choices(site, incident, move), move
    assert choices(site, incident, "handback") == []
