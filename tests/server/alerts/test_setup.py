from pathlib import Path

import pytest

from server.alerts.setup import Setup, read

WECOM = '[[channel]]\nname = "{name}"\nkind = "wecom"\nurl = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "channels.toml"


def setup(file: Path, text: str, before: Setup | None = None) -> Setup:
    file.write_text(text, "utf-8")
    file.chmod(0o600)
    return read(file, False, lambda: 0, before)


def names(found: Setup) -> list[str]:
    return [line.channel.name for line in found.lines]


def test_without_a_file_there_is_only_the_open_desk(file: Path) -> None:
    assert read(file, False, lambda: 0) == Setup()


def test_the_documents_example_is_a_right_setup(file: Path) -> None:
    text = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text("utf-8")
    example = text.partition("```toml\n")[2].partition("```")[0]

    found = setup(file, example)

    assert found.problems == ()
    assert {line.channel.kind for line in found.lines} == {"wecom", "dingtalk", "feishu", "email", "sms", "webhook"}


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        ('name = "a"\nkind = "fax"', "没有这种渠道：fax"),
        ('name = "A B"\nkind = "wecom"\nurl = "https://example.com"', "name"),
        ('name = "a"\nkind = "wecom"', "url"),
        ('name = "a"\nkind = "wecom"\nurl = "https://example.com"\nkeyy = "x"', "keyy"),
        ('name = "a"\nkind = "wecom"\nurl = "http://example.com"', "https"),
        ('name = "a"\nkind = "webhook"\nurl = "https://10.0.0.1/x"\nsecret = "0123456789abcdef"', "内网"),
        ('name = "a"\nkind = "webhook"\nurl = "https://example.com/x"\nsecret = "short"', "secret"),
        ('name = "a"\nkind = "wecom"\nurl = "https://example.com"\nroles = ["king"]', "king"),
        ('name = "a"\nkind = "email"\nhost = "mail"\nsender = "a@b.cn"\ntls = "none"', "tls"),
        ('name = "a"\nkind = "email"\nhost = "mail"\nsender = "a@b.cn"\nport = "465"', "port"),
        ('name = "a"\nkind = "sms"\nurl = "https://example.com"', "form"),
        ('name = "good"\nkind = "wecom"\nurl = "https://example.com"', "重复"),
        ('name = "live"\nkind = "wecom"\nurl = "https://example.com"', "重复"),
        ("kind = 5", "没有这种渠道"),
    ],
)
def test_a_wrong_entry_is_named_and_the_others_go_on(file: Path, entry: str, named: str) -> None:
    found = setup(file, WECOM.format(name="good") + f"[[channel]]\n{entry}\n" + WECOM.format(name="last"))

    assert names(found) == ["good", "last"]
    assert len(found.problems) == 1
    assert named in found.problems[0]


def test_a_problem_never_repeats_a_secret(file: Path) -> None:
    found = setup(file, '[[channel]]\nname = "a"\nkind = "webhook"\nurl = 5\nsecret = "top-secret"\n')

    assert "top-secret" not in " ".join(found.problems)


@pytest.mark.parametrize("text", ["[[channel", "a = \x00", "channel = 5", "allow_private = 'yes'", "channel = [5]"])
def test_a_torn_file_is_named_and_the_last_good_one_stays(file: Path, text: str) -> None:
    good = setup(file, WECOM.format(name="good"))

    torn = setup(file, text, good)

    assert torn.problems
    assert names(torn) == (["good"] if text in {"[[channel", "a = \x00"} else [])


def test_a_file_that_others_can_read_is_used_and_named(file: Path) -> None:
    setup(file, WECOM.format(name="good"))
    file.chmod(0o644)

    found = read(file, False, lambda: 0)

    assert names(found) == ["good"]
    assert "chmod 600" in found.problems[0]


def test_a_file_that_is_not_text_is_named(file: Path) -> None:
    file.write_bytes(b"\xff\xfe\x00")

    assert "读不了" in read(file, False, lambda: 0).problems[0]
