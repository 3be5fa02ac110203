"""How a kiosk asks, what it keeps, and what its screen says when it does not work."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from gateway.wire import Will
from kiosk.agent.credentials import Credentials, read
from kiosk.cli import kiosk_commands
from kiosk.pairing import Draft, NotPaired, Office, Watch
from kiosk.pairing.page import Porch, create

CODE = "123 456 789"


# --- asking


def test_a_code_is_sent_with_the_kiosks_own_nonce(centre: Any, good: Any, draft: Draft) -> None:
    centre.says("/pair", good)

    content = Office.at(centre.url).exchange(CODE, *draft.next_try())

    [(path, asked)] = centre.asked
    assert (path, asked["code"], asked["attempt"]) == ("/pair", CODE, 1)
    assert len(asked["nonce"]) >= 22
    assert content == good


@pytest.mark.parametrize(
    ("status", "content", "headers", "why"),
    [
        (404, {}, {}, "code"),
        (422, {}, {}, "code"),
        (429, {}, {"retry-after": "900"}, "wait"),
        (429, {}, {"retry-after": "soon"}, "wait"),
        (500, {}, {}, "stranger"),
        (302, {}, {"location": "http://127.0.0.1:9/elsewhere"}, "stranger"),
        (200, b"<html>a router's login page</html>", {}, "stranger"),
        (200, b"[]", {}, "stranger"),
        (200, {"kiosk": "kiosk-07"}, {}, "stranger"),
        (200, b'{"kiosk": "' + b"x" * 300_000, {}, "stranger"),
    ],
)
def test_every_other_answer_has_its_reason(
    centre: Any, status: int, content: Any, headers: dict[str, str], why: str
) -> None:
    centre.answers["/pair"] = (status, content, headers)

    with pytest.raises(NotPaired) as refused:
        Office.at(centre.url).exchange(CODE, "n" * 22, 1)

    assert refused.value.why == why
    assert "。" in refused.value.sentence
    assert str(refused.value).isascii()


def test_where_nobody_answers_the_cable_is_named(free_port: int) -> None:
    with pytest.raises(NotPaired, match="cannot reach the server") as refused:
        Office.at(f"http://127.0.0.1:{free_port}").greet()

    assert "网线" in refused.value.sentence


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("station.example.cn", "https://station.example.cn"),
        (" https://station.example.cn/ ", "https://station.example.cn"),
        ("192.168.1.5:8000", "http://192.168.1.5:8000"),
        ("[::1]:8000", "http://[::1]:8000"),
        ("http://localhost:8000/cxz", "http://localhost:8000/cxz"),
    ],
)
def test_an_address_is_read_as_a_person_types_it(typed: str, url: str) -> None:
    assert Office.at(typed).url == url


@pytest.mark.parametrize(
    "typed", ["", "://", "ftp://x", "file:///etc/passwd", "http://a:b@c", "a b", "http://x:port", "站", "x" * 300]
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"not an address|port|Port|netloc"):
        Office.at(typed)


# --- keeping


def test_a_lost_answer_is_asked_for_with_the_same_nonce_also_after_a_power_cut(tmp_path: Path) -> None:
    nonce, first = Draft(tmp_path).next_try()
    again, second = Draft(tmp_path).next_try()
    (tmp_path / "pairing.json").write_bytes(b"\x00torn")
    other, third = Draft(tmp_path).next_try()

    assert (again, first, second) == (nonce, 1, 2)
    assert (other != nonce, third) == (True, 1)


def test_credentials_are_kept_for_our_eyes_only_and_the_old_desired_state_goes(
    tmp_path: Path, draft: Draft, good: Any
) -> None:
    draft.next_try()
    draft.stop()
    (tmp_path / "kiosk.json").write_text(json.dumps({**good, "kiosk": "kiosk-01", "cert_file": "/etc/box.crt"}))
    (tmp_path / "desired.json").write_text("another kiosk's")

    draft.keep(good)

    assert read(tmp_path / "kiosk.json").kiosk == "kiosk-07"
    assert read(tmp_path / "kiosk.json").cert_file == Path("/etc/box.crt")
    assert stat.S_IMODE((tmp_path / "kiosk.json").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kiosk.json"]


def test_a_moved_kiosk_keeps_what_it_shows(tmp_path: Path, draft: Draft, good: Any) -> None:
    draft.keep(good)
    (tmp_path / "desired.json").write_text("its own")

    draft.keep({**good, "station": "sn10-east"})

    assert (tmp_path / "desired.json").exists()


def test_a_disk_that_does_not_take_it_is_said(tmp_path: Path, good: Any) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(NotPaired, match="cannot write"):
        Draft(tmp_path / "file").keep(good)


# --- the screen


@pytest.fixture
def screen(centre: Any, draft: Draft) -> Iterator[TestClient]:
    """The page's browser, on this very machine."""
    done: list[bool] = []
    porch = Porch(draft, "", None)
    with TestClient(create(porch, lambda: done.append(True)), base_url="http://127.0.0.1:8100") as client:
        client.done = done  # type: ignore[attr-defined]
        yield client


