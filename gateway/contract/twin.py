"""The device twin: one versioned *desired* document comes down, one *reported* document goes up.

The hash covers the body; a document whose hash is wrong, or whose version is older, is not applied: the last
good one is kept. No secrets travel in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.contract.envelope import Body, Broken, digest, pack, text, unpack, version, whole

MAX_BYTES = 64 * 1024
MAX_BODY = MAX_BYTES - 256
"""Bytes of the body alone, so that version and hash fit around it."""
MAX_ERROR = 500


@dataclass(frozen=True, slots=True)
class Dial:
    """A whole number by which a kiosk is set, the same on both sides of the border."""

    default: int
    least: int
    most: int


DIALS = {
    "idle_s": Dial(30, 15, 180),
    "disk_low_mb": Dial(64, 64, 8192),
    "remote_hands": Dial(1, 0, 1),
}
"""A kiosk's own settings, in the part `kiosk` of its desired state.

`idle_s`: seconds untouched until the screen is wiped; `disk_low_mb`: free disk below which the self-check complains;
`remote_hands`: whether commands may move hardware (0: a volunteer is working inside the cabinet).
"""


def read_dials(part: Mapping[str, object]) -> dict[str, int]:
    """Every dial's value, by default where the part is silent; `Broken` out of range. Unknown dials are passed over."""
    found = {}
    for name, dial in DIALS.items():
        value = part.get(name, dial.default)
        if isinstance(value, bool) or not isinstance(value, int) or not dial.least <= value <= dial.most:
            raise Broken(f"kiosk.{name} is not a whole number from {dial.least} to {dial.most}")
        found[name] = value
    return found


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
