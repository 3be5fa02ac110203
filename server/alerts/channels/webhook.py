"""A signed call to a program of somebody else's, and text messages through a provider's HTTP interface."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from urllib.parse import quote, urlencode

from server.alerts.channels.message import Answer, Limits, Message, shown
from server.alerts.channels.post import NotSent, Post, Reply, as_json, secrets_in

MINUTE_MS = 60_000


class Webhook:
    """`X-Cxz-Signature: sha256=` HMAC of `timestamp.body`; the receiver refuses old timestamps. 2xx confirms."""

    kind = "webhook"
    group = True

    def __init__(self, name: str, url: str, secret: str, per_minute: int, post: Post, clock: Callable[[], int]) -> None:
        self.name = name
        self.limits = Limits(8192, per_minute, per_minute, per_minute // 2)
        self._url = url
        self._secret = secret
        self._post = post
        self._clock = clock

    def send(self, message: Message) -> Answer:
        """Post it; a redirect is not followed and confirms nothing."""
        body = as_json({"id": message.mark, "urgent": message.urgent, "text": message.text, **message.facts})
        at = str(self._clock() // 1000)
        signature = hmac.new(self._secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "X-Cxz-Message": message.mark,
            "X-Cxz-Timestamp": at,
            "X-Cxz-Signature": f"sha256={signature}",
        }
        try:
            reply = self._post.send("POST", self._url, body, headers)
        except NotSent as refusal:
            return Answer(False, str(refusal), again=refusal.again)
        return _by_status(reply, (*secrets_in([self._url]), self._secret))

    def close(self) -> None:
        """Close the connections."""
        self._post.close()


class Sms:
    """A provider's HTTP interface, described by a template: `{phone}`, `{text}` and `{mark}` are filled in."""

    kind = "sms"
    group = False

    def __init__(
        self,
        name: str,
        url: str,
        headers: Mapping[str, str],
        form: Mapping[str, str],
        body: Mapping[str, str],
        confirm: Mapping[str, str],
        most_bytes: int,
        per_minute: int,
        post: Post,
    ) -> None:
        self.name = name
        self.limits = Limits(most_bytes, per_minute, per_minute, per_minute // 2)
        self._url = url
        self._headers = headers
        self._form = form
        self._body = body
        self._confirm = confirm
        self._post = post

    def send(self, message: Message) -> Answer:
        """Fill the template in; confirmed when the status is 2xx and every field of `confirm` has its value."""
        values = {"phone": message.address, "text": message.text, "mark": message.mark}
        url = self._url
        for name, value in values.items():
            url = url.replace("{" + name + "}", quote(value, safe=""))
        headers = dict(self._headers)
        if self._body:
            content = as_json(_filled(self._body, values))
            headers.setdefault("Content-Type", "application/json; charset=utf-8")
        else:
            content = urlencode(_filled(self._form, values)).encode()
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
        secrets = (*secrets_in([self._url]), message.address, *self._headers.values(), *self._constants())
        try:
            reply = self._post.send("POST", url, content, headers)
        except NotSent as refusal:
            return Answer(False, str(refusal), again=refusal.again)
        answer = _by_status(reply, secrets)
        if not answer.confirmed:
            return answer
        fields = reply.fields()
        wrong = {name: _at(fields, name) for name, value in self._confirm.items() if _at(fields, name) != value}
        if wrong:
            return Answer(False, shown(f"服务商没有确认：{json.dumps(wrong, ensure_ascii=False)}", secrets))
        return answer

    def close(self) -> None:
        """Close the connections."""
        self._post.close()

    def _constants(self) -> tuple[str, ...]:
        return tuple(
            value for value in (*self._form.values(), *self._body.values()) if "{" not in value and len(value) > 7
        )


def _filled(template: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for field, text in template.items():
        # In one pass over the template: what was typed is never taken for a place to fill in.
        pieces = text.split("{")
        out = pieces[0]
        for piece in pieces[1:]:
            name, brace, rest = piece.partition("}")
            out += values[name] + rest if brace and name in values else "{" + piece
        found[field] = out
    return found


def _at(fields: Mapping[str, object], path: str) -> str:
    found: object = fields
    for step in path.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return "" if found is None else str(found)


def _by_status(reply: Reply, secrets: tuple[str, ...]) -> Answer:
    words = shown(f"HTTP {reply.status} {reply.body[:400].decode(errors='replace')}", secrets)
    if 200 <= reply.status < 300:
        return Answer(True, words)
    if reply.status == 429:
        return Answer(False, words, max(MINUTE_MS, reply.retry_after * 1000))
    if 300 <= reply.status < 400:
        return Answer(False, f"HTTP {reply.status} 对方要跳转，不跟随", again=False)
    return Answer(False, words, reply.retry_after * 1000 if reply.status == 503 else 0)
