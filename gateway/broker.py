"""Our own broker: Mosquitto as a supervised child, or the stand-in where there is none. `process.py` starts it.

When the gateway is killed its Mosquitto lives on. The next gateway ends that orphan (it saves its sessions as it
goes) and starts a new one: an adopted one could not be listened to, and what it denied would go unnoticed.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import Protocol

import structlog

from gateway.credentials import GATEWAY, hash_secret, logins, own_password, write_password_file, write_private
from gateway.ears import Ears, Refused
from gateway.mailbox import Mailbox
from gateway.mosquitto_files import RIGHTS, Tls, configuration
from gateway.sqlite import Unusable

WATCH_S = 0.2
READY_S = 15.0
END_S = 5.0
LONGEST_DELAY_S = 20.0
_NO_LOGIN = b"\xc0\x00"
"""A ping without a login: Mosquitto hangs up, and nobody counts it as a refused login."""
_PLACES = ("/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/sbin")

log = structlog.get_logger("broker")


class Broker(Protocol):
    """What `process.py` needs of our own broker."""

    url: str
    username: str
    password: str

    def start(self) -> None:
        """Returns when it listens; raises `Unusable`."""

    def stop(self) -> None:
        """Ends it and waits."""


def own_broker(
    mailbox: Mailbox, folder: Path, host: str, port: int, *, demo: bool, refused: Refused, tls: Tls | None = None
) -> Broker:
    """Mosquitto where it is installed, else the stand-in with a warning; `Unusable` where there is neither."""
    program = find_mosquitto()
    if program is not None:
        return Mosquitto(program, mailbox, folder, host, port, demo=demo, refused=refused, tls=tls)
    if tls is not None:
        raise Unusable("the stand-in broker speaks no TLS: install Mosquitto (apt install mosquitto)")
    try:
        from gateway.standin import Standin
    except ImportError as cause:
        raise Unusable(
            "no MQTT broker: install Mosquitto (apt install mosquitto), or for development pip install "
            "'changxiaozhan[standin]', or name one in CXZ_MQTT_URL"
        ) from cause
    log.warning(
        "Mosquitto is not installed: amqtt stands in. For development on one desk only: slow, keeps nothing over a "
        "restart, and leaves a revoked kiosk connected"
    )
    return Standin(mailbox, folder, host, port, demo=demo, refused=refused)


def find_mosquitto() -> str | None:
    """The program, also where only root's path leads."""
    return shutil.which("mosquitto", path=os.pathsep.join([os.environ.get("PATH", os.defpath), *_PLACES]))


def check_port(host: str, port: int) -> None:
    """`Unusable` when somebody else listens there already."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as cause:
        raise Unusable(
            f"cannot listen on {host}:{port}: {cause.strerror or cause}; choose another CXZ_MQTT_PORT, or name the "
            "broker that runs there in CXZ_MQTT_URL"
        ) from cause


class Logins:
    """The password file, kept equal to the mailbox's credentials and the gateway's own password."""

    def __init__(self, mailbox: Mailbox, folder: Path, *, demo: bool) -> None:
        self.path = folder / "passwords"
        self._mailbox = mailbox
        self._demo = demo
        self._version: int | None = None
        self._written: dict[str, str] | None = None
        self._own = ""
        self._folder = folder

    def prepare(self) -> str:
        """Make the folder and the first file; returns the gateway's own password. Raises `Unusable`."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            password = own_password(self._folder / "password")
            self._own = hash_secret(password)
            self.refresh()
            self._version = None  # each thread's connection counts for itself: the watcher begins with a look
        except OSError as cause:
            raise Unusable(f"cannot write to {self._folder}: {cause.strerror or cause}") from cause
        return password

    def refresh(self) -> bool:
        """Write the file when somebody was enrolled or revoked; True when it was written."""
        version = self._mailbox.data_version()
        if version == self._version:
            return False
        wanted = logins(self._mailbox.credentials(), demo=self._demo) | {GATEWAY: self._own}
        changed = wanted != self._written
        if changed:
            write_password_file(self.path, wanted)
            self._written = wanted
        self._version = version
        return changed


