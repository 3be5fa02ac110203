import email
import hashlib
import hmac
import socket
import socketserver
import sys
import threading
from collections.abc import Callable, Iterator
from email import policy
from types import SimpleNamespace
from typing import ClassVar

import pytest

from server.alerts.channels import (
    Answer,
    Apprise,
    DingTalk,
    Feishu,
    Mail,
    Message,
    NoApprise,
    Post,
    Sms,
    Webhook,
    WeCom,
)
from server.alerts.channels import post as post_module
from server.alerts.channels.post import NotSent, is_public, why_not
from server.kit.clock import now_ms
from tests.server.alerts.robots import KEY, SECRET, DingTalkRobot, Elsewhere, FeishuRobot, Robot, WeComRobot

MESSAGE = Message("M1", "老人走失", "【P1 紧急】老人走失\n地点：北门站", True)
OTHERS = [WeComRobot, DingTalkRobot, FeishuRobot]


@pytest.fixture(params=OTHERS, ids=lambda kind: kind.kind)
def robot(request: pytest.FixtureRequest) -> Iterator[Robot]:
    one: Robot = request.param(now_ms)
    yield one
    one.shut()


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    one = Elsewhere()
    yield one
    one.shut()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deadlines so short that a test need not wait for them."""
    monkeypatch.setattr(post_module, "READ_S", 0.3)
    monkeypatch.setattr(post_module, "WHOLE_S", 0.5)


def speaker(
    robot: Robot, secret: str = SECRET, url: str = "", clock: Callable[[], int] = now_ms
) -> WeCom | DingTalk | Feishu:
    kind = {"wecom": WeCom, "dingtalk": DingTalk, "feishu": Feishu}[robot.kind]
    return kind(robot.kind, url or robot.url, secret, Post(allow_private=True), clock)


def test_a_robot_takes_a_signed_message_and_says_so(robot: Robot) -> None:
    answer = speaker(robot).send(MESSAGE)

    assert answer.confirmed
    assert robot.texts == [MESSAGE.text]
    assert robot.requests[0][1]["content-type"] == "application/json; charset=utf-8"
    assert robot.requests[0][1]["host"] == f"127.0.0.1:{robot.port}"


@pytest.mark.parametrize("kind", [DingTalkRobot, FeishuRobot])
def test_a_wrong_secret_is_an_error_inside_a_200_and_is_not_tried_again(kind: type[Robot]) -> None:
    robot = kind(now_ms)

    answer = speaker(robot, secret="another one").send(MESSAGE)

    assert answer.confirmed is False
    assert not answer.again
    assert "310000" in answer.words or "19021" in answer.words
    assert robot.texts == []
    robot.shut()


def test_a_clock_an_hour_off_is_an_error_that_is_read() -> None:
    robot = DingTalkRobot(now_ms)

    answer = speaker(robot, clock=lambda: now_ms() - 2 * 3_600_000).send(MESSAGE)

    assert answer == Answer(False, "错误码 310000 invalid timestamp", 0, False)
    robot.shut()


def test_a_wrong_key_is_named_without_the_key() -> None:
    robot = WeComRobot(now_ms)

    answer = speaker(robot, url=robot.url.replace(KEY, "another-key-0123456789")).send(MESSAGE)

    assert answer.confirmed is False
    assert "93000" in answer.words
    assert "another-key" not in answer.words
    robot.shut()


def test_too_many_messages_block_a_robot_as_long_as_it_says() -> None:
    waits = {}
    for kind in OTHERS:
        robot = kind(lambda: 1795000000000)
        channel = speaker(robot, clock=lambda: 1795000000000)
        answers = [channel.send(MESSAGE) for _ in range(21)]
        waits[robot.kind] = next(answer.blocked_ms for answer in answers if not answer.confirmed)
        robot.shut()

    assert waits == {"wecom": 60_000, "dingtalk": 600_000, "feishu": 60_000}


@pytest.mark.parametrize(
    ("mood", "words"),
    [
        ("hang", "连上了，但对方一直不回答"),
        ("drip", "对方的回答看不懂"),
        ("garbage", "对方的回答看不懂"),
        ("error500", "HTTP 500"),
        ("busy", "HTTP 429 太频繁"),
        ("redirect", "HTTP 302"),
    ],
)
@pytest.mark.usefixtures("hurried")
def test_a_robot_that_misbehaves_confirms_nothing(robot: Robot, mood: str, words: str) -> None:
    robot.mood = mood

    answer = speaker(robot).send(MESSAGE)

    assert answer.confirmed is False
    assert answer.words == words
    assert answer.again
    assert robot.texts == []


def test_a_closed_port_confirms_nothing(robot: Robot) -> None:
    robot.shut()

    assert speaker(robot).send(MESSAGE) == Answer(False, "连不上对方")


def test_429_names_how_long_to_wait(elsewhere: Elsewhere) -> None:
    elsewhere.mood = "busy"
    channel = Webhook("out", elsewhere.url, SECRET, 60, Post(allow_private=True), now_ms)

    assert channel.send(MESSAGE).blocked_ms == 60_000


def test_only_single_persons_are_mentioned() -> None:
    robot = WeComRobot(now_ms)

    speaker(robot).send(Message("M1", "", "x", True, mentions=("wang", "@all", "ALL")))

    assert robot.bodies[0]["text"]["mentioned_list"] == ["wang"]
    robot.shut()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.1", "100.64.0.1", "224.0.0.1",
        "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::",
        "64:ff9b::7f00:1", "64:ff9b::a00:1", "240.0.0.1", "255.255.255.255", "198.18.0.1",
    ],
)  # fmt: skip
def test_an_address_inside_is_known_in_every_disguise(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2400:3200::1", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_an_address_outside_is_known(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "https://127.0.0.1/", "https://[::1]/", "https://localhost/", "https://a.local/x",
        "https://user:word@example.com/", "ftp://example.com/", "https://", "https://10.0.0.1:99999/", "javascript:x",
        "https://169.254.169.254/latest/meta-data",
    ],
)  # fmt: skip
def test_an_address_that_will_not_do_is_refused_in_the_file_already(url: str) -> None:
    assert why_not(url, allow_private=False)


def test_a_name_that_leads_inside_is_refused_when_it_is_used(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    def inside(host: str, port: int, **more: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", port)),
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]  # fmt: skip

    monkeypatch.setattr(socket, "getaddrinfo", inside)

    with pytest.raises(NotSent, match="内网") as refusal:
        Post().send("POST", f"https://rebinding.example:{elsewhere.port}/", b"{}", {})

    assert not refusal.value.again
    assert elsewhere.requests == []


def test_the_connection_goes_to_the_address_that_was_checked(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, looked_up = socket.getaddrinfo, []

    def rebinding(host: str, *rest: object, **more: object) -> object:
        looked_up.append(host)
        name = "127.0.0.1" if host == "rebinding.example" else host
        return real(name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)

    reply = Post(allow_private=True).send("POST", f"http://rebinding.example:{elsewhere.port}/hook", b"{}", {})

    assert reply.status == 200
    assert looked_up.count("rebinding.example") == 1
    assert elsewhere.requests[0][1]["host"] == f"rebinding.example:{elsewhere.port}"


def test_a_webhook_is_signed_over_time_and_body(elsewhere: Elsewhere) -> None:
    channel = Webhook("out", elsewhere.url, SECRET, 60, Post(allow_private=True), now_ms)

    answer = channel.send(MESSAGE)

    _, headers, body = elsewhere.requests[0]
    signed = hmac.new(SECRET.encode(), f"{headers['x-cxz-timestamp']}.".encode() + body, hashlib.sha256).hexdigest()
    assert answer.confirmed
    assert headers["x-cxz-signature"] == f"sha256={signed}"
    assert headers["x-cxz-message"] == "M1"


def test_a_redirect_is_not_followed(elsewhere: Elsewhere) -> None:
    elsewhere.mood = "redirect"
    channel = Webhook("out", elsewhere.url, SECRET, 60, Post(allow_private=True), now_ms)

    answer = channel.send(MESSAGE)

    assert answer == Answer(False, "HTTP 302 对方要跳转，不跟随", again=False)
    assert len(elsewhere.requests) == 1


def sms(elsewhere: Elsewhere, **more: dict[str, str]) -> Sms:
    values: dict[str, dict[str, str]] = {
        "headers": {"Authorization": "Bearer very-secret-token"},
        "form": {},
        "body": {"mobile": "{phone}", "content": "【畅小站】{text}", "sign": "{mark}"},
        "confirm": {"result.code": "0"},
        **more,
    }
    return Sms(
        "sms", elsewhere.url, values["headers"], values["form"], values["body"], values["confirm"], 600, 60,
        Post(allow_private=True),
    )  # fmt: skip


def test_a_text_message_fills_the_providers_template(elsewhere: Elsewhere) -> None:
    elsewhere.says = b'{"result": {"code": 0}}'

    answer = sms(elsewhere).send(Message("M1", "", "着火了 {phone}", True, address="13800138000"))

    assert answer.confirmed
    sent = elsewhere.requests[0][2].decode()
    assert sent == '{"mobile":"13800138000","content":"【畅小站】着火了 {phone}","sign":"M1"}'
    assert elsewhere.requests[0][1]["authorization"] == "Bearer very-secret-token"


def test_a_provider_that_answers_200_with_an_error_confirms_nothing(elsewhere: Elsewhere) -> None:
    elsewhere.says = '{"result": {"code": 42}, "msg": "13800138000 very-secret-token 余额不足"}'.encode()

    answer = sms(elsewhere).send(Message("M1", "", "着火了", True, address="13800138000"))

    assert answer.confirmed is False
    assert "42" in answer.words
    assert "13800138000" not in answer.words


def test_what_a_provider_repeats_of_our_secrets_is_struck_out(elsewhere: Elsewhere) -> None:
    elsewhere.status = 403
    elsewhere.says = b"denied: Bearer very-secret-token for 13800138000 at /hook/0123456789abcdef0123"

    answer = sms(elsewhere, body={}, form={"to": "{phone}", "text": "{text}"}).send(
        Message("M1", "", "x", True, address="13800138000")
    )

    assert answer.words == "HTTP 403 denied: … for … at …"


class Postbox(socketserver.StreamRequestHandler):
    """An SMTP server of a few words; `refuse` answers the recipient with that line."""

    letters: list[bytes]
    refuse = b""

    def handle(self) -> None:
        self.wfile.write(b"220 postbox\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word in {b"EHLO", b"HELO"}:
                self.wfile.write(b"250-postbox\r\n250-SMTPUTF8\r\n250 8BITMIME\r\n")
            elif word == b"RCPT" and self.refuse:
                self.wfile.write(self.refuse)
            elif word == b"DATA":
                self.wfile.write(b"354 go\r\n")
                letter = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    letter += part
                self.letters.append(letter)
                self.wfile.write(b"250 taken\r\n")
            elif word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")


class PostOffice(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that hangs up is what some tests are about."""


