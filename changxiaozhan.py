"""The front door: one command that mounts the four programs' own commands, and `serve` and `demo`.

This module alone sees all programs; it starts them as processes.
"""

import contextlib
import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from gateway.processes import Child, Crew
from gateway.sqlite import Unusable

app = typer.Typer(
    help="畅小站: rider stations, from a tap on the wall to a thank-you letter.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # among them are passwords
)

START_S = 60.0
"""How long the demo waits for its programs; a slow machine needs a few seconds."""


def main() -> None:
    """Entry point of the command `changxiaozhan`. What its programs write is for their own user's eyes only."""
    os.umask(0o077)
    mount = {"gateway": _mount_gateway, "kiosk": _mount_kiosk}.get("".join(sys.argv[1:2]), _mount_everything)
    mount()
    app(prog_name="changxiaozhan")


def _mount_gateway() -> None:
    """What runs for years on a small machine carries only its own commands in its memory."""
    from gateway.cli import gateway

    app.command()(gateway)


def _mount_kiosk() -> None:
    from kiosk.cli import kiosk_commands

    app.add_typer(kiosk_commands, name="kiosk")


def _mount_everything() -> None:
    from firmware_stubs.simulators.cli import simulate_with
    from gateway.trial import open_trial
    from server.console import programs
    from server.console.certificates import certificate
    from server.console.pairing import pair
    from server.console.privacy import privacy
    from server.console.robots import robots
    from server.console.rota import rota
    from server.console.staff import staff, token
    from server.console.stations import station

    _mount_gateway()
    app.command()(programs.web)
    app.command()(programs.scenarios)
    app.command()(robots)
    _mount_kiosk()
    app.add_typer(pair, name="pair")
    app.add_typer(simulate_with(open_trial, Unusable), name="simulate")
    app.add_typer(station, name="station")
    app.add_typer(staff, name="staff")
    app.add_typer(token, name="token")
    app.add_typer(rota, name="rota")
    app.add_typer(certificate, name="certificate")
    app.add_typer(privacy, name="privacy")


@app.command()
def serve() -> None:
    """Run the centre: the gateway (with its broker) and the web process, kept alive until stopped."""
    logs = Path(os.environ.get("CXZ_DATA", "data")) / "logs"
    _close_to_others(logs)
    crew = Crew(_say)
    with _stoppable() as stopped:
        crew.start(Child("gateway", ["gateway"], logs / "gateway.log"))
        crew.start(Child("web", ["web"], logs / "web.log"))
        reason = _keep(crew, stopped)
    crew.stop()
    if reason:
        _refuse(reason)


@app.command()
def doctor(
    kiosk: Annotated[
        Path | None, typer.Option(help="Folder of a kiosk, with its kiosk.json; without it the centre is looked at.")
    ] = None,
) -> None:
    """Look at every part of a kiosk, or of the centre, and name the one that fails. Exit code 1 when one does."""
    from pydantic import ValidationError

    try:
        if kiosk is not None or "CXZ_KIOSK_DATA" in os.environ:
            raise typer.Exit(_doctor_of_kiosk(kiosk))
        raise typer.Exit(_doctor_of_centre())
    except ValidationError as cause:
        wrong = cause.errors(include_url=False, include_input=False, include_context=False)[0]
        _refuse(f"{'.'.join(str(part) for part in wrong['loc'])}: {wrong['msg']}")


def _doctor_of_kiosk(folder: Path | None) -> int:
    from kiosk.doctor import diagnose
    from kiosk.settings import Settings

    return diagnose(Settings() if folder is None else Settings(data=folder))


def _doctor_of_centre() -> int:
    from gateway.doctor.centre import diagnose
    from gateway.settings import Settings
    from kiosk.agent.clock import StationClock

    return diagnose(
        Settings(),
        os.environ.get("CXZ_HTTP") or "127.0.0.1:8000",
        os.environ.get("CXZ_PUBLIC_URL", ""),
        lambda: StationClock().quality() == "ntp",
    )


