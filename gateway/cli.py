"""The command `changxiaozhan gateway`; `changxiaozhan.py` mounts the function `gateway` with typer."""

from pathlib import Path
from typing import Annotated, Any

import typer


def gateway(
    data: Annotated[
        Path | None, typer.Option(help="Folder of everything that is kept.  [CXZ_DATA, default ./data]")
    ] = None,
    mqtt_url: Annotated[
        str | None,
        typer.Option(help="An outside broker, mqtt://user:password@host; without it our own runs.  [CXZ_MQTT_URL]"),
    ] = None,
    mqtt_host: Annotated[
        str | None, typer.Option(help="Address our own broker listens on.  [CXZ_MQTT_HOST, default 127.0.0.1]")
    ] = None,
    mqtt_port: Annotated[
        int | None, typer.Option(help="Port our own broker listens on.  [CXZ_MQTT_PORT, default 1883]")
    ] = None,
    demo: Annotated[bool | None, typer.Option(help="Let the demo's stations log in.  [CXZ_DEMO]")] = None,
    log: Annotated[
        str | None, typer.Option(help="Least level that is logged: debug, info, warning, error.  [CXZ_LOG]")
    ] = None,
) -> None:
    """Take facts from the stations into the mailbox and bring desired states to them, until SIGTERM or Ctrl-C."""
    from pydantic import ValidationError

    from gateway.process import run
    from gateway.settings import Settings

    given: dict[str, Any] = {
        "data": data,
        "mqtt_url": mqtt_url,
        "mqtt_host": mqtt_host,
        "mqtt_port": mqtt_port,
        "demo": demo,
        "log": log,
    }
    try:
        settings = Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as cause:
        wrong = cause.errors(include_url=False, include_input=False, include_context=False)[0]
        name = "CXZ_" + "_".join(str(part) for part in wrong["loc"]).upper()
        typer.echo(f"changxiaozhan gateway: {name}: {wrong['msg']}", err=True)
        raise typer.Exit(2) from cause
    raise typer.Exit(run(settings))
