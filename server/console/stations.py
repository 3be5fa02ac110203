"""`changxiaozhan station …`: stations as records, tables in and out, signs to print."""

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from server.console.site import open_site, print_table, table_of

if TYPE_CHECKING:
    from server.kit.store import Work
    from server.stations import Station, Written

station = typer.Typer(help="Stations: open, change, move, retire, list; tables and signs.", no_args_is_help=True)

Code = Annotated[str, typer.Argument(help="Such as sn10-north: a–z, 0–9, hyphens. Never given twice.")]
Some = Annotated[list[str] | None, typer.Argument(help="Codes; all stations when left out.")]
Name = Annotated[str | None, typer.Option(help="Such as 北门站.")]
Community = Annotated[str | None, typer.Option(help="Code of its community, such as sn10.")]
Lat = Annotated[str | None, typer.Option(help="Degrees north, such as 31.3529.")]
Lon = Annotated[str | None, typer.Option(help="Degrees east, such as 121.4868.")]
Datum = Annotated[str | None, typer.Option(help="wgs84 or gcj02 (Chinese maps); kept as wgs84.")]
Phone = Annotated[str | None, typer.Option(help="The duty phone.")]
Address = Annotated[str | None, typer.Option(help="Where its door is, in words.")]
Spots = Annotated[str | None, typer.Option(help="Places nearby: 北门口、3号楼.")]
Opening = Annotated[str | None, typer.Option(help="周一至周五 06:00-22:00；周六、周日 22:00-06:00；节假日 不开")]
Unusual = Annotated[str | None, typer.Option(help="2026-10-01~2026-10-03 不开 国庆检修 (replaces all such days).")]
Amenities = Annotated[str | None, typer.Option(help="What it has: 微波炉、充电、雨衣、急救箱、骑手车位.")]
Ports = Annotated[str | None, typer.Option(help="How many charging ports.")]
Slots = Annotated[str | None, typer.Option(help="How many parking slots in the riders' bay.")]
Contacts = Annotated[str | None, typer.Option(help="王师傅 物业工程 021-55550111；…")]
Out = Annotated[Path, typer.Option(help="The PDF to write.")]


@station.command("load")
def load(file: Annotated[Path, typer.Argument(help="TOML like server/stations/sn10.toml.")]) -> None:
    """Add or update communities and stations."""
    from server.stations import load as load_file

    with open_site() as site, site.store.work() as work:
        codes = load_file(work, file)
    typer.echo(f"{len(codes)} stations: {', '.join(codes)}")


@station.command("add")
def add(
    code: Code,
    name: Annotated[str, typer.Option(help="Such as 北门站.")],
    community: Annotated[str, typer.Option(help="Code of its community, such as sn10.")],
    lat: Annotated[str, typer.Option(help="Degrees north, such as 31.3529.")],
    lon: Annotated[str, typer.Option(help="Degrees east, such as 121.4868.")],
    duty_phone: Annotated[str, typer.Option(help="The duty phone.")],
    datum: Datum = None,
    address: Address = None,
    spots: Spots = None,
    opening: Opening = None,
    unusual: Unusual = None,
    amenities: Amenities = None,
    charging_ports: Ports = None,
    bay_slots: Slots = None,
    contacts: Contacts = None,
) -> None:
    """Open a station."""
    from server.stations import Written
    from server.stations import add as open_station

    new = Written(
        name, community, address, lat, lon, datum, duty_phone, spots, opening, unusual, amenities, charging_ports,
        bay_slots, contacts,
    )  # fmt: skip
    with open_site() as site, site.store.work() as work:
        open_station(work, code, new, _who())
    typer.echo(f"{code} is open; print its sign with: changxiaozhan station sign {code}")


@station.command("edit")
def edit(
    code: Code,
    name: Name = None,
    community: Community = None,
    duty_phone: Phone = None,
    address: Address = None,
    spots: Spots = None,
    opening: Opening = None,
    unusual: Unusual = None,
    amenities: Amenities = None,
    charging_ports: Ports = None,
    bay_slots: Slots = None,
    contacts: Contacts = None,
    state: Annotated[
        list[str] | None, typer.Option(help="raincoat=empty (ok, low, empty, broken, removed); may be repeated.")
    ] = None,
) -> None:
    """Change what is given; the rest stays."""
    from server.kit.errors import Invalid
    from server.stations import Written, say

    new = Written(
        name=name, community=community, duty_phone=duty_phone, address=address, spots=spots, opening=opening,
        unusual=unusual, amenities=amenities, charging_ports=charging_ports, bay_slots=bay_slots, contacts=contacts,
    )  # fmt: skip
    with open_site() as site, site.store.work() as work:
        _edit(work, code, new)
        for one in state or ():
            amenity, sign, wanted = one.partition("=")
            if not sign:
                raise Invalid(f"write --state raincoat=empty, not {one}")
            say(work, code, amenity, wanted, "", _who())


@station.command("move")
def move(
    code: Code,
    lat: Annotated[str, typer.Option(help="Degrees north.")],
    lon: Annotated[str, typer.Option(help="Degrees east.")],
    datum: Datum = None,
    address: Address = None,
    community: Community = None,
) -> None:
    """The station has a new place; its code, its signs and its history stay."""
    from server.stations import Written

    with open_site() as site, site.store.work() as work:
        _edit(work, code, Written(lat=lat, lon=lon, datum=datum or "wgs84", address=address, community=community))