@app.command()
def demo(
    riders: Annotated[
        bool, typer.Option(envvar="CXZ_DEMO_RIDERS", help="Simulated riders who check in and report.")
    ] = True,
    reset_only: Annotated[bool, typer.Option("--reset-only", help="Delete the demo's data and stop.")] = False,
) -> None:
    """Run everything on this machine with demo stations, staff, two kiosks and simulated riders. Ctrl-C ends it all."""
    data = Path(os.environ.get("CXZ_DATA", "data"))
    if reset_only:
        _reset(data)
        return
    place = Place.from_environment(data)
    place.check()
    _close_to_others(place.logs)
    crew = Crew(_say)
    reason = None
    with _stoppable() as stopped:
        try:
            # The broker's start takes a second: meanwhile the accounts and credentials are made.
            crew.start(Child("gateway", ["gateway"], place.logs / "gateway.log", place.environment))
            content = _prepare(place)
            reason = _start(crew, place, riders, stopped)
            if reason is None and not stopped.is_set():
                _welcome(place, content, riders)
                reason = _keep(crew, stopped)
            if stopped.is_set():
                _say("ending …")
        finally:
            crew.stop()
    if reason:
        _refuse(reason)
    _say("all programs have ended")


@dataclass(frozen=True, slots=True)
class Place:
    """Where this demo lives: its folder and its addresses, so that two can run side by side."""

    data: Path
    http: str
    mqtt_port: int
    kiosk_http: str

    @classmethod
    def from_environment(cls, data: Path) -> "Place":
        """`CXZ_HTTP`, `CXZ_MQTT_PORT` and `CXZ_KIOSK_HTTP` (the second kiosk takes the next port)."""
        port = os.environ.get("CXZ_MQTT_PORT", "1883")
        if not port.isdigit():
            _refuse(f"CXZ_MQTT_PORT must be a number, not {port!r}")
        place = cls(
            data.resolve(),
            os.environ.get("CXZ_HTTP", "127.0.0.1:8000"),
            int(port),
            os.environ.get("CXZ_KIOSK_HTTP", "127.0.0.1:8100"),
        )
        for name, address in (("CXZ_HTTP", place.http), ("CXZ_KIOSK_HTTP", place.kiosk_http)):
            if not address.rpartition(":")[2].isdigit():
                _refuse(f"{name} must look like 127.0.0.1:8000, not {address!r}")
        return place

    @property
    def logs(self) -> Path:
        """Where each program's output goes."""
        return self.data / "logs"

    @property
    def environment(self) -> dict[str, str]:
        """What the gateway and the web process are told."""
        return {
            "CXZ_DATA": str(self.data),
            "CXZ_HTTP": self.http,
            "CXZ_MQTT_PORT": str(self.mqtt_port),
            "CXZ_DEMO": "1",
        }

    def kiosk_address(self, index: int) -> str:
        """The address of the kiosk with this index, counted from 0."""
        host, _, port = self.kiosk_http.rpartition(":")
        return f"{host}:{int(port) + index}"

    def check(self) -> None:
        """One clear line when a port is taken or the folder holds somebody's real data."""
        wanted = [("CXZ_HTTP", self.http), ("CXZ_MQTT_PORT", f"127.0.0.1:{self.mqtt_port}")]
        wanted += [("CXZ_KIOSK_HTTP", self.kiosk_address(index)) for index in range(len(KIOSKS))]
        for name, address in wanted:
            host, _, port = address.rpartition(":")
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((host, int(port)))
                except (OSError, OverflowError) as cause:
                    _refuse(f"{address} is not free ({cause}); choose another with {name}=…")
        if (self.data / "changxiaozhan.db").exists() and not (self.data / MARK).exists():
            _refuse(f"{self.data} holds data that is not the demo's; choose another folder with CXZ_DATA=…")


