"""`changxiaozhan staff …` and `changxiaozhan token …`: who may enter, people and programs."""

import sys
from typing import Annotated

import typer

from server.console.site import open_site, print_table, table_of

staff = typer.Typer(help="Accounts of those who work on the desk.", no_args_is_help=True)
token = typer.Typer(help="Bearer tokens for programs that use the API.", no_args_is_help=True)


@staff.command("add")
def staff_add(
    login: Annotated[str, typer.Argument(help="2–32 of a–z, 0–9, dot, hyphen.")],
    name: Annotated[str, typer.Option(help="As colleagues read it.")],
    role: Annotated[str, typer.Option(help="director, duty, committee, prop_guard, prop_eng, volunteer, grid, …")],
    scope: Annotated[list[str], typer.Option(help="community:sn10, street:… or district:…; may be repeated.")],
    password: Annotated[str, typer.Option(prompt=True, confirmation_prompt=True, hide_input=True)],
) -> None:
    """Make an account."""
    from server.staff import Door, add

    with open_site() as site, site.store.work() as work:
        add(work, Door(), login, name, role, tuple(scope), password)
    typer.echo(f"{login} may log in")


@staff.command("list")
def staff_list() -> None:
    """Every account."""
    from server.staff import everybody

    table = table_of("login", "name", "role", "scope", "")
    with open_site() as site, site.store.look() as look:
        for person, disabled, demo in everybody(look):
            marks = " ".join(["disabled"] * disabled + ["demo"] * demo)
            table.add_row(person.login, person.name, person.role, " ".join(person.scopes), marks)
    print_table(table)


@staff.command("password")
def staff_password(
    login: str, password: Annotated[str, typer.Option(prompt=True, confirmation_prompt=True, hide_input=True)]
) -> None:
    """Set a new password; the account's open sessions end."""
    from server.staff import Door, reset_password

    with open_site() as site, site.store.work() as work:
        reset_password(work, Door(), login, password)
    typer.echo(f"{login} has a new password")


@staff.command("disable")
def staff_disable(login: str) -> None:
    """Close an account; what it did stays on record."""
    from server.staff import disable

    with open_site() as site, site.store.work() as work:
        disable(work, login)
    typer.echo(f"{login} is disabled")


@token.command("create")
def token_create(
    name: Annotated[str, typer.Argument(help="Which program it is for.")],
    scope: Annotated[list[str], typer.Option(help="community:sn10, street:… or district:…; may be repeated.")],
) -> None:
    """Print a new token; it is shown only this once."""
    from server.staff import new_token

    with open_site() as site, site.store.work() as work:
        made = new_token(work, name, tuple(scope))
    sys.stdout.write(made + "\n")


@token.command("list")
def token_list() -> None:
    """Every token, without its secret."""
    from server.kit.clock import when
    from server.staff import tokens

    table = table_of("id", "name", "scope", "created", "revoked")
    with open_site() as site, site.store.look() as look:
        for row in tokens(look):
            revoked = when(row["revoked"], look.now) if row["revoked"] else ""
            table.add_row(str(row["id"]), row["name"], row["scopes"], when(row["created"], look.now), revoked)
    print_table(table)


@token.command("revoke")
def token_revoke(token_id: int) -> None:
    """Take a token out of force."""
    from server.kit.errors import Missing
    from server.staff import revoke_token

    with open_site() as site, site.store.work() as work:
        if not revoke_token(work, token_id):
            raise Missing(f"no token {token_id} in force")
    typer.echo(f"token {token_id} is revoked")
