"""The stand-in robots judge as documented, so that what passes them passes the real ones."""

import base64
import hashlib
import hmac
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from urllib.parse import quote_plus

import httpx2
import pytest

from server.alerts.standins import EVERYBODY, KEY, SECRET, DingTalkRobot, FeishuRobot, Robot, WeComRobot
from tests.server.alerts.conftest import StillClock


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture(params=[WeComRobot, DingTalkRobot, FeishuRobot])
def robot(request: pytest.FixtureRequest, clock: StillClock) -> Iterator[Robot]:
    one = request.param(clock)
    yield one
    one.shut()


def code(answer: httpx2.Response) -> int:
    assert answer.status_code == 200
    found = answer.json()
    return int(found.get("errcode", found.get("code")))


def ask(robot: Robot, when: int, text: str = "工单", secret: str = SECRET, **more: object) -> int:
    """What the robot answers to a message signed at a moment (UTC milliseconds)."""
    url, body = robot.url, {"msgtype": "text", "text": {"content": text}, **more}
    if isinstance(robot, DingTalkRobot):
        digest = hmac.new(secret.encode(), f"{when}\n{secret}".encode(), hashlib.sha256).digest()
        url += f"&timestamp={when}&sign={quote_plus(base64.b64encode(digest))}"
    elif isinstance(robot, FeishuRobot):
        seconds = str(when // 1000)
        digest = hmac.new(f"{seconds}\n{secret}".encode(), b"", hashlib.sha256).digest()
        body = {
            "timestamp": seconds, "sign": base64.b64encode(digest).decode(), "msg_type": "text",
            "content": {"text": text}, **more,
        }  # fmt: skip
    return code(httpx2.post(url, json=body))


def test_a_right_message_is_seen_by_the_group(robot: Robot, clock: StillClock) -> None:
    assert ask(robot, clock()) == 0
    assert robot.texts == ["工单"]


def test_a_wrong_secret_and_an_old_signature_are_refused(robot: Robot, clock: StillClock) -> None:
    if isinstance(robot, WeComRobot):
        assert code(httpx2.post(robot.url.replace(KEY, "another"), json={})) == 93000
        return
    refusal = 310000 if isinstance(robot, DingTalkRobot) else 19021

    assert ask(robot, clock(), secret="SECanother") == refusal
    assert ask(robot, clock() - 3_700_000) == refusal
    assert ask(robot, clock() + 3_700_000) == refusal
    assert robot.texts == []


def test_what_is_too_long_is_refused(robot: Robot, clock: StillClock) -> None:
    long = {WeComRobot: 40058, DingTalkRobot: 460101, FeishuRobot: 9499}

    assert ask(robot, clock(), "长" * (683 if isinstance(robot, WeComRobot) else 7000)) == long[type(robot)]
    assert ask(robot, clock(), "长" * 682) == 0


def test_what_cannot_be_read_is_refused_and_nothing_breaks(robot: Robot, clock: StillClock) -> None:
    unreadable = {WeComRobot: 47001, DingTalkRobot: 40035, FeishuRobot: 9499}[type(robot)]
    headers = {"Content-Type": "application/json"}

    for content in (b"", b"\xff", b"[]", b"null"):
        assert code(httpx2.post(robot.url, content=content, headers=headers)) == unreadable
    assert code(httpx2.post(robot.url, content=b"{}", headers={"Content-Type": "text/plain"})) == unreadable
    assert ask(robot, clock(), text=5, content=[]) != 0  # type: ignore[arg-type]


def test_too_many_in_a_minute_are_refused_and_the_block_lasts_as_documented(robot: Robot, clock: StillClock) -> None:
    most, refusal = {WeComRobot: (20, 45009), DingTalkRobot: (20, 130101), FeishuRobot: (5, 11232)}[type(robot)]

    taken = [ask(robot, clock()) for _ in range(most + 1)]
    clock.forward(61_000)
    a_minute_later = ask(robot, clock())
    clock.forward(601_000)
    later = ask(robot, clock())

    assert taken == [0] * most + [refusal]
    assert a_minute_later == (130101 if isinstance(robot, DingTalkRobot) else 0)
    assert later == 0


def test_calling_everybody_is_seen(clock: StillClock) -> None:
    robots = [WeComRobot(clock), DingTalkRobot(clock), FeishuRobot(clock)]

    httpx2.post(robots[0].url, json={"msgtype": "text", "text": {"content": "x", "mentioned_list": ["@all"]}})
    ask(robots[1], clock(), text="x", at={"isAtAll": True})
    ask(robots[2], clock(), text='<at user_id="all">x')

    assert [robot.texts[0].startswith(EVERYBODY) for robot in robots] == [True] * 3
    for robot in robots:
        robot.shut()


def test_the_command_runs_all_three_and_says_how_to_reach_them(free_ports: Callable[[int], int]) -> None:
    first = free_ports(3)
    command = "import typer; from server.console.robots import robots; typer.run(robots)"
    running = subprocess.Popen(
        [sys.executable, "-u", "-c", command, "--port", str(first)],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert running.stdout is not None
    lines: list[str] = []
    while not lines or "Ctrl-C" not in lines[-1]:
        lines.append(running.stdout.readline())
        assert lines[-1], "it ended before it was ready"

    answer = httpx2.post(
        f"http://127.0.0.1:{first}/cgi-bin/webhook/send?key={KEY}",
        json={"msgtype": "text", "text": {"content": "到了"}},
    )
    running.send_signal(signal.SIGINT)
    more, _ = running.communicate(timeout=30)

    assert answer.json()["errcode"] == 0
    assert [f'kind = "{kind}"' in "".join(lines) for kind in ("wecom", "dingtalk", "feishu")] == [True] * 3
    assert "到了" in more
    assert running.returncode == 0
