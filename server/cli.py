"""The server's commands: `web`, `scenarios`, `staff …`, `token …`, `rota …`, `certificate …`.

What they need is imported when they run: the front door mounts them for every program, and a gateway or a kiosk
must not carry the server in its memory.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from server.kit.site import Site

staff = typer.Typer(help="Accounts of those who work on the desk.", no_args_is_help=True)
rota = typer.Typer(help="The duty rota: who is on now, and what is missing.", no_args_is_help=True)
certificate = typer.Typer(
    help="Help certificates: check one offline, show the public keys, change the key.", no_args_is_help=True
)
token = typer.Typer(help="Bearer tokens for programs that use the API.", no_args_is_help=True)


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

    with _site() as site, site.store.work() as work:
        add(work, Door(), login, name, role, tuple(scope), password)
    typer.echo(f"{login} may log in")


@staff.command("list")
def staff_list() -> None:
    """Every account."""
    from server.staff import everybody

    table = _table("login", "name", "role", "scope", "")
    with _site() as site, site.store.look() as look:
        for person, disabled, demo in everybody(look):
            marks = " ".join(["disabled"] * disabled + ["demo"] * demo)
            table.add_row(person.login, person.name, person.role, " ".join(person.scopes), marks)
    _print(table)


@staff.command("password")
def staff_password(
    login: str, password: Annotated[str, typer.Option(prompt=True, confirmation_prompt=True, hide_input=True)]
) -> None:
    """Set a new password; the account's open sessions end."""
    from server.staff import Door, reset_password

    with _site() as site, site.store.work() as work:
        reset_password(work, Door(), login, password)
    typer.echo(f"{login} has a new password")


@staff.command("disable")
def staff_disable(login: str) -> None:
    """Close an account; what it did stays on record."""
    from server.staff import disable

    with _site() as site, site.store.work() as work:
        disable(work, login)
    typer.echo(f"{login} is disabled")


@token.command("create")
def token_create(
    name: Annotated[str, typer.Argument(help="Which program it is for.")],
    scope: Annotated[list[str], typer.Option(help="community:sn10, street:… or district:…; may be repeated.")],
) -> None:
    """Print a new token; it is shown only this once."""
    from server.staff import new_token

    with _site() as site, site.store.work() as work:
        made = new_token(work, name, tuple(scope))
    sys.stdout.write(made + "\n")


@token.command("list")
def token_list() -> None:
    """Every token, without its secret."""
    from server.kit.clock import when
    from server.staff import tokens

    table = _table("id", "name", "scope", "created", "revoked")
    with _site() as site, site.store.look() as look:
        for row in tokens(look):
            revoked = when(row["revoked"], look.now) if row["revoked"] else ""
            table.add_row(str(row["id"]), row["name"], row["scopes"], when(row["created"], look.now), revoked)
    _print(table)


@token.command("revoke")
def token_revoke(token_id: int) -> None:
    """Take a token out of force."""
    from server.kit.errors import Missing
    from server.staff import revoke_token

    with _site() as site, site.store.work() as work:
        if not revoke_token(work, token_id):
            raise Missing(f"no token {token_id} in force")
    typer.echo(f"token {token_id} is revoked")


@rota.command("now")
def rota_now(
    community: Annotated[str, typer.Argument(help="Such as sn10; all when left out.")] = "",
) -> None:
    """Who is on duty now."""
    from server.people.cli import now

    with _site() as site, site.store.look() as look:
        _print(now(look, community))


@rota.command("gaps")
def rota_gaps(
    community: Annotated[str, typer.Argument(help="Such as sn10; all when left out.")] = "",
    days: Annotated[int, typer.Option(help="How far to look, 1 to 90 days.")] = 7,
) -> None:
    """Holes in the rota of the coming days; exit code 1 when there are any."""
    from server.people.cli import gaps

    with _site() as site, site.store.look() as look:
        table, count = gaps(look, community, days)
    if not count:
        typer.echo(f"no gaps in the coming {days} days")
        return
    _print(table)
    raise typer.Exit(1)


def _table(*columns: str) -> "Table":
    from rich.table import Table

    return Table(*columns)


def _print(table: "Table") -> None:
    from rich.console import Console

    Console().print(table)


@contextmanager
def _site() -> Iterator["Site"]:
    """A site without a web server; a refusal becomes one line and exit code 2."""
    from gateway.sqlite import Unusable
    from server.app import make_site
    from server.kit.errors import Fault
    from server.settings import Settings

    try:
        site = make_site(Settings())
        yield site
        site.store.close()
        site.mailbox.close()
    except (Fault, Unusable, OSError) as cause:
        typer.echo(f"changxiaozhan: {cause}", err=True)
        raise typer.Exit(2) from cause


@certificate.command("verify")
def certificate_verify(
    payload: Annotated[str, typer.Argument(help="What the QR code says: the address, or its signed text alone.")],
    key: Annotated[Path, typer.Option(help="Public keys, as /certificates/key publishes them.")],
) -> None:
    """Check a certificate without a network; exit code 1 when it is not true."""
    from server.certificates.cli import verify

    try:
        checked = verify(payload, key)
    except (OSError, ValueError) as cause:
        typer.echo(f"changxiaozhan: {key} cannot be used: {cause}", err=True)
        raise typer.Exit(2) from cause
    typer.echo("\n".join(checked.lines), err=not checked.true)
    if not checked.true:
        raise typer.Exit(1)


@certificate.command("key")
def certificate_key() -> None:
    """Print every public key that ever signed here, the one of today first."""
    from server.certificates.cli import public_keys

    with _site() as site:
        typer.echo(public_keys(site.data), nl=False)


@certificate.command("rotate")
def certificate_rotate() -> None:
    """Sign with a new key from now on; every older certificate stays true."""
    from server.certificates.cli import rotate

    with _site() as site:
        made = rotate(site.data)
    typer.echo(f"key {made} signs from now on")
