"""`changxiaozhan simulate …`: what the front door mounts."""

import signal
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from firmware_stubs.simulators import desk, station

if TYPE_CHECKING:
    from firmware_stubs.simulators.city import Centre

simulate = typer.Typer(help="Simulated devices, riders, and a whole city of stations.")


def simulate_with(open_centre: Callable[[], AbstractContextManager["Centre"]], failure: type[Exception]) -> typer.Typer:
    """The commands, with `simulate --stations N`: `open_centre` finds the gateway that runs here, or starts one.

    It raises `failure`, whose text is one line, when there is none to be had.
    """

    @simulate.callback(invoke_without_command=True)
    def city(
        context: typer.Context,
        stations: Annotated[int, typer.Option(min=0, max=5000, help="So many light kiosks over real MQTT.")] = 0,
        riders: Annotated[int, typer.Option(min=0, max=100_000, help="Riders who tap at them.")] = 200,
        minutes: Annotated[float, typer.Option(min=0.05, max=24 * 60, help="How long they live.")] = 1.0,
        seed: Annotated[int, typer.Option(help="The same seed brings the same outages and clock errors.")] = 1,
    ) -> None:
        """Simulated devices, riders, and with --stations a whole city with outages, wrong clocks and replaced boxes.

        Talks to the gateway that runs on CXZ_DATA, or to one of its own that leaves nothing behind.
        """
        if context.invoked_subcommand is not None:
            return
        if not stations:
            typer.echo(context.get_help())
            return
        from rich.console import Console  # here, so that a kiosk does not carry it in its memory

        from firmware_stubs.simulators.city import Broke, run

        console = Console()
        for number in (signal.SIGINT, signal.SIGTERM):  # every end takes the processes with it
            signal.signal(number, signal.default_int_handler)
        try:
            with open_centre() as centre:
                report = run(centre, stations, riders, minutes, seed, console)
        except KeyboardInterrupt:
            _refuse("interrupted; nothing is left running")
        except (Broke, failure, OSError) as cause:
            _refuse(str(cause))
        console.print(report.table())
        if not report.whole:
            _refuse("not every fact was stored once and confirmed")

    return simulate


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
    from firmware_stubs.simulators.riders import run as send_riders

    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    send_riders(url.rstrip("/"), kiosk or [], seed, stopped, typer.echo)


def _refuse(reason: str) -> None:
    typer.echo(reason, err=True)
    raise typer.Exit(1)
