"""Life and death of a kiosk on the wire: the birth certificate, the state, and the last will.

A will whose nonce is not the current session's is ignored, so that a late death cannot bury a newer birth.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from gateway.contract.envelope import Body, Broken, identifier, moment, pack, text, unpack, version, whole
from gateway.contract.topics import Lane

MAX_BYTES = 16 * 1024
HEARTBEAT_S = 30
"""A kiosk repeats its state this often; three missed ones mean 失联."""


class Life(StrEnum):
    """`ready` is said by the living, `disconnected` on an orderly goodbye, `lost` by the broker (last will)."""

    READY = "ready"
    DISCONNECTED = "disconnected"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class State:
    """`up/state`, retained. `backlog`: facts not yet acknowledged; `at`: UTC milliseconds or None."""

    life: Life
    nonce: str
    at: int | None = None
    backlog: int = 0

    def encode(self) -> bytes:
        """Bytes for `up/state` and for the will."""
        return pack({"state": str(self.life), "nonce": self.nonce, "at": self.at, "backlog": self.backlog})

    @classmethod
    def decode(cls, payload: bytes) -> "State":
        """Raises `Broken`."""
        value = unpack(payload, MAX_BYTES)
        life = text(value, "state", most=16)
        if life not in set(Life):
            raise Broken("state is not ready, disconnected or lost")
        at = None if value.get("at") is None else moment(value, "at")
        backlog = whole(value, "backlog", least=0) if "backlog" in value else 0
        return cls(Life(life), text(value, "nonce", least=4, most=64), at, backlog)


def heard(current_nonce: str | None, state: State) -> bool:
    """Whether a state changes what is believed: every `ready` does, a death only with the current nonce."""
    return state.life is Life.READY or current_nonce is None or state.nonce == current_nonce


@dataclass(frozen=True, slots=True)
class StreamHead:
    """One lane's stream at birth: numbers `first`…`last` are still held; below `first` nothing will come again."""

    lane: Lane
    stream: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Birth:
    """`up/birth`, on every connect: who speaks, what it runs, and where its streams stand."""

    nonce: str
    boot: str
    software: str
    streams: tuple[StreamHead, ...]
    devices: tuple[Body, ...] = ()
    more: Body = field(default_factory=dict)
    mono: int | None = None
    """Milliseconds since `boot` when it was written: a birth travels at once, so this dates the facts of a boot."""

    def encode(self) -> bytes:
        """Bytes for `up/birth`; `Broken` over 16 KiB."""
        streams = [
            {"lane": str(head.lane), "stream": head.stream, "first": head.first, "last": head.last}
            for head in self.streams
        ]
        return pack(
            {
                **self.more,
                **({} if self.mono is None else {"mono": self.mono}),
                "v": 1,
                "nonce": self.nonce,
                "boot": self.boot,
                "software": self.software,
                "streams": streams,
                "devices": list(self.devices),
            },
            MAX_BYTES,
        )

    @classmethod
    def decode(cls, payload: bytes) -> "Birth":
        """Raises `Broken`."""
        value = unpack(payload, MAX_BYTES)
        version(value)
        streams, devices = value.get("streams"), value.get("devices", [])
        if not isinstance(streams, list) or len(streams) > 8:
            raise Broken("streams is not a list of at most 8")
        if not isinstance(devices, list) or not all(isinstance(device, dict) for device in devices):
            raise Broken("devices is not a list of objects")
        known = {"v", "nonce", "boot", "software", "streams", "devices", "mono"}
        return cls(
            nonce=text(value, "nonce", least=4, most=64),
            boot=text(value, "boot", least=1, most=64),
            software=text(value, "software", most=64),
            streams=tuple(_head(item) for item in streams),
            devices=tuple(devices),
            more={name: item for name, item in value.items() if name not in known},
            mono=None if value.get("mono") is None else moment(value, "mono"),
        )


def _head(item: object) -> StreamHead:
    if not isinstance(item, dict):
        raise Broken("a stream is not an object")
    lane = text(item, "lane", most=16)
    if lane not in set(Lane):
        raise Broken("a stream's lane is unknown")
    head = StreamHead(
        Lane(lane),
        identifier(item, "stream"),
        whole(item, "first", least=1),
        whole(item, "last", least=0),
    )
    if head.first > head.last + 1:
        raise Broken("a stream that begins after it ends")
    return head
