"""What `changxiaozhan privacy …` prints and does. The front door opens the site and hands it in."""

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from server.kit.site import Site
from server.kit.store import Work
from server.privacy import retention as keeping
from server.privacy import rights
from server.privacy.retention import Report
from server.privacy.rights import By, Found
from server.stations import communities

CONSOLE = "命令行"


def retention(site: Site, *, dry_run: bool) -> tuple[Table, Report]:
    """Purge what is due, or (`dry_run`) only say what would be purged."""
    if dry_run:
        with site.store.look() as look:
            report = keeping.rehearse(look)
    else:
        report = keeping.run(site)
    table = Table("community", "what", "how many")
    for (kind, community), number in sorted(report.counts.items(), key=lambda one: (one[0][1], one[0][0])):
        table.add_row(community or "-", kind, str(number))
    return table, report


def find(site: Site, receipts: Sequence[str], phone: str) -> Found:
    """What there is of a person, before anything is done. Raises as `rights.find`."""
    with site.store.look() as look:
        return rights.find(look, _by(look), receipts, phone)


def export(site: Site, receipts: Sequence[str], phone: str, out: Path) -> int:
    """Write the copy, readable by its owner alone; its length in bytes. Raises as `rights.export`, and `OSError`."""
    with site.store.look() as look:
        by = _by(look)
    package = rights.export(site, by, receipts, phone)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.touch(0o600)
    out.write_bytes(package)
    return len(package)


def erase(site: Site, receipts: Sequence[str], phone: str) -> dict[str, int]:
    """Delete for good; how many of each kind. Raises as `rights.erase`."""
    with site.store.look() as look:
        by = _by(look)
    return rights.erase(site, by, receipts, phone)


def _by(work: Work) -> By:
    """Whoever sits at the console sees everything there is."""
    return By(None, CONSOLE, "", frozenset(str(row["code"]) for row in communities(work)))
