"""HTTP on the way out: short deadlines, no redirects, no proxy of the environment, and no address inside our own house.

A name is looked up once, checked, and the connection goes to the very address that was checked: a name that answers
differently the second time (DNS rebinding) gains nothing.
"""

import ipaddress
import json
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit, urlunsplit

import httpx2

CONNECT_S = 3.0
READ_S = 5.0
WHOLE_S = 8.0
"""Until the whole answer is here, however slowly it drips."""
MOST_BYTES = 64 * 1024

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class NotSent(Exception):
    """Nothing was confirmed; `str()` is a Chinese sentence without anything secret. `again`: whether to try again."""

    def __init__(self, sentence: str, *, again: bool = True) -> None:
        super().__init__(sentence)
        self.again = again


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer."""

    status: int
    body: bytes
    retry_after: int
    """Seconds; 0 when nothing was said."""

    def fields(self) -> dict[str, Any]:
        """The JSON object in the body; empty when there is none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


class Post:
    """Sends requests to one place. Safe to share between threads."""

    def __init__(self, allow_private: bool = False, verify: str = "") -> None:
        self._allow_private = allow_private
        self._client = httpx2.Client(
            timeout=httpx2.Timeout(READ_S, connect=CONNECT_S),
            follow_redirects=False,
            trust_env=False,
            verify=httpx2.create_ssl_context(verify) if verify else True,
        )

    def send(self, method: str, url: str, content: bytes, headers: Mapping[str, str]) -> Reply:
        """The answer, whatever its status; raises `NotSent` when there was none."""
        deadline = time.monotonic() + WHOLE_S
        parts = urlsplit(url)
        target, host = self._checked(parts)
        try:
            with self._client.stream(
                method,
                target,
                content=content,
                headers={**headers, "Host": parts.netloc.rpartition("@")[2]},
                extensions={"sni_hostname": host},
            ) as response:
                body = b""
                for chunk in response.iter_raw():
                    body += chunk
                    if len(body) > MOST_BYTES or time.monotonic() > deadline:
                        break
                return Reply(response.status_code, body[:MOST_BYTES], _seconds(response.headers.get("retry-after", "")))
        except httpx2.ConnectTimeout as cause:
            raise NotSent("连不上，超时了") from cause
        except httpx2.TimeoutException as cause:
            raise NotSent("连上了，但对方一直不回答") from cause
        except httpx2.ConnectError as cause:
            raise NotSent("连不上对方") from cause
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as cause:
            raise NotSent(f"网络中断（{type(cause).__name__}）") from cause

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _checked(self, parts: SplitResult) -> tuple[str, str]:
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as cause:
            raise NotSent("找不到对方的地址（DNS）") from cause
        addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
        if not self._allow_private and not all(is_public(address) for address in addresses):
            raise NotSent("地址在内网，不允许往那里发", again=False)
        address = addresses[0]
        netloc = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        return urlunsplit((parts.scheme, netloc, parts.path or "/", parts.query, "")), host


def is_public(address: str) -> bool:
    """Whether an IP address lies in the open internet; addresses that carry an inner one are judged by that too."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not found.is_multicast and not found.is_reserved and not found.is_unspecified


def why_not(url: str, allow_private: bool) -> str | None:
    """Why an address of the configuration will not do (Chinese sentence), or None. Names are looked up when sending."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "地址写得不对"
    if parts.scheme not in ({"https", "http"} if allow_private else {"https"}) or not parts.hostname:
        return "地址要以 https:// 开头"
    if parts.username or parts.password:
        return "地址里不要写用户名和密码"
    if not allow_private:
        try:
            inside = not is_public(parts.hostname)
        except ValueError:
            inside = parts.hostname == "localhost" or parts.hostname.endswith((".localhost", ".local", ".internal"))
        if inside:
            return "地址在内网，不允许往那里发"
    return None


def as_json(values: Mapping[str, object]) -> bytes:
    """UTF-8, as the robots count their bytes."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()


def secrets_in(urls: Sequence[str]) -> tuple[str, ...]:
    """What must not be repeated of an address: its path and its parameters."""
    found: list[str] = []
    for url in urls:
        parts = urlsplit(url)
        found += [url, *(value for value in (parts.query, parts.path) if len(value) > 8)]
        found += [value for pair in parts.query.split("&") if len(value := pair.partition("=")[2]) > 4]
        found += [piece for piece in parts.path.split("/") if len(piece) > 12]
    return tuple(found)


def _seconds(text: str) -> int:
    return min(int(text), 3600) if text.isascii() and text.isdigit() and len(text) < 9 else 0
