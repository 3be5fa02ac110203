"""The device twin: one versioned *desired* document comes down, one *reported* document goes up.

The hash covers the body; a document whose hash is wrong, or whose version is older, is not applied: the last
good one is kept. No secrets travel in it.
"""

from dataclasses import dataclass, field

from gateway.contract.envelope import Body, Broken, digest, pack, text, unpack, version, whole

MAX_BYTES = 64 * 1024
MAX_ERROR = 500


@dataclass(frozen=True, slots=True)
class Desired:
    """`down/desired`, retained. `version` counts up per kiosk; `body` has one part per feature's panel."""

    version: int
    body: Body

    def encode(self) -> bytes:
        """Bytes for `down/desired`; `Broken` over 64 KiB."""
        return pack({"v": 1, "version": self.version, "hash": digest(self.body), "body": self.body}, MAX_BYTES)

    @classmethod
    def decode(cls, payload: bytes) -> "Desired":
        """Raises `Broken`, also for a hash that does not fit the body."""
        value = unpack(payload, MAX_BYTES)
        version(value)
        body = value.get("body")
        if not isinstance(body, dict):
            raise Broken("body is not an object")
        if text(value, "hash", most=64) != digest(body):
            raise Broken("the hash does not fit the body")
        return cls(whole(value, "version", least=1), body)


def supersedes(current: Desired | None, offered: Desired) -> bool:
    """Whether a kiosk applies what it is offered: only a higher version than the one it has."""
    return current is None or offered.version > current.version


@dataclass(frozen=True, slots=True)
class Reported:
    """`up/reported`, retained: the version applied (0: none yet), why the offered one was not, and the parts."""

    version: int
    software: str
    error: str | None = None
    amenities: dict[str, str] = field(default_factory=dict)
    check: dict[str, str] = field(default_factory=dict)
    """Self-check: part → `ok`, or one sentence that names what fails."""

    def encode(self) -> bytes:
        """Bytes for `up/reported`; a long error is cut, `Broken` over 64 KiB."""
        return pack(
            {
                "v": 1,
                "version": self.version,
                "software": self.software,
                "error": self.error and self.error[:MAX_ERROR],
                "amenities": self.amenities,
                "check": self.check,
            },
            MAX_BYTES,
        )

    @classmethod
    def decode(cls, payload: bytes) -> "Reported":
        """Raises `Broken`."""
        value = unpack(payload, MAX_BYTES)
        version(value)
        return cls(
            version=whole(value, "version", least=0),
            software=text(value, "software", most=64),
            error=None if value.get("error") is None else text(value, "error", most=MAX_ERROR),
            amenities=_words(value, "amenities"),
            check=_words(value, "check"),
        )


def _words(value: Body, name: str) -> dict[str, str]:
    part = value.get(name, {})
    if not isinstance(part, dict) or not all(isinstance(item, str) for item in part.values()):
        raise Broken(f"{name} is not an object of texts")
    return part
