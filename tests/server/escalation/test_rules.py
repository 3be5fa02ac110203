from dataclasses import replace

import pytest

from gateway.contract.categories import Level
from server.alerts import DIGEST, ONCE, RING
from server.clocks import Stage
from server.escalation import rules
from server.escalation.rules import AFTER, AMBER, RED, SHIPPED, Step

STEP = Step(Level.P2, Stage.HANDLE, RED, "desk", ONCE)


@pytest.mark.parametrize("level", list(Level))
def test_what_is_shipped_is_right(level: Level) -> None:
    assert rules.trouble(level, [step for step in SHIPPED if step.level is level]) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"when": "green"}, "什么时候"),
        ({"manner": "shout"}, "怎么叫"),
        ({"whom": "king"}, "告诉谁"),
        ({"when": AFTER}, "1 分钟到 30 天"),
        ({"when": AFTER, "minutes": 44_000}, "1 分钟到 30 天"),
        ({"manner": RING}, "夜里不响"),
        ({"level": Level.P1, "manner": DIGEST}, "不能只进汇总"),
        ({"level": Level.P0, "stage": Stage.ACKNOWLEDGE}, "一直响"),
    ],
)
def test_a_wrong_step_is_refused_with_a_sentence(change: dict[str, object], said: str) -> None:
    step = replace(STEP, **change)  # type: ignore[arg-type]

    refusal = rules.trouble(step.level, [step])

    assert refusal is not None and said in refusal


def test_the_most_urgent_levels_cannot_be_put_to_sleep() -> None:
    steps = [step for step in SHIPPED if step.level is Level.P0 and step.when != RED]

    assert "必须马上响" in (rules.trouble(Level.P0, steps) or "")
    assert "必须马上响" in (rules.trouble(Level.P1, []) or "")
    assert rules.trouble(Level.P3, []) is None


def test_the_same_step_twice_is_refused() -> None:
    assert "已经有了" in (rules.trouble(Level.P2, [STEP, replace(STEP, manner=DIGEST)]) or "")


def test_a_step_reads_like_a_sentence() -> None:
    assert rules.say(replace(STEP, when=AMBER)) == "处理 变黄（用掉 80%） → 责任方，上班时间发一次"
    late = Step(Level.P2, Stage.HANDLE, AFTER, "street", ONCE, 540, True, supervise=True)
    assert rules.say(late) == "处理 超时以后再过 1 个工作日 → 街道城运，上班时间发一次，督办"
    spans = [rules.span(minutes, False) for minutes in (5, 90, 120, 1440)]
    assert spans == ["5 分钟", "1 小时 30 分钟", "2 小时", "1 天"]
