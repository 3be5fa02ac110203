"""amqtt in place of Mosquitto: development on one desk where Mosquitto cannot be installed. Imported only then.

It serves from a thread of the gateway's own, with the same password file and the same rights. It forgets everything
when it ends, does not cut off a revoked kiosk (but takes nothing more from it), and manages about 2,000 messages/s.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog
from amqtt.broker import Broker as Amqtt
from amqtt.contexts import Action, BaseContext, BrokerConfig, ListenerConfig
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session

from gateway.broker import Logins, check_port, mqtt_url
from gateway.contract.topics import GATEWAY_STATE, ROOT
from gateway.credentials import GATEWAY, verify_secret
from gateway.ears import Refused
from gateway.mailbox import Mailbox
from gateway.sqlite import Unusable

WATCH_S = 0.2
READY_S = 15.0

log = structlog.get_logger("standin")

_told: dict[str, Refused] = {}
"""Password file → who is told of refusals: amqtt makes its plugins from plain configuration values."""


class Standin:
    """Serves from `start` to `stop`."""

    def __init__(self, mailbox: Mailbox, folder: Path, host: str, port: int, *, demo: bool, refused: Refused) -> None:
        self.username = GATEWAY
        self.password = ""
        self.url = mqtt_url(host, port)
        self._host, self._port = host, port
        self._refused = refused
        self._logins = Logins(mailbox, folder.absolute(), demo=demo)
        self._ready = threading.Event()
        self._failure: str | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over: asyncio.Event | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Returns when it listens; raises `Unusable`."""
        self.password = self._logins.prepare()
        check_port(self._host, self._port)
        logging.getLogger("amqtt").setLevel(logging.ERROR)
        logging.getLogger("transitions").setLevel(logging.ERROR)
        _told[str(self._logins.path)] = self._refused
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="standin", daemon=True)
        self._thread.start()
        if not self._ready.wait(READY_S) or self._failure is not None:
            raise Unusable(f"the stand-in broker does not start: {self._failure or 'no answer'}")

    def stop(self) -> None:
        """End and wait."""
        if self._loop is not None and self._over is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended already
                self._loop.call_soon_threadsafe(self._over.set)
        if self._thread is not None:
            self._thread.join(READY_S)
        _told.pop(str(self._logins.path), None)

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        users = {"password_file": str(self._logins.path)}
        host = f"[{self._host}]" if ":" in self._host else self._host
        try:
            broker = _Broker(
                BrokerConfig(
                    listeners={"default": ListenerConfig(bind=f"{host}:{self._port}")},
                    plugins={"gateway.standin.StandinLogin": users, "gateway.standin.StandinRights": users},
                )
            )
            await broker.start()
        except Exception as cause:  # whatever amqtt stumbles over, the console gets one line
            self._failure = str(cause)
            self._ready.set()
            return
        self._ready.set()
        while not self._over.is_set():
            try:
                if self._logins.refresh():
                    log.info("logins renewed")
            except Exception as cause:  # a locked mailbox, a full disk: the next look may fare better
                log.error("logins could not be renewed; trying again", error=str(cause))
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._over.wait(), WATCH_S)
        await broker.shutdown()


class _Broker(Amqtt):  # type: ignore[misc, unused-ignore]
    """amqtt sends a session that returns whatever is retained for anybody's filters; here it gets its own only."""

    async def _publish_retained_messages_for_subscription(
        self, subscription: tuple[str, int], session: Session
    ) -> None:
        own = self._subscriptions.get(subscription[0], ())
        if any(one.client_id == session.client_id for one, _ in own):
            await super()._publish_retained_messages_for_subscription(subscription, session)


class _Users:
    """The password file as it stands now, read again when it has changed."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._stamp: tuple[int, int] | None = None
        self._users: dict[str, str] = {}
        self.refused: Callable[[str, str, str], None] = _told.get(path, lambda *_: None)

    def now(self) -> dict[str, str]:
        status = self._path.stat()
        stamp = (status.st_mtime_ns, status.st_ino)
        if stamp != self._stamp:
            lines = self._path.read_text(encoding="utf-8").splitlines()
            self._users = dict(line.split(":", 1) for line in lines if ":" in line)
            self._stamp = stamp
        return self._users


@dataclass
class _Config:
    password_file: str = ""


class StandinLogin(BaseAuthPlugin):  # type: ignore[misc, unused-ignore]
    """Checks user and password against the hashes; nobody gets in under another user's name as client id."""

    Config = _Config

    def __init__(self, context: BaseContext) -> None:
        super().__init__(context)
        self._users = _Users(self.config.password_file)

    async def authenticate(self, *, session: Session) -> bool:
        """True for the right password."""
        users = self._users.now()
        user, password = session.username or "", session.password or ""
        good = verify_secret(password, users.get(user, "")) and (
            session.client_id == user or session.client_id not in users
        )
        if not good:
            self._users.refused("", "login", "wrong user name or password")
        return good


class StandinRights(BaseTopicPlugin):  # type: ignore[misc, unused-ignore]
    """The same rights as Mosquitto's. A kiosk may not subscribe to more than its own: amqtt hands out retained
    messages without asking again."""

    Config = _Config

    def __init__(self, context: BaseContext) -> None:
        super().__init__(context)
        self._users = _Users(self.config.password_file)

    async def topic_filtering(
        self, *, session: Session | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool:
        """Whether this user may do this with this topic; nobody whose credential is gone may do anything."""
        user = session.username if session is not None else None
        if user is None or topic is None or user not in self._users.now():
            return False
        if user == GATEWAY:
            return True
        if action is Action.PUBLISH:
            good = topic.startswith(f"{ROOT}/{user}/up/")
            if not good:
                self._users.refused(user, topic, "not this kiosk's topic")
            return good
        return topic == GATEWAY_STATE or topic.startswith(f"{ROOT}/{user}/down/")
