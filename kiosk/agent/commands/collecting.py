"""What a command brings home from a kiosk: the last lines of its log, a picture of its page; and the way home."""

import base64
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from collections import deque
from pathlib import Path
from typing import TextIO

from gateway.contract.commands import MAX_LINES, MAX_UPLOAD

LINE_MOST = 400
UPLOAD_S = 15.0
SHOT_S = 40.0
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WINDOW = "1080,1920"


class NoUpload(Exception):
    """It could not be brought to head office; `str()` says why."""


class NoPicture(Exception):
    """There is no picture; `str()` says why."""


class LogTail:
    """Stands before a stream of log lines and remembers the last ones, in memory only."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lines: deque[str] = deque(maxlen=MAX_LINES)
        self._open = ""
        self._lock = threading.Lock()

    @classmethod
    def of_this_process(cls) -> "LogTail":
        """Put before the standard error, where every log line of this process goes."""
        tail = cls(sys.stderr)
        sys.stderr = tail  # the few methods that a log and a traceback need
        return tail

    def write(self, text: str) -> int:
        """As a stream."""
        with self._lock:
            *whole, self._open = (self._open + text).split("\n")
            self._lines.extend(line[:LINE_MOST] for line in whole)
            self._open = self._open[:LINE_MOST]
        self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """As a stream."""
        self._stream.flush()

    def isatty(self) -> bool:
        """As a stream."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """As a stream."""
        return self._stream.fileno()

    def lines(self, most: int) -> list[str]:
        """The last lines, oldest first."""
        with self._lock:
            return list(self._lines)[-most:]


_PHONE = re.compile(r"(?<!\d)((?:86[ -]?)?1[3-9]\d)[ -]?\d{4}[ -]?(\d{4})(?!\d)")
_SECRET = re.compile(
    r"""(?i)\b(password|secret|token|key|authorization|receipt|c)("?\s*[=:]\s*)("[^"]*"|[^\s&"',}]+)"""
)
_LONG = re.compile(r"\b[0-9A-Fa-f]{32,}\b")
_URL_LOGIN = re.compile(r"(://)[^/\s@]+@")


def redact(text: str) -> str:
    """The text without phone numbers, passwords, keys, presence codes and receipts, and without control characters."""
    text = "".join(sign if sign == "\n" or sign.isprintable() else "\ufffd" for sign in text)
    text = _URL_LOGIN.sub(r"\1…@", text)
    text = _SECRET.sub(r"\1\2…", text)
    return _PHONE.sub(r"\1****\2", _LONG.sub("…", text))


class Uploads:
    """Brings a command's find to the centre, as this kiosk. `address`: where the kiosk was paired, never elsewhere:
    the password goes with it.
    """

    def __init__(self, address: str, kiosk: str, password: str) -> None:
        self._address = address.rstrip("/")
        login = base64.b64encode(f"{kiosk}:{password}".encode()).decode("ascii")
        self._headers = {"Authorization": f"Basic {login}"}

    def send(self, command: str, kind: str, content: bytes) -> int:
        """How many bytes arrived. Raises `NoUpload`."""
        request = urllib.request.Request(  # noqa: S310 - the address is http(s), checked when it was read
            f"{self._address}/kiosk/commands/{command}/find",
            data=content,
            headers={**self._headers, "Content-Type": kind},
            method="PUT",
        )
        try:
            with _OPENER.open(request, timeout=UPLOAD_S) as answer:
                answer.read(1024)
        except urllib.error.HTTPError as cause:
            raise NoUpload(f"the centre refused it: {cause.code}") from cause
        except (OSError, ValueError) as cause:
            raise NoUpload("the centre cannot be reached over HTTP") from cause
        return len(content)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None  # the password is for one place only


_OPENER = urllib.request.build_opener(_NoRedirect())


def shoot(address: str) -> bytes:
    """A PNG of the kiosk's own page, opened anew in a browser without a window: never what somebody is typing.

    `address` is empty while the screen is not served. Raises `NoPicture`.
    """
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise NoPicture("no browser here")
    if not address:
        raise NoPicture("the screen is not served")
    with tempfile.TemporaryDirectory(prefix="cxz-shot-") as folder:
        picture = Path(folder) / "page.png"
        command = [
            browser, "--headless", "--disable-gpu", "--no-sandbox", "--hide-scrollbars", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={folder}/profile", f"--window-size={WINDOW}", f"--screenshot={picture}", address,
        ]  # fmt: skip
        try:
            subprocess.run(
                command, timeout=SHOT_S, check=True, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            content = picture.read_bytes()
        except (OSError, subprocess.SubprocessError) as cause:
            raise NoPicture("the browser made no picture") from cause
    if not 0 < len(content) <= MAX_UPLOAD["take_screenshot"]:
        raise NoPicture("the picture is too large")
    return content
