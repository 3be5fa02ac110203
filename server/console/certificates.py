"""`changxiaozhan certificate …`: help certificates, checked and signed."""

from pathlib import Path
from typing import Annotated

import typer

from server.console.site import open_site

certificate = typer.Typer(
    help="Help certificates: check one offline, show the public keys, change the key.", no_args_is_help=True
)


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

    with open_site() as site:
        typer.echo(public_keys(site.data), nl=False)


@certificate.command("rotate")
def certificate_rotate() -> None:
    """Sign with a new key from now on; every older certificate stays true."""
    from server.certificates.cli import rotate

    with open_site() as site:
        made = rotate(site.data)
    typer.echo(f"key {made} signs from now on")
