"""Signs of life: birth on every connect, `ready` as the heartbeat, goodbye, last will; a new nonce per session."""

import secrets
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

from gateway.contract.envelope import Body, Broken, pack
from gateway.contract.life import MAX_BYTES, Birth, Life, State
from gateway.contract.topics import Channel, Topic
from gateway.wire import Will
from kiosk.agent.clock import Moment, StationClock
from kiosk.agent.outbox import Outbox

try:
    SOFTWARE = f"changxiaozhan {version('changxiaozhan')}"
except PackageNotFoundError:
    SOFTWARE = "changxiaozhan"


class SignsOfLife:
    """What this kiosk says of itself. `devices` names the devices it hears now."""

    def __init__(
        self, kiosk: str, outbox: Outbox, clock: StationClock, devices: Callable[[], tuple[Body, ...]]
    ) -> None:
        self.state_topic = str(Topic(kiosk, Channel.STATE))
        self.birth_topic = str(Topic(kiosk, Channel.BIRTH))
        self._outbox, self._clock, self._devices = outbox, clock, devices
        self._nonce = secrets.token_hex(8)

    def will(self) -> Will:
        """The will of the connection that is about to be made; a new session begins with it."""
        self._nonce = secrets.token_hex(8)
        return Will(self.state_topic, State(Life.LOST, self._nonce).encode())

    def birth(self) -> bytes:
        """The birth certificate of this session."""
        certificate = Birth(
            self._nonce,
            self._clock.boot,
            SOFTWARE[:64],
            self._outbox.heads(),
            _fitting(self._devices()),
            mono=self._clock.mono(),
        )
        return certificate.encode()

    def ready(self) -> bytes:
        """The heartbeat."""
        return self._state(Life.READY)

    def farewell(self) -> Will:
        """The orderly goodbye."""
        return Will(self.state_topic, self._state(Life.DISCONNECTED))

    def moment(self) -> Moment:
        """This moment, for a fact about ourselves."""
        return self._clock.moment()

    def _state(self, life: Life) -> bytes:
        return State(life, self._nonce, self._clock.moment().at, self._outbox.backlog()).encode()


def _fitting(devices: tuple[Body, ...]) -> tuple[Body, ...]:
    """As many devices as leave the certificate readable for a gateway."""
    kept: list[Body] = []
    room = MAX_BYTES // 2
    for device in devices:
        try:
            room -= len(pack(device)) + 1
        except Broken:
            continue
        if room < 0:
            break
        kept.append(device)
    return tuple(kept)
