"""The kiosk's commands, mounted by the front door: `changxiaozhan kiosk` and `changxiaozhan kiosk pair`."""

import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from pydantic import ValidationError

from kiosk.settings import Settings

Data = Annotated[Path | None, typer.Option(help="Folder with kiosk.json; default CXZ_KIOSK_DATA or ./data/kiosk.")]


def kiosk(
    ctx: typer.Context,
    data: Data = None,
    http: Annotated[
        str | None, typer.Option(help="Address and port of the screen; default CXZ_KIOSK_HTTP or 127.0.0.1:8100.")
    ] = None,
    devices: Annotated[
        Path | None, typer.Option(help="Folder of links to serial ports; default CXZ_KIOSK_DEVICES or <data>/dev.")
    ] = None,
    server: Annotated[
        str | None, typer.Option(help="The server's address for pairing on the screen; default CXZ_KIOSK_SERVER.")
    ] = None,
) -> None:
    """Run one station's kiosk: agent and touchscreen pages. Not paired yet, its screen asks for a pairing code."""
    if ctx.invoked_subcommand is not None:
        return
    settings = _settings(data=data, http=http, devices=devices, server=server)
    from kiosk.process import run  # here, so that `--help` is quick

    raise typer.Exit(run(settings))


def pair(
    code: Annotated[str, typer.Argument(help="The nine digits from the desk or `changxiaozhan pair code`.")],
    server: Annotated[
        str | None, typer.Option(help="The server's address, such as https://station.example.cn; or CXZ_KIOSK_SERVER.")
    ] = None,
    data: Data = None,
    again: Annotated[bool, typer.Option("--again", help="Pair a kiosk that is paired already.")] = False,
) -> None:
    """Exchange a pairing code for this kiosk's credentials and write kiosk.json."""
    from kiosk.pairing import Draft, NotPaired, Office

    settings = _settings(data=data, server=server)
    draft = Draft(settings.data)
    address = settings.server or draft.server
    if not address:
        _refuse("name the server: --server https://station.example.cn")
    if draft.credentials.exists() and not draft.stopped and not again:
        _refuse(f"{draft.credentials} is there already; --again pairs anew, and the old credentials are lost")
    try:
        office = Office.at(address, settings.ca_file)
        content = office.exchange(code, *draft.next_try())
        draft.keep(content)
        draft.keep_server(office.url)
    except (NotPaired, ValueError) as cause:
        _refuse(str(cause))
    typer.echo(f"{content['kiosk']} hangs at {content['station']} ({content['name']}); written to {draft.credentials}")


kiosk_commands = typer.Typer(invoke_without_command=True)
kiosk_commands.callback()(kiosk)
kiosk_commands.command()(pair)


def _settings(**given: Any) -> Settings:
    try:
        return Settings.model_validate(
            Settings().model_dump() | {name: value for name, value in given.items() if value is not None}
        )
    except ValidationError as cause:
        first = cause.errors(include_url=False, include_context=False, include_input=False)[0]
        _refuse(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}")


def _refuse(reason: str) -> NoReturn:
    sys.stderr.write(f"changxiaozhan kiosk: {reason}\n")
    raise typer.Exit(2)
