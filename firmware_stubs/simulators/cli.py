"""`changxiaozhan simulate …`: what the front door mounts."""

import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from firmware_stubs.simulators import desk, station

simulate = typer.Typer(no_args_is_help=True, help="Simulated devices (and more to come) for a desk without hardware.")


@simulate.command()
def devices(
    folder: Annotated[Path, typer.Option(help="Where the devices' serial ports appear, one link a device.")],
    seed: Annotated[int, typer.Option(help="The same seed brings the same weather and people.")] = 1,
    kinds: Annotated[
        list[str] | None, typer.Option(help="Kind of device, may be given several times; all of them by default.")
    ] = None,
) -> None:
    """Run a station's devices on serial ports in FOLDER until stopped."""
    wanted = kinds or desk.kinds()
    unknown = sorted(set(wanted) - set(desk.kinds()))
    if unknown:
        _refuse(f"no device of the kind {', '.join(unknown)}; there are: {', '.join(desk.kinds())}")
    crew = {station.name_for(kind): kind for kind in wanted}
    try:
        station.run(folder, crew, seed, lambda: typer.echo(f"in {folder}: {', '.join(crew)}"))
    except (station.Taken, OSError) as cause:
        _refuse(str(cause))


@simulate.command()
def riders(
    url: Annotated[str, typer.Option(help="The server's address.")] = "http://127.0.0.1:8000",
    kiosk: Annotated[list[str] | None, typer.Option(help="A kiosk's address; may be given several times.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed brings the same riders.")] = 1,
) -> None:
    """A light flow of riders who check in and report, until stopped."""
    from firmware_stubs.simulators.riders import run

    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    run(url.rstrip("/"), kiosk or [], seed, stopped, typer.echo)


def _refuse(reason: str) -> None:
    typer.echo(reason, err=True)
    raise typer.Exit(1)
