"""What the commands share: a site without a web server, and tables for the terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from server.kit.site import Site


@contextmanager
def open_site() -> Iterator["Site"]:
    """The site of `CXZ_DATA`; a refusal becomes one line and exit code 2."""
    from gateway.sqlite import Unusable
    from server.app import make_site
    from server.kit.errors import Fault
    from server.settings import Settings

    try:
        site = make_site(Settings())
        try:
            yield site
        finally:
            site.store.close()
            site.mailbox.close()
    except (Fault, Unusable, OSError, ValueError) as cause:
        typer.echo(f"changxiaozhan: {cause}", err=True)
        raise typer.Exit(2) from cause


def table_of(*columns: str) -> "Table":
    """A table with these headings."""
    from rich.table import Table

    return Table(*columns)


def print_table(table: "Table") -> None:
    """Print a table."""
    from rich.console import Console

    Console().print(table)
