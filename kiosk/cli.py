"""The kiosk's command, mounted by the front door: `changxiaozhan kiosk`."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from kiosk.settings import Settings


def kiosk(
    data: Annotated[
        Path | None, typer.Option(help="Folder with kiosk.json; default CXZ_KIOSK_DATA or ./data/kiosk.")
    ] = None,
    http: Annotated[
        str | None, typer.Option(help="Address and port of the screen; default CXZ_KIOSK_HTTP or 127.0.0.1:8100.")
    ] = None,
    devices: Annotated[
        Path | None, typer.Option(help="Folder of links to serial ports; default CXZ_KIOSK_DEVICES or <data>/dev.")
    ] = None,
) -> None:
    """Run one station's kiosk: agent and touchscreen pages."""
    given = {"data": data, "http": http, "devices": devices}
    try:
        settings = Settings.model_validate(
            Settings().model_dump() | {name: value for name, value in given.items() if value is not None}
        )
    except ValidationError as cause:
        first = cause.errors(include_url=False, include_context=False, include_input=False)[0]
        sys.stderr.write(f"changxiaozhan kiosk: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}\n")
        raise typer.Exit(2) from cause
    from kiosk.process import run  # here, so that `--help` is quick

    raise typer.Exit(run(settings))
