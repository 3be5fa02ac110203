"""A city of 1,000 stations: the table in, the list, a rider's page and its quiet look, each beside its bare floor.

    python -m benchmarks.stations

The floor of the import is reading the same CSV and writing its rows with one `executemany`; that of the pages is
`/healthz` of the same process.
"""

import csv
import io
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
from rich.console import Console
from rich.table import Table

from benchmarks.web import session, start_web
from gateway.sqlite import Sqlite
from server import stations
from server.app import make_site
from server.kit.site import Site
from server.kit.spreadsheet import sheet
from server.settings import Settings
from server.staff import COOKIE
from server.stationbook import signs

STATIONS = 1000
PER_COMMUNITY = 10
TIMES = 15


def main() -> None:
    """Prints the table."""
    table = Table("1,000 stations", "here", "floor")
    with tempfile.TemporaryDirectory() as folder:
        site = make_site(Settings(data=Path(folder)))
        content = _table()
        floor = _timed(lambda: _bare_import(Path(folder) / "bare.db", content))
        for what, dry in (("import, dry", True), ("import", False), ("import, nothing changed", False)):
            table.add_row(what, _ms(_timed(lambda dry=dry: _import(site, content, dry))), _ms(floor))
        with site.store.look() as look:
            some = stations.all_stations(look)[:100]
            order = signs(look, some, "https://zhan.example.cn")
        table.add_row("100 signs as one PDF", _ms(_timed(order.pdf)), "")
        cookie = session(site, "district", "district:d")
        web, address = start_web(Path(folder))
        try:
            _pages(table, address, cookie)
        finally:
            web.terminate()
            web.wait(30)
            site.store.close()
            site.mailbox.close()
    Console().print(table)


def _pages(table: Table, address: str, cookie: str) -> None:
    with httpx2.Client(base_url=address, cookies={COOKIE: cookie}) as client:
        floor = _median(lambda: client.get("/healthz"))
        seen = client.get("/s/st-0500").text.split('data-seen="')[1].split('"')[0]
        for what, path in (
            ("desk: the list", "/desk/stations"),
            ("desk: searched", "/desk/stations?q=500"),
            ("desk: one station", "/desk/stations/st-0500"),
            ("desk: export", "/desk/stations/-/export.csv"),
            ("rider: station", "/s/st-0500"),
            ("rider: quiet look (204)", f"/s/st-0500/now?seen={seen}"),
            ("rider: front page", "/"),
            ("rider: wrong address", "/s/st-05o0"),
        ):
            took = _median(lambda path=path: client.get(path))
            table.add_row(f"{what} ({len(client.get(path).content) // 1024} KB)", _ms(took), _ms(floor))


def _table() -> bytes:
    rows: list[list[str]] = [list(stations.COLUMNS.values())]
    for number in range(STATIONS):
        home = number // PER_COMMUNITY
        row = {
            "code": f"st-{number:04d}", "name": f"{number}号站", "community": f"c{home}", "address": f"{number}号门旁",
            "lat": f"{31.2 + number % 40 * 0.004:.6f}", "lon": f"{121.3 + number // 40 * 0.004:.6f}", "datum": "gcj02",
            "duty_phone": "021-5555-0110", "spots": "北门、南门", "charging_ports": "4",
            "opening": "周一至周五 06:00-22:00；周六、周日 20:00-06:00；节假日 不开",
            "community_name": f"第{home}居民区", "street": "s", "district": "d",
        }  # fmt: skip
        rows.append([row.get(field, "") for field in stations.COLUMNS])
    return sheet(rows).encode()


def _import(site: Site, content: bytes, dry: bool) -> None:
    with site.store.work() as work:
        result = stations.import_sheet(work, content, "benchmark", dry=dry, found=True)
    if result.troubles or result.rows != STATIONS:
        raise SystemExit(f"the table was not taken: {result.troubles[:3]}")


def _bare_import(path: Path, content: bytes) -> None:
    sqlite = Sqlite(path)
    with sqlite.transaction():
        columns = ", ".join(f"c{number}" for number in range(len(stations.COLUMNS)))
        marks = ", ".join("?" * len(stations.COLUMNS))
        sqlite.connection.execute(f"create table bare ({columns})")
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        sqlite.connection.executemany(f"insert into bare values ({marks})", rows[1:])  # noqa: S608 - marks only
    sqlite.close()


def _timed(deed: Callable[[], object]) -> float:
    start = time.perf_counter()
    deed()
    return time.perf_counter() - start


def _median(deed: Callable[[], object]) -> float:
    deed()
    return statistics.median(_timed(deed) for _ in range(TIMES))


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


if __name__ == "__main__":
    main()