@pytest.fixture
def postbox() -> Iterator[tuple[type[Postbox], int]]:
    handler = type("OwnPostbox", (Postbox,), {"letters": [], "refuse": b""})
    with PostOffice(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield handler, server.server_address[1]
        server.shutdown()


def test_a_letter_is_plain_text_with_the_same_id_when_sent_twice(postbox: tuple[type[Postbox], int]) -> None:
    handler, port = postbox
    mail = Mail("mail", "127.0.0.1", port, "none", "", "", "cxz@example.com", 60)
    message = Message("M1", "[P1] 老人走失\r\nBcc: all@example.com", "北门站", True, address="wang@example.com")

    answers = [mail.send(message), mail.send(message)]

    letters = [email.message_from_bytes(one, policy=policy.default) for one in handler.letters]
    assert [answer.confirmed for answer in answers] == [True, True]
    assert letters[0]["Message-ID"] == letters[1]["Message-ID"]
    assert letters[0]["Subject"] == "[P1] 老人走失 Bcc: all@example.com"
    assert letters[0]["Bcc"] is None
    assert letters[0].get_content().strip() == "北门站"


def test_a_refused_mailbox_is_told_without_its_address(postbox: tuple[type[Postbox], int]) -> None:
    handler, port = postbox
    handler.refuse = b"550 no such user wang@example.com\r\n"
    mail = Mail("mail", "127.0.0.1", port, "none", "", "", "cxz@example.com", 60)

    answer = mail.send(Message("M1", "x", "x", True, address="wang@example.com"))

    assert answer == Answer(False, "收件人被拒绝 550 no such user …", again=False)


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_mail_without_the_tls_asked_for_is_not_sent(postbox: tuple[type[Postbox], int], tls: str) -> None:
    handler, port = postbox
    mail = Mail("mail", "127.0.0.1", port, tls, "user", "word", "cxz@example.com", 60)

    answer = mail.send(Message("M1", "x", "x", True, address="wang@example.com"))

    assert answer.confirmed is False
    assert handler.letters == []


def test_apprise_says_clearly_when_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)

    with pytest.raises(NoApprise, match="alerts-more"):
        Apprise("more", ["json://example.com"], 2048, 20)


