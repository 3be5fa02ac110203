"""The press: what it is given comes out as plain words, and whatever goes wrong is a sentence, never a hanging page."""

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from server.kit import press
from server.kit.errors import Unavailable
from server.kit.press import Limits, Press
from tests.server.kit import pdf

LIST = """
#import "@local/look:1.0.0": *
#let d = given()
#show: sheet.with(title: d.at("title", default: ""))
#for one in d.lines [ #one #parbreak() ]
"""
ENDLESS = "#for a in range(50000) { for b in range(50000) { let c = a * b } }"
HOSTILE = [
    '#read("/etc/passwd")',
    "#sys.inputs",
    "$ x^2 $ *fat* _thin_ `code` @label <label> // gone /* gone */",
    "\\ \\u{41} \\n ~ --- [a] #[b] {c}",
    '"}], "lines": ["x',
    "=1+1",
]

Template = Callable[[str], Path]


@pytest.fixture
def template(tmp_path: Path) -> Template:
    def make(source: str) -> Path:
        path = tmp_path / "template.typ"
        path.write_text(source, "utf-8")
        return path

    return make


def test_what_people_typed_comes_out_as_they_typed_it(template: Template) -> None:
    made = press.pdf(template(LIST), {"title": "周报 #1 “$”", "lines": HOSTILE})

    assert made.startswith(b"%PDF-")
    said = pdf.words(made).replace("\n", "")
    for line in HOSTILE:
        assert line in said


def test_control_and_direction_characters_are_dropped_and_line_breaks_kept(template: Template) -> None:
    lines = ["a\x00b\x07c\u202ed\ud800e\ufeff", "one\ttwo\r\nthree"]

    made = press.pdf(template(LIST), {"lines": lines, "title": "a\x00\u202e"})

    assert pdf.words(made).splitlines()[1:] == ["abcde", "one two", "three"]


def test_ten_thousand_characters_and_emoji_are_made_too(template: Template) -> None:
    lines = ["长" * 10_000, "x" * 10_000, "谢谢😀👍🏽👩‍🚒"]

    made = press.pdf(template(LIST), {"lines": lines})

    said = pdf.words(made)
    assert said.count("长") == 10_000
    assert said.count("x") == 10_000
    assert "谢谢" in said


def test_a_picture_is_the_first_page(template: Template) -> None:
    made = press.png(template(LIST), {"lines": ["一页\n" * 200]}, dots_per_inch=72)

    assert made.startswith(b"\x89PNG")
    assert int.from_bytes(made[16:20]) == 595


@pytest.mark.parametrize(
    "source",
    [
        '#read("/etc/passwd")',
        '#read("../secret.txt")',
        '#include "/../secret.typ"',
        '#import "@preview/cetz:0.3.4": *',
        "#panic(1)",
        "#unknown",
        "#let again(n) = again(n + 1)\n#again(0)",
    ],
)
def test_a_template_that_reaches_out_or_is_wrong_ends_in_a_sentence(
    template: Template, tmp_path: Path, source: str
) -> None:
    (tmp_path.parent / "secret.txt").write_text("secret", "ascii")

    with pytest.raises(Unavailable, match="排版没有成功"):
        press.pdf(template(source), {})


def test_a_template_that_is_gone_ends_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        press.pdf(tmp_path / "gone.typ", {})


def test_a_template_without_end_is_ended(template: Template) -> None:
    impatient = Press(Limits(seconds=1))

    with pytest.raises(Unavailable, match="超时"):
        impatient.pdf(template(ENDLESS), {})


def test_a_child_that_dies_or_gets_no_memory_is_a_sentence(template: Template) -> None:
    poor = Press(Limits(memory=40 * 1024 * 1024))

    with pytest.raises(Unavailable):
        poor.pdf(template(LIST), {"lines": ["x"]})


def test_a_document_that_is_too_large_is_not_believed(template: Template) -> None:
    small = Press(Limits(most_bytes=1000))

    with pytest.raises(Unavailable):
        small.pdf(template(LIST), {"lines": ["一"]})


def test_without_a_chinese_font_it_says_so_instead_of_printing_boxes(template: Template) -> None:
    bare = Press(system_fonts=False)

    with pytest.raises(Unavailable, match="没有中文字体"):
        bare.pdf(template(LIST), {"lines": ["中文"]})


def test_any_font_that_has_the_characters_will_do(template: Template) -> None:
    folders = ("/usr/share/fonts/opentype/noto", "/usr/share/fonts/truetype/wqy", "/usr/share/fonts/noto-cjk")
    some = Press(system_fonts=False, font_folders=tuple(map(Path, folders)))

    assert "中文" in pdf.words(some.pdf(template(LIST), {"lines": ["中文"]}))


def test_no_secret_of_the_server_reaches_the_child(template: Template, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXZ_SECRET", "s3cret")

    assert "CXZ_SECRET" not in press._environment()
    assert "PATH" in press._environment()


def test_more_people_than_the_press_has_room_for_are_told_at_once_and_the_others_served(template: Template) -> None:
    narrow, slow = Press(Limits(seconds=2), at_once=1, waiting=0), template(ENDLESS)
    outcomes: list[str] = []
    started = threading.Barrier(4)

    def order() -> None:
        started.wait()
        try:
            narrow.pdf(slow, {})
        except Unavailable as refusal:
            outcomes.append(refusal.sentence)

    threads = [threading.Thread(target=order) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert len(outcomes) == 4
    assert sum("超时" in one for one in outcomes) >= 1
    assert sum("人太多" in one for one in outcomes) >= 1
    assert "一" in pdf.words(narrow.pdf(template(LIST), {"lines": ["一"]}))


def test_a_queue_that_does_not_move_is_left_after_a_while(template: Template) -> None:
    narrow = Press(Limits(seconds=3), at_once=1, waiting=1, queue_seconds=0.1)
    slow, outcomes = template(ENDLESS), []

    def order() -> None:
        with pytest.raises(Unavailable) as refusal:
            narrow.pdf(slow, {})
        outcomes.append(refusal.value.sentence)

    threads = [threading.Thread(target=order) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted("人太多" in one for one in outcomes) == [False, True]


def test_the_web_process_does_not_load_the_typesetter() -> None:
    look = "import sys, server.kit.press; sys.exit('typst' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", look], cwd=Path(__file__).parents[3], check=False).returncode == 0
