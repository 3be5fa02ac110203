"""`changxiaozhan web` and `changxiaozhan scenarios`."""

from pathlib import Path
from typing import Annotated

import typer


def web(
    http: Annotated[str | None, typer.Option(help="Address and port; default CXZ_HTTP or 127.0.0.1:8000.")] = None,
) -> None:
    """Run the web process: riders' pages, the desk, the API."""
    from server.process import run
    from server.settings import Settings

    settings = Settings()
    if http:
        settings = settings.model_copy(update={"http": http})
    raise typer.Exit(run(settings))


def scenarios(
    file: Annotated[
        Path | None, typer.Argument(help="JSON lines: a report and what is expected. Without: ours.")
    ] = None,
    rules_only: Annotated[bool, typer.Option("--rules-only", help="Ask the routing rules alone, no server.")] = False,
) -> None:
    """Play example reports on a real server in a temporary folder; exit code 1 when one comes out differently."""
    from server.rehearsal.outcomes import scenarios as run

    run(file, rules_only)
