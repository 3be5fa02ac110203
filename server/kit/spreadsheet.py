"""CSV that a spreadsheet program shows and never runs: what people typed stays text."""

import csv
import io
from collections.abc import Iterable, Sequence

from fastapi.responses import Response

# Fullwidth forms too: East Asian editions of spreadsheets read them as their ASCII twins.
_STARTS = tuple("=+-@\t\r\n＝＋－＠")
_BOM = "\ufeff"


def sheet(rows: Iterable[Sequence[str | int | float | None]]) -> str:
    """CSV with a byte order mark (else Excel takes Chinese for Latin) and CRLF. None is an empty cell."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([_cell(value) for value in row] for row in rows)
    return _BOM + out.getvalue()


def download(rows: Iterable[Sequence[str | int | float | None]], name: str) -> Response:
    """The sheet as a file to keep; `name` in ASCII."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(sheet(rows), media_type="text/csv; charset=utf-8", headers=headers)


def _cell(value: str | int | float | None) -> str | int | float:
    if value is None:
        return ""
    # An apostrophe in front makes it text in every spreadsheet program; numbers of our own need none.
    return f"'{value}" if isinstance(value, str) and value.startswith(_STARTS) else value
