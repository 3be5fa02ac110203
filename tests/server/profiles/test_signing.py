"""In without a password: a code, tried five times, for five minutes, asked for not too often; out everywhere."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient

from server import alerts, privacy, profiles
from server.alerts import Answer
from server.kit.clock import DAY_MS, MINUTE_MS
from server.kit.errors import Invalid
from server.kit.site import Site
from server.profiles import records, rules, signing

from .conftest import PHONE, OwnerFactory, hidden


def test_a_new_number_gets_a_profile_only_with_a_nickname_and_consent(owner: OwnerFactory, site: Site) -> None:
    rider = owner()
    page = rider.client.post("/me/verify", data={"phone": rider.number, "code": rider.ask()}).text
    form = {"ticket": hidden(page, "ticket"), "version": hidden(page, "version")}

    without = rider.client.post("/me/open", data={**form, "nickname": "小李"})
    rude = rider.client.post("/me/open", data={**form, "nickname": "13800138000", "agree": "1"})
    with site.store.look() as look:
        before = records.by_phone(look, rider.number)
    rider.client.post("/me/open", data={**form, "nickname": "小李", "agree": "1"})
    rider.client.post("/me/open", data={**form, "nickname": "小李", "agree": "1"})

    assert (without.status_code, rude.status_code, before) == (422, 422, None)
    subject = f"rider:{rider.id}"
    with site.store.look() as look:
        consents = privacy.consents(look, subject)
    version = privacy.current_notice().version
    assert [(one.purpose, one.version) for one in consents] == [("profile", version), ("points", version)]
    assert "小李" in rider.client.get("/me").text


def test_a_code_can_be_tried_five_times_and_used_once(owner: OwnerFactory, clock: Any) -> None:
    rider = owner()
    code = rider.ask()
    wrong = "000000" if code != "000000" else "111111"

    tries = [rider.client.post("/me/verify", data={"phone": rider.number, "code": wrong}) for _ in range(5)]
    late = rider.client.post("/me/verify", data={"phone": rider.number, "code": code})
    clock.forward(MINUTE_MS + 1)
    fresh = rider.ask()
    first, second = (
        rider.client.post("/me/verify", data={"phone": rider.number, "code": fresh}).status_code for _ in range(2)
    )

    assert {one.status_code for one in (*tries, late)} == {422}
    assert (first, second) == (200, 422)


def test_a_code_lasts_five_minutes_and_a_newer_one_ends_it(owner: OwnerFactory, clock: Any) -> None:
    rider = owner()
    first = rider.ask()
    clock.forward(MINUTE_MS + 1)
    second = rider.ask()

    old = rider.client.post("/me/verify", data={"phone": rider.number, "code": first}).status_code
    clock.forward(rules.CODE_MS)
    late = rider.client.post("/me/verify", data={"phone": rider.number, "code": second}).status_code

    assert (old, late) == (422, 422)


def test_guessing_at_once_does_not_get_more_tries(owner: OwnerFactory, site: Site) -> None:
    rider = owner()
    code = rider.ask()
    guesses = [f"{(int(code) + shift) % 1_000_000:06d}" for shift in range(1, 25)] + [code]

    def guess(one: str) -> str:
        try:
            return signing.check_code(site, rider.number, one)
        except Invalid:
            return ""

    with ThreadPoolExecutor(8) as hands:
        answers = list(hands.map(guess, guesses))

    assert not any(answers)


def test_codes_are_not_kept_readable(owner: OwnerFactory, site: Site) -> None:
    code = owner(PHONE).ask()

    with site.store.look() as look:
        (row,) = look.rows("select * from profile_codes")

    assert code not in "".join(str(value) for name, value in row.items() if name != "phone")


def test_a_number_gets_a_code_a_minute_and_five_an_hour(owner: OwnerFactory, clock: Any) -> None:
    rider = owner()

    def ask() -> int:
        return int(rider.client.post("/me/code", data={"phone": rider.number}).status_code)

    answers = [ask(), ask()]
    for _ in range(4):
        clock.forward(MINUTE_MS + 1)
        answers.append(ask())
    clock.forward(MINUTE_MS + 1)
    sixth = rider.client.post("/me/code", data={"phone": rider.number})

    assert answers == [200, 429, 200, 200, 200, 200]
    assert sixth.status_code == 429
    assert "分钟再试" in sixth.text


def test_one_address_cannot_write_to_everybody(owner: OwnerFactory, clock: Any) -> None:
    rider, answers = owner(), []
    for number in range(22):
        clock.forward(MINUTE_MS // 8)
        answers.append(rider.client.post("/me/code", data={"phone": f"137{number:08d}"}).status_code)

    assert answers[:20] == [200] * 20
    assert answers[20:] == [429, 429]


class Provider:
    """A text message channel that keeps what it was given."""

    name, kind, group = "sms", "sms", False

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.sent: list[tuple[str, str]] = []

    def send(self, message: Any) -> Answer:
        self.sent.append((message.address, message.text))
        return self.answer


def channel(site: Site, monkeypatch: pytest.MonkeyPatch, answer: Answer) -> Provider:
    provider = Provider(answer)
    line = type("Line", (), {"channel": provider})()
    monkeypatch.setattr(alerts.Ringer, "lines", property(lambda self: [line]))
    return provider


def test_with_a_provider_the_code_goes_there_and_not_on_the_page(
    client: TestClient, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = channel(site, monkeypatch, Answer(True, "ok"))

    page = client.post("/me/code", data={"phone": PHONE}).text

    ((address, text),) = provider.sent
    code = text.split("验证码 ")[1][:6]
    assert address == PHONE
    assert code.isdigit()
    assert code not in page
    assert client.post("/me/verify", data={"phone": PHONE, "code": code}).status_code == 200


def test_a_provider_that_fails_is_said_and_a_site_without_one_says_so(
    client: TestClient, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = client.post("/me/code", data={"phone": PHONE})
    channel(site, monkeypatch, Answer(False, "余额不足"))

    failing = client.post("/me/code", data={"phone": PHONE})

    assert (without.status_code, failing.status_code) == (503, 503)
    assert "还没有接通短信" in without.text
    assert "短信没有发出去" in failing.text
    assert "余额" not in failing.text


def test_a_cookie_that_was_tampered_with_or_ended_is_nobodys(owner: OwnerFactory, clock: Any) -> None:
    rider = owner().sign_in()
    cookie = rider.client.cookies[profiles.COOKIE]

    rider.client.cookies.set(profiles.COOKIE, cookie[:-2] + "xx", domain="testserver.local")
    tampered = rider.client.get("/me/phones", follow_redirects=False).status_code
    rider.client.cookies.clear()
    rider.client.cookies.set(profiles.COOKIE, cookie)
    good = rider.client.get("/me/phones", follow_redirects=False).status_code
    clock.forward(rules.SESSION_MS + DAY_MS)
    ended = rider.client.get("/me/phones", follow_redirects=False).status_code

    assert (tampered, good, ended) == (303, 200, 303)


def test_out_everywhere_ends_every_phone(owner: OwnerFactory, clock: Any) -> None:
    old, new = owner(PHONE).sign_in(), owner(PHONE, agent="iPhone")
    clock.forward(2 * MINUTE_MS)
    new.sign_in()
    listed = new.client.get("/me/phones").text

    new.client.post("/me/out")

    assert "苹果手机" in listed
    assert "安卓手机 · 微信" in listed
    for phone in (old, new):
        assert phone.client.get("/me/phones", follow_redirects=False).status_code == 303


def test_nobody_ends_somebody_elses_phone(owner: OwnerFactory, site: Site) -> None:
    one, other = owner().sign_in(), owner().sign_in(nickname="小王")
    mine = one.id
    with site.store.look() as look:
        (session,) = records.phones(look, mine)

    other.client.post(f"/me/phones/{session.id}/out")

    assert one.client.get("/me/phones", follow_redirects=False).status_code == 200


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil",
        "/desk",
        "/me/../desk",
        "/r/a?b=c",
        "javascript:alert(1)",
        "",
    ],
)
def test_signing_in_sends_nobody_elsewhere(to: str) -> None:
    assert profiles.inside(to) == "/me"
    assert profiles.inside("/r/abcdefghjkmn") == "/r/abcdefghjkmn"