class Mosquitto:
    """Mosquitto as our child: started, listened to, restarted, told of new credentials, and ended with us."""

    def __init__(
        self,
        program: str,
        mailbox: Mailbox,
        folder: Path,
        host: str,
        port: int,
        *,
        demo: bool,
        refused: Refused,
        tls: Tls | None = None,
    ) -> None:
        self.username = GATEWAY
        self.password = ""
        self._tls = tls
        self._inner_port = 0 if tls is None else _free_port()
        self.url = mqtt_url(host, port) if tls is None else mqtt_url("127.0.0.1", self._inner_port)
        self._program = program
        self._folder = folder.absolute()
        self._host, self._port = host, port
        self._refused = refused
        self._logins = Logins(mailbox, self._folder, demo=demo)
        self._child: subprocess.Popen[bytes] | None = None
        self._ears: Ears | None = None
        self._certificates: tuple[int, ...] = ()
        self._stopping = threading.Event()
        self._watch: threading.Thread | None = None

    def start(self) -> None:
        """Returns when it listens; raises `Unusable`."""
        self.password = self._logins.prepare()
        if self._tls is not None:
            self._tls.check()
            self._certificates = self._tls.stamp()
        try:
            self._end_orphan()
            write_private(self._folder / "rights", RIGHTS)
            words = configuration(self._folder, self._host, self._port, self._tls, self._inner_port)
            write_private(self._configuration, words)
            check_port(self._host, self._port)
            self._launch()
            self._wait_until_it_listens()
        except OSError as cause:
            raise Unusable(f"cannot start {self._program}: {cause.strerror or cause}") from cause
        except Unusable:
            self._end()
            raise
        self._watch = threading.Thread(target=self._supervise, name="broker", daemon=True)
        self._watch.start()

    def stop(self) -> None:
        """End it; it saves its sessions as it goes."""
        self._stopping.set()
        if self._watch is not None:
            self._watch.join()
        self._end()

    def _supervise(self) -> None:
        delay = WATCH_S
        while not self._stopping.wait(delay):
            try:
                if self._child is not None and self._child.poll() is None:
                    delay = WATCH_S
                    if self._logins.refresh() or self._certificates_renewed():
                        self._reload(self._child)
                        log.info("logins renewed")
                    continue
                log.error("Mosquitto ended; starting it again", reason=self._last_words())
                self._launch()
            except Exception as cause:  # a full disk, a locked mailbox: the next round may fare better
                log.error("the broker's supervisor failed; trying again", error=str(cause))
            delay = min(delay * 2, LONGEST_DELAY_S)

    def _reload(self, child: "subprocess.Popen[bytes]") -> None:
        """Make Mosquitto read its files; whose password is gone is cut off at once, the others notice nothing."""
        child.send_signal(signal.SIGHUP)
        # A second signal during the reload would be lost, and with it somebody's end. It reloads between two rounds
        # of its loop: whoever is answered twice after the signal knows that it is done.
        for _ in range(2):
            with contextlib.suppress(OSError), socket.create_connection(self._door, END_S) as line:
                line.sendall(_NO_LOGIN)
                line.recv(1)

    def _launch(self) -> None:
        self._child = subprocess.Popen(
            [self._program, "-c", str(self._configuration)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C at the terminal is for us; we end it in order
        )
        write_private(self._pid_file, f"{self._child.pid}\n")
        self._ears = Ears(self._child, self._refused)
        self._ears.start()

    def _wait_until_it_listens(self) -> None:
        overdue = time.monotonic() + READY_S
        while time.monotonic() < overdue:
            if self._child is None or self._child.poll() is not None:
                raise Unusable(f"Mosquitto does not start: {self._last_words()}")
            with contextlib.suppress(OSError), socket.create_connection(self._door, 1):
                return
            time.sleep(0.02)
        raise Unusable(f"Mosquitto does not listen on {self._host}:{self._port}")

    def _last_words(self) -> str:
        return self._ears.last_words() if self._ears is not None else "no output"

    def _end(self) -> None:
        child = self._child
        if child is None:
            return
        child.terminate()
        try:
            child.wait(END_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        if self._ears is not None:
            self._ears.join(END_S)
        self._pid_file.unlink(missing_ok=True)

    def _end_orphan(self) -> None:
        try:
            pid = int(self._pid_file.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return
        if not self._is_ours(pid):
            return
        log.warning("ending the Mosquitto that an earlier gateway left behind", pid=pid)
        for sign, patience in ((signal.SIGTERM, END_S), (signal.SIGKILL, END_S)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign)
            overdue = time.monotonic() + patience
            while self._is_ours(pid) and time.monotonic() < overdue:
                time.sleep(0.02)
        if self._is_ours(pid):
            raise Unusable(f"the Mosquitto of an earlier gateway (process {pid}) does not end")

    def _is_ours(self, pid: int) -> bool:
        # A number may have been given to another process since; the configuration's path tells.
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False
        return os.fsencode(self._configuration) in command.split(b"\0")

    @property
    def _door(self) -> tuple[str, int]:
        """Where it listens without TLS."""
        return ("127.0.0.1", self._inner_port) if self._tls is not None else (_reachable(self._host), self._port)

    @property
    def _configuration(self) -> Path:
        return self._folder / "mosquitto.conf"

    @property
    def _pid_file(self) -> Path:
        return self._folder / "mosquitto.pid"

    def _certificates_renewed(self) -> bool:
        """Whether the certificate's files are others than before, and fit each other: renewing writes two of them."""
        if self._tls is None:
            return False
        try:
            stamp = self._tls.stamp()
            if stamp == self._certificates:
                return False
            self._tls.check()
        except (OSError, Unusable):
            return False
        self._certificates = stamp
        return True


def mqtt_url(host: str, port: int) -> str:
    """Where a client on this machine finds a broker that listens on `host`."""
    reachable = _reachable(host)
    return f"mqtt://[{reachable}]:{port}" if ":" in reachable else f"mqtt://{reachable}:{port}"


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (compared, not bound)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
