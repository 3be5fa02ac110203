"""What every test may ask for, and where tests keep their files."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import ports

IN_MEMORY = Path("/dev/shm")
ENOUGH = 4 * 2**30


def pytest_configure(config: pytest.Config) -> None:
    """Files in memory where there is room: every commit waits for the disk, and the tests make tens of thousands.

    What the tests prove, that a killed process loses nothing, holds there as well; a power cut they cannot play.
    """
    if config.option.basetemp is None and _room() >= ENOUGH:
        config.option.basetemp = IN_MEMORY / f"changxiaozhan-tests-{os.getuid()}-{os.getpid()}"


def pytest_unconfigure(config: pytest.Config) -> None:
    """Free the memory; xdist's workers leave it to the one who started them."""
    base = config.option.basetemp
    if base is not None and not hasattr(config, "workerinput") and Path(base).parent == IN_MEMORY:
        shutil.rmtree(base, ignore_errors=True)


def _room() -> int:
    try:
        return shutil.disk_usage(IN_MEMORY).free
    except OSError:
        return 0


@pytest.fixture
def free_port() -> int:
    """A port that nobody listens on."""
    return ports.free_port()


@pytest.fixture(scope="session")
def free_ports() -> Callable[[int], int]:
    """`free_ports(3)`: the first of three ports in a row that nobody listens on."""
    return ports.free_port
