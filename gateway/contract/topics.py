"""The topics under `cxz/1/`: a topic is a value that validates itself.

User name = client id = kiosk id, so that the broker's rights can be written once for all kiosks.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from gateway.contract.envelope import Broken

ROOT = "cxz/1"
GATEWAY_STATE = f"{ROOT}/gateway/state"
UP_FILTER = f"{ROOT}/+/up/#"

_KIOSK = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")


class Lane(StrEnum):
    """Facts travel in three lanes, each its own stream, so that an SOS never waits behind a backlog."""

    SOS = "sos"
    EVENT = "event"
    TELEMETRY = "telemetry"


class Channel(StrEnum):
    """What a topic under a kiosk carries, as it stands in the topic."""

    STATE = "up/state"
    BIRTH = "up/birth"
    SOS = "up/facts/sos"
    EVENT = "up/facts/event"
    TELEMETRY = "up/facts/telemetry"
    REPORTED = "up/reported"
    ACK = "down/ack"
    DESIRED = "down/desired"
    COMMAND = "down/command"


FACTS = {Lane.SOS: Channel.SOS, Lane.EVENT: Channel.EVENT, Lane.TELEMETRY: Channel.TELEMETRY}
LANES = {channel: lane for lane, channel in FACTS.items()}


@dataclass(frozen=True, slots=True)
class Topic:
    """One kiosk's topic; raises `Broken` for a kiosk id that could not be a user name or a topic level."""

    kiosk: str
    channel: Channel

    def __post_init__(self) -> None:
        check_kiosk(self.kiosk)

    def __str__(self) -> str:
        return f"{ROOT}/{self.kiosk}/{self.channel}"

    @classmethod
    def parse(cls, topic: str) -> "Topic":
        """The topic of a received message; `Broken` when it is not one of ours."""
        head, _, rest = topic.removeprefix(ROOT + "/").partition("/")
        if not topic.startswith(ROOT + "/"):
            raise Broken(f"topic outside {ROOT}/")
        try:
            channel = Channel(rest)
        except ValueError as cause:
            raise Broken("unknown topic") from cause
        return cls(head, channel)


def check_kiosk(kiosk: str) -> str:
    """Returns the id when it may be one: 1–32 of a–z, 0–9 and inner hyphens, and not `gateway`."""
    if not _KIOSK.fullmatch(kiosk) or kiosk == "gateway":
        raise Broken(f"not a kiosk id: {kiosk[:40]!r}")
    return kiosk


def facts(kiosk: str, lane: Lane) -> str:
    """The topic on which this kiosk publishes the facts of one lane."""
    return str(Topic(kiosk, FACTS[lane]))


def down_filter(kiosk: str) -> str:
    """What a kiosk subscribes to."""
    return f"{ROOT}/{check_kiosk(kiosk)}/down/#"
