"""Stations as a table: out to a spreadsheet, and in again, dry or for good, all rows or none."""

import csv
import dataclasses
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from server.kit.errors import Fault, Invalid
from server.kit.store import Work
from server.stations import editing, queries, records
from server.stations.written import LABELS, Written, write

MOST_SHEET_BYTES = 4 * 1024 * 1024
MOST_ROWS = 5000
MOST_TROUBLES = 200

COLUMNS = {"code": "代码", **LABELS, "community_name": "居民区", "street": "街道代码", "district": "区代码"}
"""Field → head of its column. The last three are for a community that is new here; other columns are passed over."""

_FIELDS = {label: field for field, label in COLUMNS.items()} | {field: field for field in COLUMNS}
_STARTS = tuple("=+-@\t\r\n＝＋－＠")


class _Rollback(Exception):
    """Ends an attempt whose changes must not stay."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What a table did, or would do. `changed`: code → names of the fields. `troubles`: (line of the file, sentence).

    With any trouble, or in a dry run, nothing was changed.
    """

    added: tuple[str, ...]
    changed: dict[str, tuple[str, ...]]
    same: int
    troubles: tuple[tuple[int, str], ...]
    dry: bool

    @property
    def rows(self) -> int:
        """How many could be taken."""
        return len(self.added) + len(self.changed) + self.same


def import_sheet(
    work: Work, content: bytes, by: str, *, dry: bool, within: frozenset[str] | None = None, found: bool = False
) -> Imported:
    """Add and change stations as a CSV file says; an empty cell of a known station leaves it as it is.

    `within`: the communities that the rows, and the stations they name, may belong to; None: any. `found`: may make
    communities that are not there yet. Raises `Invalid` for a file that is no such table.
    """
    table = _read(content)
    added: list[str] = []
    changed: dict[str, tuple[str, ...]] = {}
    troubles: list[tuple[int, str]] = []
    same = 0
    seen: dict[str, int] = {}
    try:
        with work.attempt():
            for line, row in table:
                code = row.get("code", "")
                if code in seen:
                    troubles.append((line, f"{code} 和第 {seen[code]} 行重复"))
                    continue
                seen[code] = line
                try:
                    fields = _take(work, code, row, by, within, found)
                except Fault as cause:
                    troubles.append((line, f"{code}：{cause.sentence}" if code else cause.sentence))
                    if len(troubles) == MOST_TROUBLES:
                        troubles.append((line, "错的太多，后面的没有再看"))
                        break
                    continue
                if fields is None:
                    added.append(code)
                elif fields:
                    changed[code] = fields
                else:
                    same += 1
            if dry or troubles:
                raise _Rollback
    except _Rollback:
        pass
    return Imported(tuple(added), changed, same, tuple(troubles), dry)


def export_rows(work: Work, within: frozenset[str] | None = None) -> Iterator[Sequence[str]]:
    """The head and a row for each station in service, for `server.kit.spreadsheet`; `import_sheet` reads it back."""
    communities = {row["code"]: row for row in records.communities(work)}
    things = queries.all_amenities(work)
    yield list(COLUMNS.values())
    for station in records.all_stations(work):
        if within is None or station.community in within:
            row = dataclasses.asdict(write(station, things.get(station.code, [])))
            community = communities[station.community]
            yield [
                station.code,
                *(row[field] or "" for field in LABELS),
                community["name"],
                community["street"],
                community["district"],
            ]


def _take(
    work: Work, code: str, row: dict[str, str], by: str, within: frozenset[str] | None, found: bool
) -> tuple[str, ...] | None:
    """The names of the fields that changed, or None for a station that is new."""
    if not code:
        raise Invalid("代码不能空着")
    station = records.known(work, code)
    if station is not None and within is not None and station.community not in within:
        raise Invalid("这个小站不归你管")
    if found:
        _found(work, row)
    new = Written(**{field: row[field] for field in LABELS if row.get(field)})
    if station is None:
        editing.add(work, code, new, by, within)
        return None
    before = dataclasses.asdict(write(station, queries.amenities(work, code)))
    after = editing.edit(work, code, new, by, within=within)
    if after == station and not (new.amenities or new.charging_ports or new.bay_slots):
        return ()
    now = dataclasses.asdict(write(after, queries.amenities(work, code)))
    return tuple(label for field, label in LABELS.items() if before[field] != now[field])


def _found(work: Work, row: dict[str, str]) -> None:
    code, names = row.get("community", ""), [row.get(field, "") for field in ("community_name", "street", "district")]
    if code and all(names) and code not in {one["code"] for one in records.communities(work)}:
        records.save_community(work, code, *names)


def _read(content: bytes) -> list[tuple[int, dict[str, str]]]:
    """(line, field → text) of every row that says something."""
    if len(content) > MOST_SHEET_BYTES:
        raise Invalid(f"文件太大了，最多 {MOST_SHEET_BYTES // 1024 // 1024} MB")
    text = _decode(content).lstrip("\ufeff")
    first = text.partition("\n")[0]
    sign = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True)
    try:
        head = [_FIELDS.get(cell.strip(), "") for cell in next(reader, [])]
        if not {"code", "name"} <= set(head):
            raise Invalid("第 1 行要写列名，至少有 代码、名称；可以先导出一份照着填")
        doubled = {field for field in head if field and head.count(field) > 1}
        if doubled:
            raise Invalid(f"列名重复：{'、'.join(sorted(COLUMNS[field] for field in doubled))}")
        rows = []
        for cells in reader:
            row = {field: _cell(cell) for field, cell in zip(head, cells, strict=False) if field}
            if any(row.values()):
                rows.append((reader.line_num, row))
            if len(rows) > MOST_ROWS:
                raise Invalid(f"一次最多 {MOST_ROWS} 行，请分开导入")
    except csv.Error as cause:
        raise Invalid(f"第 {reader.line_num} 行读不下去，请用“CSV UTF-8”格式另存再试") from cause
    return rows


def _decode(content: bytes) -> str:
    # What Chinese spreadsheet programs write; UTF-16 says so at its beginning.
    for encoding in ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid("文字编码认不出来，请用“CSV UTF-8”格式另存再试")


def _cell(text: str) -> str:
    text = text.strip()
    # The apostrophe with which our own export keeps a spreadsheet from running what people typed.
    return text[1:] if text.startswith("'") and text[1:].startswith(_STARTS) else text