def test_keys_work_without_a_script(screen: TestClient, centre: Any) -> None:
    screen.post("/server", data={"typed": centre.url})
    typed = ""
    for key in ("1", "2", "9", "back", "3", "x" * 9):
        page = screen.post("/", data={"typed": typed, "key": key}).text
        typed = page.split('name="typed" value="')[1].split('"')[0]

    assert typed == "123x"
    assert centre.asked == [("/healthz", None)]


def test_the_whole_way_from_the_address_to_the_station(
    screen: TestClient, centre: Any, good: Any, draft: Draft
) -> None:
    centre.says("/pair", good)

    assert "服务器在哪里" in screen.get("/").text
    assert centre.url in screen.post("/server", data={"typed": centre.url.removeprefix("http://")}).text
    page = screen.post("/", data={"typed": CODE})

    assert "配好了" in page.text
    assert "北门站" in page.text
    assert "do-not-show-this" not in page.text
    assert json.loads(draft.credentials.read_bytes()) == good
    assert screen.done == [True]  # type: ignore[attr-defined]


def test_a_wrong_code_is_wiped_and_a_good_one_waits_for_the_line(screen: TestClient, centre: Any) -> None:
    screen.post("/server", data={"typed": centre.url})
    wrong = screen.post("/", data={"typed": "123456789"})
    centre.says("/pair", {}, 500)
    unlucky = screen.post("/", data={"typed": "123456789"})

    assert (wrong.status_code, unlucky.status_code) == (422, 422)
    assert 'value="123456789"' not in wrong.text
    assert 'value="123456789"' in unlucky.text
    assert screen.done == []  # type: ignore[attr-defined]


def test_what_was_typed_is_never_markup(screen: TestClient) -> None:
    page = screen.post("/server", data={"typed": '"><script>alert(1)</script>'})

    assert page.status_code == 422
    assert "<script>alert" not in page.text


@pytest.mark.parametrize(("path", "length"), [("/", 65), ("/", 1900), ("/server", 301), ("/server", 1900)])
def test_what_is_far_too_long_gets_the_page_again_and_nobody_is_asked(
    screen: TestClient, centre: Any, path: str, length: int
) -> None:
    screen.post("/server", data={"typed": centre.url})
    centre.asked.clear()

    page = screen.post(path, data={"typed": "1" * length})

    assert page.status_code == 422
    assert 'name="typed"' in page.text
    assert centre.asked == []


def test_a_form_with_a_file_or_without_its_fields_presses_nothing(screen: TestClient, centre: Any) -> None:
    screen.post("/server", data={"typed": centre.url})
    centre.asked.clear()

    with_file = screen.post("/", files={"typed": ("code.txt", b"123456789")})
    empty = screen.post("/", content=b"")

    assert with_file.status_code == 400
    assert empty.status_code in {400, 422}
    assert screen.done == []  # type: ignore[attr-defined]


def test_a_foreign_page_cannot_press_a_key(screen: TestClient) -> None:
    assert screen.post("/", data={"typed": CODE}, headers={"origin": "http://evil.example"}).status_code == 403
    assert screen.get("/", headers={"host": "evil.example"}).status_code == 421
    assert "form-action 'self'" in screen.get("/").headers["content-security-policy"]