class Service:
    """As much of Apprise as is used; one that raises on what it was told to."""

    urls: ClassVar[list[str]] = []
    outcome: ClassVar[bool | None] = True

    def add(self, url: str) -> bool:
        self.urls.append(url)
        return not url.startswith("unknown:")

    def notify(self, title: str, body: str, body_format: str) -> bool:
        if self.outcome is None:
            raise RuntimeError("very-secret-token-0123")
        return self.outcome


@pytest.mark.parametrize(
    ("outcome", "words"),
    [(True, "apprise 说已发出"), (False, "apprise 没有发出去"), (None, "apprise 出错（RuntimeError）")],
)
def test_apprise_confirms_only_what_it_confirms(
    monkeypatch: pytest.MonkeyPatch, outcome: bool | None, words: str
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", SimpleNamespace(Apprise=Service))
    monkeypatch.setattr(Service, "outcome", outcome)

    answer = Apprise("more", ["json://example.com"], 2048, 20).send(MESSAGE)

    assert (answer.confirmed, answer.words) == (bool(outcome), words)


def test_an_address_apprise_does_not_know_is_a_wrong_setup(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", SimpleNamespace(Apprise=Service))

    with pytest.raises(ValueError, match="不认识"):
        Apprise("more", ["unknown://x"], 2048, 20)
