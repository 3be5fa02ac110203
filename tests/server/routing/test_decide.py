"""What holds for every set of rules: nothing goes nowhere, nothing urgent is lowered or put into a queue."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.contract.categories import Desk, Level
from server.categories import shipped as kinds
from server.routing import QUEUE, TARGETS, TOLD, Broken, Case, Keywords, Rule, RuleSet, body_of, decide, desk_of, read
from server.routing import shipped as rules_shipped
from server.routing.words import Text

KINDS = list(kinds().values())
FIRE_LANE = Case("sn10", "sn10-north", kinds()["parking.fire_lane"])
FLAME = Case("sn10", "sn10-north", kinds()["fire.open_flame"])
WORDS = {"a": Keywords(("车",)), "b": Keywords(("救命", "火"), ("没…火",))}


def lists(values: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


ASKED = {
    "categories": lists(["parking.*", "fire.*", "*", "person.lost_elder"]),
    "levels": lists(list(Level)),
    "channels": lists(["phone", "device"]),
    "days": lists(["workday", "holiday"]),
    "words": lists(["a", "b"]),
    "hours": st.none() | st.tuples(st.integers(0, 1440), st.integers(0, 1440)),
    "repeats": st.integers(0, 3),
}
LEVEL_RULES = st.builds(Rule, name=st.uuids().map(str), decides=st.just("level"), to=st.sampled_from(Level), **ASKED)
TARGET_RULES = st.builds(
    Rule,
    name=st.uuids().map(str),
    decides=st.just("target"),
    to=st.sampled_from([*TARGETS, "unit:9", "contact:9"]),
    also=lists([*TOLD, "unit:9"]),
    **ASKED,
)
RULES = st.lists(LEVEL_RULES | TARGET_RULES, max_size=8).map(lambda rules: RuleSet(tuple(rules), WORDS))
CASES = st.builds(
    Case,
    community=st.just("sn10"),
    station=st.just("sn10-north"),
    kind=st.sampled_from(KINDS),
    words=st.text(alphabet="车火救命没 a。", max_size=12),
    channel=st.sampled_from(["phone", "kiosk", "device"]),
    minute=st.integers(0, 1439),
    repeats=st.integers(0, 5),
)


@given(CASES, RULES)
def test_no_set_of_rules_makes_a_report_go_nowhere(case: Case, rules: RuleSet) -> None:
    answer = decide(case, rules)

    assert answer.desk in set(Desk)
    assert answer.target in TARGETS
    assert answer.target not in answer.also


@given(CASES, RULES)
def test_no_set_of_rules_lowers_or_queues_what_is_urgent(case: Case, rules: RuleSet) -> None:
    answer = decide(case, rules)

    if case.kind.level in {"P0", "P1"}:
        assert answer.level <= case.kind.level
    if answer.level in {"P0", "P1"}:
        assert answer.target != QUEUE
        assert answer.desk is Desk.DUTY or "duty" in answer.also


@given(CASES, RULES)
def test_the_same_report_always_goes_the_same_way(case: Case, rules: RuleSet) -> None:
    assert decide(case, rules) == decide(case, rules)


@given(CASES, RULES, st.integers(0, 8), TARGET_RULES)
def test_a_rule_that_does_not_match_changes_nothing_wherever_it_stands(
    case: Case, rules: RuleSet, place: int, rule: Rule
) -> None:
    stranger = replace(rule, communities=("elsewhere",))
    more = replace(rules, rules=(*rules.rules[:place], stranger, *rules.rules[place:]))

    assert decide(case, more) == decide(case, rules)


@given(CASES, RULES, st.randoms())
def test_the_level_does_not_hang_on_the_order_of_raising_rules(case: Case, rules: RuleSet, chance: object) -> None:
    raising = [rule for rule in rules.rules if rule.decides == "level" and rule.to < case.kind.level]
    shuffled = list(raising)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    one, other = (decide(case, RuleSet(tuple(order), WORDS)).level for order in (raising, shuffled))

    assert one == other


@given(st.text(max_size=600), st.sampled_from([kind for kind in KINDS if kind.level in {"P0", "P1"}]))
@settings(max_examples=200)
def test_no_words_ever_lower_an_emergency(words: str, kind: object) -> None:
    answer = decide(replace(FLAME, kind=kind, words=words), rules_shipped())  # type: ignore[arg-type]

    assert answer.level <= kind.level  # type: ignore[attr-defined]
    assert answer.target != QUEUE


@given(RULES)
def test_rules_survive_being_written_down(rules: RuleSet) -> None:
    known = RuleSet(rules.rules, WORDS)

    assert read(body_of(known)).rules == known.rules


def test_the_first_target_that_matches_wins() -> None:
    rules = RuleSet((Rule("one", "target", "grid"), Rule("two", "target", "street")), {})

    assert (decide(FIRE_LANE, rules).target, decide(FIRE_LANE, rules).why) == ("grid", ("one",))


def test_the_more_urgent_level_wins_though_it_stands_below() -> None:
    rules = RuleSet((Rule("one", "level", "P1"), Rule("two", "level", "P0")), {})

    assert (decide(FIRE_LANE, rules).level, decide(FIRE_LANE, rules).why) == ("P0", ("two",))


def test_a_target_that_is_gone_is_named_and_passed_over() -> None:
    rules = RuleSet((Rule("gone", "target", "unit:9"), Rule("next", "target", "grid", also=("contact:4",))), {})

    answer = decide(FIRE_LANE, rules)

    assert answer.target == "grid"
    assert answer.broken == (Broken("gone", "unit:9"), Broken("next", "contact:4"))
    assert answer.also == ()


def test_without_any_rule_a_report_waits_in_the_queue_and_an_emergency_goes_to_the_duty_officer() -> None:
    empty = RuleSet((), {})

    assert (decide(FIRE_LANE, empty).target, decide(FIRE_LANE, empty).desk) == (QUEUE, Desk.DUTY)
    assert decide(FLAME, empty).target == "duty"


def test_hours_may_run_over_midnight_and_days_are_kinds_of_day() -> None:
    night = RuleSet((Rule("night", "target", "duty", hours=(22 * 60, 6 * 60), days=("workday",)),), {})

    def to(minute: int, day: str = "workday") -> str:
        return decide(replace(FIRE_LANE, minute=minute, day=day), night).target

    assert [to(22 * 60), to(0), to(359), to(360), to(12 * 60), to(0, "holiday")] == [
        "duty", "duty", "duty", QUEUE, QUEUE, QUEUE,
    ]  # fmt: skip


def test_answers_channels_and_buildings_can_be_asked() -> None:
    rules = RuleSet(
        (
            Rule("device", "target", "grid", channels=("device",)),
            Rule("answer", "target", "street", answers=("waiting=yes",)),
            Rule("building", "target", "volunteer", building=True),
        ),
        {},
    )

    assert decide(replace(FIRE_LANE, channel="device"), rules).target == "grid"
    assert decide(replace(FIRE_LANE, answers={"waiting": "yes"}), rules).target == "street"
    assert decide(replace(FIRE_LANE, building=True), rules).target == "volunteer"


def test_an_answer_raises_the_level_as_words_do() -> None:
    elder = replace(FLAME, kind=kinds()["person.lost_elder"])

    assert decide(elder, rules_shipped()).level == "P1"
    assert decide(replace(elder, answers={"wear": "thin"}), rules_shipped()).level == "P0"


def test_a_keyword_is_found_however_it_is_typed() -> None:
    found = Text("我要ＷＷＷ．Ｘ．ｔｏｐ  看", "没 穿 好的 外套", "电话138-0013-8000", "隐\u200b形")

    assert found.has(Keywords(("{link}",)))
    assert found.has(Keywords(("{phone}",)))
    assert found.has(Keywords(("没…外套",)))
    assert found.has(Keywords(("隐形",)))
    assert not found.has(Keywords(("没…电话",)))


def test_a_gap_ends_with_the_sentence() -> None:
    assert not Text("没带。穿了外套").has(Keywords(("没…外套",)))
    assert not Text("没有一二三四五六七外套").has(Keywords(("没有…外套",)))


def test_any_of_the_words_between_bars_will_do() -> None:
    fire = Keywords(("楼道|车棚…着火|起火",), ("差点|险些…着火", "演习|演练"))

    assert Text("车棚那边起火了").has(fire)
    assert not Text("厨房起火了").has(fire)
    assert not Text("楼道险些着火").has(fire)
    assert not Keywords(("浇灭|扑灭",), ("扑灭演练|浇灭演练",)).stands_in("扑灭演练")


def test_a_turn_of_phrase_ends_with_its_clause() -> None:
    fire = Keywords(("着火",), ("差点…着火",))

    assert not Text("差点就着火").has(fire)
    assert Text("差点没跑掉 着火了").has(fire)
    assert Text("差点没跑掉，着火了").has(fire)


def test_a_turn_of_phrase_hides_only_itself() -> None:
    fell = Keywords(("摔",), ("差点…摔",))

    assert not Text("差点就摔").has(fell)
    assert Text("差点就摔 后来真摔").has(fell)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"to": "mars"}, "接收方"),
        ({"decides": "level", "to": "P7"}, "级别"),
        ({"decides": "dinner"}, "要么"),
        ({"also": ["everybody"]}, "还告诉谁"),
        ({"words": ["nothing"]}, "词组"),
        ({"days": ["someday"]}, "日子"),
        ({"hours": [0, 9999]}, "时间"),
        ({"calls": ["@all"]}, "电话"),
        ({"surprise": 1}, "读不懂"),
        ({"name": ""}, "代号"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_a_sentence(change: dict[str, object], sentence: str) -> None:
    good = {"name": "x", "decides": "target", "to": "duty"}

    with pytest.raises(ValueError, match=sentence):
        read({"words": {}, "rules": [{**good, **change}]})


@pytest.mark.parametrize("keyword", ["", " ", "…", "没…", "x" * 31, "着火|", "|", "a…b…c…d", "火|" * 60 + "火"])
def test_a_keyword_of_nothing_is_refused(keyword: str) -> None:
    with pytest.raises(ValueError, match="词"):
        read({"words": {"w": {"any": [keyword]}}, "rules": []})


def test_every_shipped_set_of_words_has_a_name_for_people_and_is_asked_for() -> None:
    rules = rules_shipped()

    assert [name for name, one in rules.words.items() if not one.label] == []
    assert rules.words.keys() == {name for rule in rules.rules for name in rule.words}


def test_every_shipped_target_is_there_without_anybody_having_entered_people() -> None:
    for rule in rules_shipped().target_rules:
        assert rule.to == "category" or desk_of(rule.to) is not None
