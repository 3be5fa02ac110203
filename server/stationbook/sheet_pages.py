"""`/desk/stations/-/…`: all stations as a table, out and in. In is always tried first; then one press stores it."""

import base64
import binascii
import zlib
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import Response

from server import stations
from server.desk import Frame, frame
from server.kit.errors import Fault, Invalid
from server.kit.site import Site, ThisSite
from server.kit.spreadsheet import download
from server.staff import FleetMinder, Person
from server.stationbook.place import check_opener
from server.stations import COLUMNS, MOST_SHEET_BYTES, Imported

router = APIRouter(prefix="/desk/stations/-", include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Importing:
    """What `stationbook/import.html` shows. `sheet`: the file, to be sent again without choosing it once more."""

    frame: Frame
    columns: list[str]
    result: Imported | None
    sheet: str
    error: str


@router.get("/export.csv")
def export(site: ThisSite, person: FleetMinder) -> Response:
    """Every station this person sees, as `/import` reads it back."""
    with site.store.look() as look:
        rows = list(stations.export_rows(look, person.communities))
    return download(rows, "stations.csv")


@router.get("/import")
def form(request: Request, site: ThisSite, person: FleetMinder) -> Response:
    """Where a file is chosen."""
    check_opener(person)
    return _page(request, site, person)


@router.post("/import")
def take(
    request: Request,
    site: ThisSite,
    person: FleetMinder,
    file: Annotated[UploadFile | None, File()] = None,
    sheet: Annotated[str, Form()] = "",
    then: Annotated[str, Form(max_length=8)] = "try",
) -> Response:
    """Try a file, and say what it would do; or store one that was tried."""
    check_opener(person)
    try:
        content = _unfold(sheet) if sheet else file.file.read(MOST_SHEET_BYTES + 1) if file else b""
        if not content:
            raise Invalid("请先选一个 CSV 文件")
        with site.store.work() as work:
            result = stations.import_sheet(work, content, person.name, dry=then != "store", within=person.communities)
    except Fault as refusal:
        return _page(request, site, person, refusal=refusal)
    return _page(request, site, person, result=result, sheet=_fold(content) if result.dry else "")


def _page(
    request: Request,
    site: Site,
    person: Person,
    *,
    result: Imported | None = None,
    sheet: str = "",
    refusal: Fault | None = None,
) -> Response:
    with site.store.look() as look:
        context = Importing(
            frame=frame(look, person, "stations"),
            columns=list(COLUMNS.values()),
            result=result,
            sheet=sheet,
            error=refusal.sentence if refusal else "",
        )
    status = refusal.status if refusal else 422 if result and result.troubles else 200
    return site.pages.page(request, "stationbook/import.html", context, status=status)


def _fold(content: bytes) -> str:
    return base64.b64encode(zlib.compress(content, 9)).decode("ascii")


def _unfold(sheet: str) -> bytes:
    try:
        # A limit on what comes out: a small text may stand for gigabytes.
        return zlib.decompressobj().decompress(base64.b64decode(sheet, validate=True), MOST_SHEET_BYTES + 1)
    except (binascii.Error, zlib.error, ValueError) as cause:
        raise Invalid("文件没有传完整，请再选一次") from cause