MARK = "demo.json"
KIOSKS = (("kiosk-01", "sn10-north"), ("kiosk-02", "sn10-east"))
SPARE = (("kiosk-03", "sn10-west"),)
"""Paired but not running: credentials for a client of your own, as `docs/contract.md` describes one."""
STAFF = (
    ("duty", "王值班", "duty", "community:sn10"),
    ("director", "陈主任", "director", "community:sn10"),
    ("guard", "李师傅", "prop_guard", "community:sn10"),
    ("engineer", "赵师傅", "prop_eng", "community:sn10"),
    ("volunteer", "周阿姨", "volunteer", "community:sn10"),
    ("street", "街道城运", "street", "street:songnan"),
    ("it", "小林", "it", "community:sn10"),
)
_LAMPS = ("lamp", "rain", "gate", "tree", "boat", "wind", "moon", "bell")


def _prepare(place: Place) -> dict[str, Any]:
    """Make (or bring up to date) the demo's stations, accounts and kiosk credentials; returns what to print."""
    mark = place.data / MARK
    content: dict[str, Any] = json.loads(mark.read_text("utf-8")) if mark.exists() else {"staff": {}, "kiosks": {}}
    try:
        from server.app import make_site
        from server.people import seed_demo
        from server.settings import Settings
        from server.staff import Door, add, by_login
        from server.stations import load
        from server.stations import pair as pair_kiosk

        site = make_site(Settings(data=place.data, http=place.http, demo=True))
        # Marked before the first account exists: a folder that was begun as a demo stays one.
        _write(mark, content)
        door = Door()
        with site.store.work() as work:
            load(work, Path(__file__).parent / "server" / "stations" / "sn10.toml")
            for login, name, role, scope in STAFF:
                if by_login(work, login) is None:
                    content["staff"][login] = _password()
                    add(work, door, login, name, role, (scope,), content["staff"][login], demo=True)
            seed_demo(work)
        for kiosk_id, station in KIOSKS + SPARE:
            path = place.data / kiosk_id / "kiosk.json"
            mqtt_url = f"mqtt://127.0.0.1:{place.mqtt_port}"
            known = json.loads(path.read_text("utf-8")) if path.exists() else None
            if known is None or known["mqtt_url"] != mqtt_url or known["public_url"] != site.public_url:
                credentials = pair_kiosk(site, kiosk_id, station, mqtt_url)
                path.parent.mkdir(parents=True, exist_ok=True)
                _write(path, credentials)
                content["kiosks"][kiosk_id] = credentials["password"]
        _write(mark, content)
        site.store.close()
        site.mailbox.close()
    except (Unusable, OSError, ValueError) as cause:
        _refuse(str(cause))
    return content


def _start(crew: Crew, place: Place, riders: bool, stopped: threading.Event) -> str | None:
    """Start the other programs and wait until each answers; the reason why it did not come up, or None."""
    logs = place.logs
    crew.start(Child("web", ["web"], logs / "web.log", place.environment))
    for index, (kiosk_id, _) in enumerate(KIOSKS):
        folder = place.data / kiosk_id
        devices = ["simulate", "devices", "--folder", str(folder / "dev"), "--seed", str(index + 1)]
        crew.start(Child(f"devices of {kiosk_id}", devices, logs / f"{kiosk_id}-devices.log"))
        arguments = ["kiosk", "--data", str(folder), "--http", place.kiosk_address(index)]
        crew.start(Child(kiosk_id, arguments, logs / f"{kiosk_id}.log"))
    waiting: dict[str, Callable[[], bool]] = {"web": lambda: _answers(f"http://{place.http}/readyz")}
    for index, (kiosk_id, _) in enumerate(KIOSKS):
        state = f"http://{place.kiosk_address(index)}/state"
        waiting[kiosk_id] = lambda state=state: '"online"' in _read(state)  # type: ignore[misc]
    deadline = time.monotonic() + START_S
    while waiting and not stopped.is_set():
        reason = crew.watch()
        if reason:
            return reason
        if time.monotonic() > deadline:
            return f"{', '.join(waiting)} did not come up within {START_S:.0f} s; logs are in {logs}"
        waiting = {name: ready for name, ready in waiting.items() if not ready()}
        stopped.wait(0.1)
    if riders:
        addresses = [f"http://{place.kiosk_address(index)}" for index in range(len(KIOSKS))]
        arguments = ["simulate", "riders", "--url", f"http://{place.http}"]
        for address in addresses:
            arguments += ["--kiosk", address]
        crew.start(Child("riders", arguments, logs / "riders.log"))
    return None


