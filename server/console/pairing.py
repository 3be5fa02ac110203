"""The commands `changxiaozhan pair …`; `changxiaozhan.py` mounts the group."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from server.console.site import open_site

if TYPE_CHECKING:
    from server.kit.store import Work

pair = typer.Typer(help="Kiosks: pair, replace, move, take out of service.", no_args_is_help=True)

BY = "command line"
StationCode = Annotated[str, typer.Argument(metavar="STATION", help="The station's code, such as sn10-north.")]
KioskId = Annotated[str, typer.Argument(help="The kiosk's id, such as kiosk-07.")]


@pair.command("code")
def code(
    station: StationCode,
    replace: Annotated[str, typer.Option(metavar="KIOSK", help="The kiosk whose place the new one takes.")] = "",
) -> None:
    """Print a one-time code; it is typed at the kiosk within 15 minutes. An older code of the station ends."""
    from server.pairing import CODE_MS, make_code

    with open_site() as site, site.store.work() as work:
        _known(work, station)
        made = make_code(work, site.secret, station, BY, replace)
    typer.echo(f"{made.shown}   for {CODE_MS // 60_000} minutes, once; server {site.public_url}")


@pair.command("revoke")
def revoke(station: StationCode) -> None:
    """End the open code of a station."""
    from server.pairing import revoke_code

    with open_site() as site, site.store.work() as work:
        _known(work, station)
        ended = revoke_code(work, station, BY)
    typer.echo("the code is worthless now" if ended else "there was no open code")


@pair.command("move")
def move(kiosk: KioskId, station: StationCode) -> None:
    """Hang a kiosk at another station; it learns of it within a minute, and keeps its login."""
    from server.pairing import move as do

    with open_site() as site, site.store.work() as work:
        _known(work, station)
        do(work, kiosk, station, BY)
    typer.echo(f"{kiosk} hangs at {station}")


@pair.command("retire")
def retire(kiosk: KioskId) -> None:
    """Take a kiosk out of service: its login and its connection end within a second, its history stays."""
    from server.pairing import retire as do

    with open_site() as site, site.store.work() as work:
        station = do(work, site.mailbox, kiosk, BY)
    typer.echo(f"{kiosk} no longer hangs at {station} and cannot log in")


@pair.command("file")
def file(
    kiosk: KioskId,
    station: StationCode,
    out: Annotated[Path, typer.Option(help="File for the credentials; copy it to the kiosk's data folder.")] = Path(
        "kiosk.json"
    ),
    mqtt_url: Annotated[str | None, typer.Option(help="The broker as the kiosk reaches it.")] = None,
) -> None:
    """Without a network between them: hang a kiosk at a station and write its fresh credentials into a file."""
    from server.kit.errors import Refused
    from server.pairing import Settings, is_retired
    from server.stations import pair as pair_kiosk

    settings = Settings()
    with open_site() as site:
        with site.store.look() as look:
            _known(look, station)
            if is_retired(look, kiosk):
                raise Refused(f"{kiosk} is out of service for good; choose another id")
        content = pair_kiosk(site, kiosk, station, mqtt_url or settings.broker(site.public_url))
        content["ca"] = settings.ca()
        out.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.fchmod(descriptor, 0o600)  # also where a file stood there before
        with os.fdopen(descriptor, "w", encoding="utf-8") as written:
            json.dump(content, written, ensure_ascii=False, indent=1)
    typer.echo(f"{kiosk} hangs at {station}; credentials in {out} (keep them secret)")


def _known(look: "Work", station: str) -> None:
    """Raises `Missing` in the console's language."""
    from server.kit.errors import Missing
    from server.stations import find

    if find(look, station) is None:
        raise Missing(f"there is no station {station}")
