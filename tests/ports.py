"""Ports for servers that tests start, also when several tests run at once."""

import contextlib
import os
import random
import socket

LOWEST, HIGHEST = 10_000, 32_000
"""Below the ports that the system lends to outgoing connections: those are taken at any moment."""
_draw = random.Random(os.urandom(8))


def free_port(count: int = 1) -> int:
    """The first of `count` ports in a row that nobody listens on."""
    for _ in range(1000):
        first = _draw.randrange(LOWEST, HIGHEST - count)
        with contextlib.ExitStack() as held:
            try:
                for port in range(first, first + count):
                    held.enter_context(socket.create_server(("127.0.0.1", port)))
            except OSError:
                continue
            return first
    raise RuntimeError("no free ports")
