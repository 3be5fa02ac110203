"""The simulated serial line."""

from pathlib import Path

import pytest

from firmware_stubs.simulators.ptys import PtyPort


def test_a_line_without_a_kiosk_echoes_nothing_and_never_blocks(tmp_path: Path) -> None:
    port = PtyPort(tmp_path / "rack-1")

    for _ in range(1000):
        port.write(b"x" * 500 + b"\n")

    assert port.read(1000) is None
    port.close()


def test_a_line_takes_its_own_link_away_and_no_other(tmp_path: Path) -> None:
    link = tmp_path / "rack-1"
    first = PtyPort(link)
    second = PtyPort(link)

    first.close()
    kept = link.is_symlink()
    second.close()

    assert kept
    assert not link.is_symlink()


def test_what_is_no_link_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "rack-1").write_text("mine")
    before = len(list(Path("/proc/self/fd").iterdir()))

    with pytest.raises(FileExistsError):
        PtyPort(tmp_path / "rack-1")

    assert (tmp_path / "rack-1").read_text() == "mine"
    assert len(list(Path("/proc/self/fd").iterdir())) == before
