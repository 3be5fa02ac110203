"""`changxiaozhan rota …`: who is on duty, and where nobody is."""

from typing import Annotated

import typer

from server.console.site import open_site, print_table

rota = typer.Typer(help="The duty rota: who is on now, and what is missing.", no_args_is_help=True)


@rota.command("now")
def rota_now(
    community: Annotated[str, typer.Argument(help="Such as sn10; all when left out.")] = "",
) -> None:
    """Who is on duty now."""
    from server.people.cli import now

    with open_site() as site, site.store.look() as look:
        print_table(now(look, community))


@rota.command("gaps")
def rota_gaps(
    community: Annotated[str, typer.Argument(help="Such as sn10; all when left out.")] = "",
    days: Annotated[int, typer.Option(help="How far to look, 1 to 90 days.")] = 7,
) -> None:
    """Holes in the rota of the coming days; exit code 1 when there are any."""
    from server.people.cli import gaps

    with open_site() as site, site.store.look() as look:
        table, count = gaps(look, community, days)
    if not count:
        typer.echo(f"no gaps in the coming {days} days")
        return
    print_table(table)
    raise typer.Exit(1)
