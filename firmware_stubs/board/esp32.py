"""A desk's stand-in for MicroPython's `esp32`: the small store in flash that outlives a reset."""

from __future__ import annotations

FLASH: dict[tuple[str, str], int] = {}
"""(namespace, key) → number; the simulator hands the same table to a device that starts anew."""


class NVS:
    """Numbers of 32 bits by key, within a namespace."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self._fresh: dict[tuple[str, str], int] = {}

    def get_i32(self, key: str) -> int:
        """Raises `OSError` for a key never set, as the board does."""
        place = (self.namespace, key)
        if place in self._fresh:
            return self._fresh[place]
        if place not in FLASH:
            raise OSError(-4354, "ESP_ERR_NVS_NOT_FOUND")
        return FLASH[place]

    def set_i32(self, key: str, value: int) -> None:
        """Kept only after `commit`; raises `OverflowError` past 32 bits."""
        if not -(2**31) <= value < 2**31:
            raise OverflowError("not a 32-bit number")
        self._fresh[(self.namespace, key)] = value

    def commit(self) -> None:
        """Make what was set outlive a reset."""
        FLASH.update(self._fresh)
        self._fresh.clear()
