"""A desk's stand-in for MicroPython's `machine`, as far as our devices use it. Every device gets its own copy.

The three tables are the wires: simulators and tests read and set them, device code sees them through the classes.
"""

from __future__ import annotations

from typing import ClassVar, Protocol


class Port(Protocol):
    """The far end of a serial line. Neither call blocks; None means nothing came or nothing went."""

    def read(self, most: int) -> bytes | None: ...

    def write(self, data: bytes) -> int | None: ...


LEVELS: dict[int, int] = {}
"""Pin number → 0 or 1."""
MICROVOLTS: dict[int, int] = {}
"""Number of an analogue pin → microvolts."""
PORTS: dict[int, Port] = {}
"""UART number → what it is plugged into; unplugged ones hear nothing."""


class Reset(SystemExit):
    """The board was reset."""


class Pin:
    """A digital pin; its level lives in `LEVELS`."""

    IN: ClassVar[int] = 0
    OUT: ClassVar[int] = 1
    PULL_UP: ClassVar[int] = 2

    def __init__(self, number: int, mode: int = IN, pull: int | None = None, *, value: int | None = None) -> None:
        self.number = number
        if value is not None:
            LEVELS[number] = value
        LEVELS.setdefault(number, 1 if pull == self.PULL_UP else 0)

    def value(self, level: int | None = None) -> int | None:
        """The level, or set it."""
        if level is None:
            return LEVELS[self.number]
        LEVELS[self.number] = 1 if level else 0
        return None


class ADC:
    """An analogue input; its voltage lives in `MICROVOLTS`."""

    ATTN_11DB: ClassVar[int] = 3

    def __init__(self, pin: Pin, *, atten: int = 0) -> None:
        self.number = pin.number
        MICROVOLTS.setdefault(self.number, 0)

    def read_uv(self) -> int:
        """Microvolts."""
        return MICROVOLTS[self.number]


class UART:
    """A serial port, plugged into what `PORTS` holds."""

    def __init__(self, number: int, baudrate: int = 115200, **wiring: int) -> None:
        self.number = number

    def read(self, most: int) -> bytes | None:
        """Up to `most` bytes, None when there are none."""
        port = PORTS.get(self.number)
        return port.read(most) if port else None

    def write(self, data: bytes) -> int | None:
        """How many bytes went, None when none did."""
        port = PORTS.get(self.number)
        return port.write(data) if port else None


class WDT:
    """A watchdog that never bites: on a desk the simulator starts a stopped device anew."""

    def __init__(self, timeout: int = 5000) -> None:
        self.timeout = timeout

    def feed(self) -> None:
        """Nothing to do."""


def reset() -> None:
    """Ends the device's program."""
    raise Reset
