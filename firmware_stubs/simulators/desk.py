"""Loads device code, unchanged, onto desk boards: every device gets its own `machine`, its pins and its flash."""

import importlib
import re
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

FIRMWARE = Path(__file__).resolve().parent.parent
BOARD, LIB, DEVICES = FIRMWARE / "board", FIRMWARE / "lib", FIRMWARE / "devices"
LINK_UART = 1

_DEVICE = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Desk:
    """One device on its board. `code` is the device's module; `levels` and `microvolts` are its wires by pin number."""

    code: ModuleType
    levels: dict[int, int]
    microvolts: dict[int, int]

    @property
    def main(self) -> Callable[[], Awaitable[None]]:
        """The device's program."""
        main: Callable[[], Awaitable[None]] = self.code.main
        return main


def kinds() -> list[str]:
    """Every kind of device there is code for."""
    return sorted(path.stem for path in DEVICES.glob("*.py"))


def load(kind: str, device: str, port: object, flash: dict[Any, int] | None = None) -> Desk:
    """A fresh board with this device's code, its line plugged into `port` (`read(most)`, `write(data)`).

    `flash` is what outlives a reset: pass the same table to start the device anew. Raises `ValueError` for an
    unknown kind or a bad name. Not for two threads at once: it borrows `sys.path`.
    """
    if kind not in kinds():
        raise ValueError(f"no device of the kind {kind!r}; there are: {', '.join(kinds())}")
    if not _DEVICE.fullmatch(device):
        raise ValueError(f"not a device's name: {device[:80]!r}")
    with _bare_board():
        machine: Any = importlib.import_module("machine")
        esp32: Any = importlib.import_module("esp32")
        identity: Any = importlib.import_module("identity")
        machine.PORTS[LINK_UART] = port
        identity.ID = device
        if flash is not None:
            esp32.FLASH = flash
        code = importlib.import_module(kind)
        return Desk(code, machine.LEVELS, machine.MICROVOLTS)


@contextmanager
def _bare_board() -> Iterator[None]:
    """Within, `import machine` finds the desk's; each time anew, and nothing of it stays behind."""
    folders = (BOARD, LIB, DEVICES)
    names = {path.stem for folder in folders for path in folder.glob("*.py")}
    kept = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    sys.path[:0] = [str(folder) for folder in folders]
    try:
        yield
    finally:
        del sys.path[: len(folders)]
        for name in names:
            sys.modules.pop(name, None)
        sys.modules.update(kept)