def _welcome(place: Place, content: dict[str, Any], riders: bool) -> None:
    base = os.environ.get("CXZ_PUBLIC_URL") or f"http://{place.http}"
    lines = [
        "",
        "READY",
        "",
        f"  手机 phone     {base}/s/sn10-north   (东门 sn10-east · 西门 sn10-west · 南门 sn10-south)",
    ]
    for index, (kiosk_id, station) in enumerate(KIOSKS):
        lines.append(f"  屏幕 kiosk     http://{place.kiosk_address(index)}   ({kiosk_id} at {station})")
    lines += [f"  工作台 desk    {base}/desk", f"  broker         mqtt://127.0.0.1:{place.mqtt_port}", ""]
    lines += ["  账号 login      密码 password        (work in this demo only)"]
    names = {login: f"{name} · {role}" for login, name, role, _ in STAFF}
    lines += [f"  {login:<14}  {password:<19} {names[login]}" for login, password in content["staff"].items()]
    spare = {kiosk_id for kiosk_id, _ in SPARE}
    for kiosk_id, password in content["kiosks"].items():
        lines.append(f"  {kiosk_id:<14}  {password}  (MQTT{', free for a client of yours' * (kiosk_id in spare)})")
    from gateway.broker import find_mosquitto

    if find_mosquitto() is None:
        lines += ["", "  WARNING: Mosquitto is not installed; amqtt stands in for it, on this one desk only."]
    lines += ["", f"  data: {place.data}   logs: {place.data / 'logs'}"]
    lines += ["  simulated riders: " + ("on (CXZ_DEMO_RIDERS=0 switches them off)" if riders else "off")]
    lines += ["  Ctrl-C ends every program; make demo-reset deletes the demo's data", ""]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _keep(crew: Crew, stopped: threading.Event) -> str | None:
    while not stopped.is_set():
        reason = crew.watch()
        if reason:
            return reason
        stopped.wait(0.2)
    return None


@contextlib.contextmanager
def _stoppable() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set; a second Ctrl-C changes nothing, the end is under way."""
    stopped = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stopped.set())
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _reset(data: Path) -> None:
    if not data.exists():
        _say(f"nothing to delete in {data}")
        return
    if not (data / MARK).exists():
        _refuse(f"{data} is not the demo's folder; nothing was deleted")
    shutil.rmtree(data)
    _say(f"deleted {data}")


def _password() -> str:
    # Easy to type from the terminal; good for nothing outside the demo.
    return f"{secrets.choice(_LAMPS)}-{secrets.choice(_LAMPS)}-{secrets.randbelow(9000) + 1000}"


def _close_to_others(logs: Path) -> None:
    """Also a folder that was made with wider rights; what cannot be written is said by whoever needs it."""
    with contextlib.suppress(OSError):
        logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        logs.chmod(0o700)


def _write(path: Path, content: dict[str, Any]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=1)


def _answers(url: str) -> bool:
    return bool(_read(url))


def _read(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:  # noqa: S310 - our own addresses
            return str(answer.read().decode("utf-8"))
    # Whatever answers there may be another program, with words that are no HTTP.
    except (OSError, urllib.error.URLError, http.client.HTTPException, UnicodeDecodeError):
        return ""


def _say(line: str) -> None:
    typer.echo(f"changxiaozhan: {line}")


def _refuse(reason: str) -> NoReturn:
    typer.echo(f"changxiaozhan: {reason}", err=True)
    raise typer.Exit(2)


if __name__ == "__main__":
    main()
