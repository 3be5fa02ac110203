"""What every test may ask for."""

from collections.abc import Callable

import pytest

from tests import ports


@pytest.fixture
def free_port() -> int:
    """A port that nobody listens on."""
    return ports.free_port()


@pytest.fixture(scope="session")
def free_ports() -> Callable[[int], int]:
    """`free_ports(3)`: the first of three ports in a row that nobody listens on."""
    return ports.free_port
