"""A device's serial line on a desk: a pty whose far end appears as `<folder>/<device>`, as udev would link it."""

import os
import tty
from pathlib import Path


class PtyPort:
    """The device's end of the line. Nothing blocks: what the kiosk does not read is dropped once the pty is full."""

    def __init__(self, link: Path) -> None:
        """Raises `OSError`; `FileExistsError` when something that is no link stands in the way."""
        self._link = link
        if link.exists() and not link.is_symlink():
            raise FileExistsError(f"{link} is in the way and is no link")
        # Our own handle on the far end keeps the line up while the kiosk comes and goes.
        self._near, self._far = os.openpty()
        try:
            tty.setraw(self._far)
            os.set_blocking(self._near, False)
            self._name = os.ttyname(self._far)
            fresh = link.with_name(f".{link.name}.new")
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(self._name)
            fresh.replace(link)
        except OSError:
            self._hang_up()
            raise

    def read(self, most: int) -> bytes | None:
        """Up to `most` bytes, None when there are none."""
        try:
            return os.read(self._near, most)
        except BlockingIOError:
            return None

    def write(self, data: bytes) -> int | None:
        """How many bytes fitted, None when none did."""
        try:
            return os.write(self._near, data)
        except BlockingIOError:
            return None

    def close(self) -> None:
        """Take the link away, if it is still ours, and hang up."""
        try:
            if str(self._link.readlink()) == self._name:
                self._link.unlink()
        except OSError:
            pass  # somebody took it away before us
        self._hang_up()

    def _hang_up(self) -> None:
        os.close(self._near)
        os.close(self._far)