@station.command("retire")
def retire(
    code: Code,
    reason: Annotated[str, typer.Option(help="For riders, such as 岗亭拆除，欢迎到东门站.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
) -> None:
    """Take a station out of service for good: the code is never used again, the history stays."""
    from server.stations import retire as close

    if not yes:
        typer.confirm(f"retire {code} for good?", abort=True)
    with open_site() as site, site.store.work() as work:
        close(work, code, reason, _who())
    typer.echo(f"{code} is retired; its old signs lead riders to the nearest station")


@station.command("show")
def show(code: Code) -> None:
    """Everything about a station, and who changed it last."""
    from dataclasses import asdict

    from server.kit.clock import when
    from server.stations import LABELS, amenities, change_label, changes, get, kiosks_at, write

    table = table_of("", code)
    with open_site() as site, site.store.look() as look:
        found, things = get(look, code), amenities(look, code)
        for field, value in asdict(write(found, things)).items():
            table.add_row(LABELS[field], value)
        table.add_row("version", str(found.version))
        if found.retired:
            table.add_row("retired", f"{when(found.retired, look.now)} {found.retired_reason}")
        table.add_row("kiosks", ", ".join(kiosks_at(look, [code])))
        for one in things:
            table.add_row(one.label, f"{one.state} {one.note} ({one.by} {when(one.since, look.now)})")
        for row in changes(look, code, 5):
            label = change_label(row["field"], {one.code: one.label for one in things})
            said = f"{row['by_name']} {label}: {row['before']} → {row['after']}"
            table.add_row(when(row["at"], look.now), said)
    print_table(table)


@station.command("list")
def every(
    community: Annotated[str, typer.Option(help="Only of this community.")] = "",
    retired: Annotated[bool, typer.Option("--retired", help="Those out of service.")] = False,
) -> None:
    """Every station: open now?, what is amiss, its kiosks."""
    from server import calendar
    from server.stations import all_amenities, all_stations, doors, kiosks_at

    table = table_of("code", "name", "community", "open", "amiss", "kiosks")
    with open_site() as site, site.store.look() as look:
        hanging, days, things = kiosks_at(look), calendar.load(look), all_amenities(look)
        for one in all_stations(look, retired=retired):
            if community and one.community != community:
                continue
            kiosks = [kiosk for kiosk, code in hanging.items() if code == one.code]
            now = doors(one.opening, days, look.now)
            amiss = [f"{thing.label} {thing.state}" for thing in things[one.code] if thing.state not in _FINE]
            row = (one.code, one.name, one.community_name, f"{now.word} {now.then}", ", ".join(amiss))
            table.add_row(*row, ", ".join(kiosks))
    print_table(table)


@station.command("import")
def take_in(
    file: Annotated[Path, typer.Argument(help="CSV as `station export` writes it; UTF-8 or GBK.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
) -> None:
    """Add and change stations from a table: all rows or none. Exit code 1 when a row cannot be taken."""
    from server.stations import import_sheet

    with open_site() as site, site.store.work() as work:
        result = import_sheet(work, file.read_bytes(), _who(), dry=dry_run, found=True)
    for line, sentence in result.troubles:
        typer.echo(f"{file}:{line}: {sentence}", err=True)
    if result.troubles:
        typer.echo("nothing was stored", err=True)
        raise typer.Exit(1)
    done = "would be " if dry_run else ""
    typer.echo(f"{len(result.added)} {done}added, {len(result.changed)} {done}changed, {result.same} as they were")


@station.command("export")
def give_out(out: Annotated[Path, typer.Argument(help="The CSV to write; opens in any spreadsheet program.")]) -> None:
    """Write every station in service as a table that `import` reads back."""
    from server.kit.spreadsheet import sheet
    from server.stations import export_rows

    with open_site() as site, site.store.look() as look:
        rows = list(export_rows(look))
        out.write_text(sheet(rows), "utf-8", newline="")
    typer.echo(f"{out}: {len(rows) - 1} stations")


@station.command("sign")
def sign(codes: Some = None, out: Out = Path("signs.pdf")) -> None:
    """Print the A4 signs with the QR code, one page a station."""
    from server.stationbook import signs

    with open_site() as site:
        with site.store.look() as look:
            order = signs(look, _chosen(look, codes), site.public_url)
        out.write_bytes(order.pdf())
    typer.echo(f"{out}: {order.sheets} signs")


@station.command("installer")
def installer(codes: Some = None, out: Out = Path("installer.pdf")) -> None:
    """Print the page for whoever puts the screen up, one a station."""
    from server.stationbook import installer_pages

    with open_site() as site:
        with site.store.look() as look:
            order = installer_pages(look, _chosen(look, codes), site.public_url)
        out.write_bytes(order.pdf())
    typer.echo(f"{out}: {order.sheets} pages")


_FINE = {"ok", "removed"}


def _edit(work: "Work", code: str, new: "Written") -> None:
    from server.stations import edit as change
    from server.stations import get

    before = get(work, code).version
    after = change(work, code, new, _who()).version
    typer.echo(f"{code} is now version {after}" if after != before else f"{code} was like that already")


def _chosen(look: "Work", codes: list[str] | None) -> "list[Station]":
    from server.kit.errors import Missing
    from server.stations import all_stations

    everyone = {one.code: one for one in all_stations(look)}
    unknown = [code for code in codes or () if code not in everyone]
    if unknown or not everyone:
        raise Missing(f"no such station in service: {', '.join(unknown)}" if unknown else "there is no station yet")
    return [everyone[code] for code in codes or everyone]


def _who() -> str:
    """The account on this machine, for the record of who changed what."""
    from server.stations import COMMAND_LINE

    try:
        return f"{COMMAND_LINE} {getpass.getuser()}"
    except (OSError, KeyError):
        return COMMAND_LINE