def test_a_stopped_kiosk_says_so_and_whom_to_call(screen: TestClient, draft: Draft, centre: Any, good: Any) -> None:
    draft.keep(good)
    draft.stop()
    screen.post("/server", data={"typed": centre.url})

    page = screen.get("/").text
    assert "本机已停用" in page
    assert "021-5555-0110" in page


# --- the command


def test_the_command_pairs_and_refuses_to_throw_good_credentials_away(tmp_path: Path, centre: Any, good: Any) -> None:
    centre.says("/pair", good)
    arguments = ["pair", CODE, "--server", centre.url, "--data", str(tmp_path)]

    first = CliRunner().invoke(kiosk_commands, arguments)
    second = CliRunner().invoke(kiosk_commands, arguments)
    again = CliRunner().invoke(kiosk_commands, [*arguments, "--again"])

    assert (first.exit_code, second.exit_code, again.exit_code) == (0, 2, 0)
    assert "kiosk-07 hangs at sn10-north" in first.output
    assert "do-not-show-this" not in first.output + second.output + again.output


@pytest.mark.parametrize("more", [[], ["--server", "ftp://x"], ["--server", "http://127.0.0.1:9"]])
def test_a_command_that_cannot_work_is_one_line(tmp_path: Path, more: list[str]) -> None:
    result = CliRunner().invoke(kiosk_commands, ["pair", CODE, "--data", str(tmp_path), *more])

    assert result.exit_code == 2
    [line] = result.output.strip().splitlines()
    assert line.startswith("changxiaozhan kiosk: ")


# --- afterwards


class Line:
    """A wire that tells what the test says."""

    connected = False

    def start(self, listener: Any) -> None:
        self.listener = listener

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        return True

    def stop(self, farewell: Will | None = None) -> None:
        pass


@pytest.fixture
def watched(centre: Any, good: Any, draft: Draft, listener: Any) -> tuple[Watch, Any]:
    draft.keep({**good, "public_url": centre.url})
    watch = Watch(Credentials.model_validate(good), Office.at(centre.url), draft, lambda: None)
    line = Line()
    watch.over(line).start(listener)
    return watch, line.listener


@pytest.fixture
def listener() -> Any:
    class Quiet:
        def connected(self) -> None:
            pass

        def disconnected(self, reason: str) -> None:
            pass

        def received(self, message: Any) -> None:
            pass

    return Quiet()


def test_only_the_servers_own_word_stops_a_kiosk(watched: Any, centre: Any, draft: Draft) -> None:
    watch, line = watched

    line.disconnected("cannot reach the broker: Connection refused")
    assert not watch.step("sn10-north")
    line.disconnected("the broker refused the login: Not authorized")
    centre.says("/pair/standing", {"standing": "good"})
    assert not watch.step("sn10-north")
    assert [path for path, _ in centre.asked] == ["/pair/standing"]
    assert not draft.stopped


def test_a_kiosk_out_of_service_stops(watched: Any, centre: Any, draft: Draft) -> None:
    watch, line = watched
    centre.says("/pair/standing", {"standing": "stopped"})

    line.disconnected("the broker refused the login: Not authorized")

    assert watch.step("sn10-north")
    assert draft.stopped


def test_a_server_out_of_reach_stops_nobody(watched: Any, centre: Any, draft: Draft) -> None:
    watch, line = watched
    centre.says("/pair/standing", b"<html>", 502)

    line.disconnected("the broker refused the login: Not authorized")

    assert not watch.step("sn10-north")
    assert not draft.stopped


def test_a_moved_kiosk_fetches_the_new_stations_key(watched: Any, centre: Any, good: Any, draft: Draft) -> None:
    watch, _ = watched
    centre.says("/pair/renew", {**good, "station": "sn10-east", "presence_key": "cd" * 32})

    assert watch.step("sn10-east")
    assert read(draft.credentials).presence_key == "cd" * 32
    assert centre.asked == [("/pair/renew", {"kiosk": "kiosk-07", "password": "do-not-show-this"})]
