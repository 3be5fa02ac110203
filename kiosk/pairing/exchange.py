"""The kiosk's questions to the server's `/pair`: a code for credentials, where it hangs now, whether it is still ours.

With urllib: a richer client would cost the kiosk's memory more than all of these few requests are worth.
"""

import http.client
import json
import socket
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from kiosk.agent.credentials import Credentials

ANSWER_S = 10.0
LARGEST = 256 * 1024


class NotPaired(Exception):
    """It did not work: `str()` for the console, `sentence` (Chinese) for the screen.

    `why`: code, wait, unreachable, certificate, stranger or disk.
    """

    def __init__(self, why: str, detail: str = "", wait_s: int = 0) -> None:
        super().__init__(_LINES[why].format(detail=detail, wait=wait_s))
        self.why = why
        self.sentence = _SENTENCES[why].format(detail=detail, wait=_lasting(wait_s))


_LINES = {
    "code": "the code is wrong, expired or used: ask for a new one",
    "wait": "too many wrong codes: wait {wait} s",
    "unreachable": "cannot reach the server: {detail}",
    "certificate": "the server's certificate is not accepted: {detail}",
    "stranger": "no Chang Xiaozhan server answers there: {detail}",
    "disk": "cannot write the credentials: {detail}",
}
_SENTENCES = {
    "code": "配对码不对，或者已经过期、用过了。请工作人员再发一个。",
    "wait": "错得太多了，请等 {wait}再试。",
    "unreachable": "连不上服务器：请检查网线或 Wi-Fi，再看看地址对不对。",
    "certificate": "服务器的证书不可信：请检查地址和本机的时间。",
    "stranger": "这个地址不是畅小站的服务器，请再看看。",
    "disk": "本机存不下配对资料：存储可能满了或坏了。",
}


@dataclass(frozen=True, slots=True)
class Office:
    """The server, by its address. `ca_file`: who signed its certificate, when the system does not know them."""

    url: str
    ca_file: Path | None = None

    @classmethod
    def at(cls, typed: str, ca_file: Path | None = None) -> "Office":
        """From an address as a person types it; https where nothing is said, http for a bare number. `ValueError`."""
        text = typed.strip().rstrip("/")
        if "://" not in text:
            host = urlsplit(f"//{text}").hostname or ""
            text = f"{'http' if _is_number(host) or host == 'localhost' else 'https'}://{text}"
        parts = urlsplit(text)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
            raise ValueError("not an address such as https://station.example.cn")
        if len(text) > 200 or not text.isascii() or any(sign <= " " or sign in '"<>\\^`{|}' for sign in text):
            raise ValueError("not an address such as https://station.example.cn")
        _ = parts.port  # raises for one that is no number
        return cls(f"{parts.scheme}://{parts.netloc}{parts.path}", ca_file)

    def greet(self) -> None:
        """Raises `NotPaired` unless a server of ours answers."""
        if self._ask("/healthz", None).get("status") != "ok":
            raise NotPaired("stranger", "an unexpected answer")

    def exchange(self, code: str, nonce: str, attempt: int) -> dict[str, Any]:
        """A code for what belongs into `kiosk.json`. Raises `NotPaired`."""
        return _credentials(self._ask("/pair", {"code": code, "nonce": nonce, "attempt": attempt}))

    def renew(self, kiosk: str, password: str) -> dict[str, Any]:
        """What belongs into `kiosk.json` now, after a move. Raises `NotPaired`."""
        return _credentials(self._ask("/pair/renew", {"kiosk": kiosk, "password": password}))

    def in_service(self, kiosk: str, password: str) -> bool:
        """Whether this login is good. Raises `NotPaired` when nobody answers: then nothing is known."""
        answer = self._ask("/pair/standing", {"kiosk": kiosk, "password": password}).get("standing")
        if answer not in {"good", "stopped"}:
            raise NotPaired("stranger", "an unexpected answer")
        return bool(answer == "good")

    def _ask(self, path: str, question: dict[str, Any] | None) -> dict[str, Any]:
        headers = {"Accept": "application/json"}
        body = None
        if question is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(question).encode()
        request = urllib.request.Request(f"{self.url}{path}", body, headers)  # noqa: S310 - the scheme was checked
        try:
            with self._opener().open(request, timeout=ANSWER_S) as answer:
                content = json.loads(answer.read(LARGEST))
        except urllib.error.HTTPError as refusal:
            refusal.close()
            if refusal.code == 429:
                wait = refusal.headers.get("retry-after", "")
                raise NotPaired("wait", wait_s=int(wait) if wait.isascii() and wait.isdigit() else 60) from refusal
            if refusal.code in {404, 422} and question is not None:
                raise NotPaired("code") from refusal
            raise NotPaired("stranger", f"HTTP {refusal.code}") from refusal
        except (OSError, http.client.HTTPException) as cause:
            raise _unreachable(cause) from cause
        except ValueError as cause:
            raise NotPaired("stranger", "the answer is not JSON") from cause
        if not isinstance(content, dict):
            raise NotPaired("stranger", "an unexpected answer")
        return content

    def _opener(self) -> urllib.request.OpenerDirector:
        """No proxy and no redirect: a secret goes to the address that was typed, and nowhere else."""
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({}), _NoRedirect()]
        if self.url.startswith("https:"):
            cafile = None if self.ca_file is None else str(self.ca_file)
            try:
                context = ssl.create_default_context(cafile=cafile)
            except OSError as cause:
                raise NotPaired("certificate", f"cannot read {cafile}") from cause
            handlers.append(urllib.request.HTTPSHandler(context=context))
        return urllib.request.build_opener(*handlers)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Never."""


def _credentials(content: dict[str, Any]) -> dict[str, Any]:
    try:
        Credentials.model_validate(content)
    except ValidationError as cause:
        raise NotPaired("stranger", "the answer holds no credentials") from cause
    return content


def _unreachable(cause: Exception) -> NotPaired:
    inner = cause.reason if isinstance(cause, urllib.error.URLError) else cause
    if isinstance(inner, ssl.SSLCertVerificationError):
        return NotPaired("certificate", inner.verify_message)
    if isinstance(inner, ssl.SSLError):
        return NotPaired("certificate", str(inner.reason))
    if isinstance(inner, TimeoutError):
        return NotPaired("unreachable", "no answer in time")
    if isinstance(inner, socket.gaierror):
        return NotPaired("unreachable", "nobody knows that name")
    if isinstance(inner, OSError) and inner.strerror:
        return NotPaired("unreachable", inner.strerror)
    return NotPaired("unreachable", type(inner).__name__)


def _is_number(host: str) -> bool:
    return all(part.isascii() and part.isdigit() for part in host.split(".")) or ":" in host


def _lasting(seconds: int) -> str:
    return f" {seconds} 秒" if seconds <= 90 else f" {-(-seconds // 60)} 分钟"
