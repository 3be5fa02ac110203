"""`changxiaozhan privacy …`: retention, and a person's copy and deletion."""

from pathlib import Path
from typing import Annotated

import typer

from server.console.site import open_site, print_table

privacy = typer.Typer(help="How long what is kept, and a person's own data.", no_args_is_help=True)

Receipts = Annotated[list[str] | None, typer.Option("--receipt", help="A receipt's code; may be repeated.")]
Phone = Annotated[str, typer.Option(help="The person's mobile number.")]


@privacy.command()
def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be deleted.")] = False,
) -> None:
    """Delete what has been kept long enough. The web process does the same, a little at a time."""
    from server.privacy.cli import retention as keep

    with open_site() as site:
        table, report = keep(site, dry_run=dry_run)
    if report.counts:
        print_table(table)
    verb = "would be deleted" if dry_run else "deleted"
    held = f"; {report.held} more are held" if report.held else ""
    typer.echo(f"{sum(report.counts.values())} {verb} of {report.looked} photos looked at{held}")


@privacy.command()
def export(
    out: Annotated[Path, typer.Argument(help="The ZIP file to write.")], receipt: Receipts = None, phone: Phone = ""
) -> None:
    """Write a copy of a person's data. Make sure first that it is this person who asks."""
    from server.privacy.cli import export as write

    with open_site() as site:
        length = write(site, receipt or [], phone, out)
    typer.echo(f"{out}: {length} bytes (hand it over, then delete it)")


@privacy.command()
def erase(
    receipt: Receipts = None,
    phone: Phone = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
) -> None:
    """Delete a person's words, photos and answers for good. Make sure first that it is this person who asks."""
    from server.kit.errors import Refused
    from server.privacy.cli import erase as delete
    from server.privacy.cli import find

    with open_site() as site:
        found = find(site, receipt or [], phone)
        numbers = ", ".join(one.number for one in (*found.tickets, *found.mentions))
        if found.obstacle:
            raise Refused(found.obstacle)
        if not yes:
            typer.confirm(f"delete for good from: {numbers or 'no tickets'}?", abort=True)
        counts = delete(site, receipt or [], phone)
    typer.echo(", ".join(f"{kind}: {number}" for kind, number in counts.items()) or "nothing left to delete")
