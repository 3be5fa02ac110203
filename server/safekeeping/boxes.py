"""From what a finger drew, or the squares that were ticked, to boxes. Pure."""

import re
from collections.abc import Collection, Sequence

from server.kit.errors import Invalid
from server.photos import MOST_BOXES, Box

COLUMNS, ROWS = 12, 9
WHOLE = 1000
MARGIN = 8
"""The least room around a suggestion, in thousandths of the picture."""
PARTS: dict[str, tuple[str, Box]] = {
    "top": ("上面三分之一", (0, 0, 1000, 334)),
    "bottom": ("下面三分之一", (0, 666, 1000, 334)),
    "left": ("左半边", (0, 0, 500, 1000)),
    "right": ("右半边", (500, 0, 500, 1000)),
    "all": ("整张", (0, 0, 1000, 1000)),
}
"""Quick choices for who cannot draw."""

_BOX = re.compile(r"(\d{1,4}),(\d{1,4}),(\d{1,4}),(\d{1,4})", re.ASCII)


def read(drawn: str, cells: Sequence[str], parts: Sequence[str], marks: Sequence[str]) -> list[Box]:
    """Every box of a form: `drawn` as `x,y,w,h;…`, ticked squares `column,row`, quick choices, accepted suggestions.

    Raises `Invalid` for what is none of these.
    """
    typed = [one for one in (*drawn[:4000].split(";"), *marks[:MOST_BOXES]) if one]
    found = [_box(one) for one in typed]
    found += [PARTS[one][1] for one in parts if one in PARTS]
    return found + squares(cells[: COLUMNS * ROWS])


def squares(cells: Sequence[str]) -> list[Box]:
    """Ticked squares, neighbours of a row joined, and like rows below each other too."""
    ticked = {_cell(one) for one in cells}
    joined: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for row in range(ROWS):
        for run in _runs({column for column, line in ticked if line == row}):
            spans = joined.setdefault(run, [])
            if spans and spans[-1][1] == row:
                spans[-1] = (spans[-1][0], row + 1)
            else:
                spans.append((row, row + 1))
    return [
        (_edge(left, COLUMNS), _edge(top, ROWS), _edge(right, COLUMNS) - _edge(left, COLUMNS),
         _edge(bottom, ROWS) - _edge(top, ROWS))
        for (left, right), spans in joined.items()
        for top, bottom in spans
    ]  # fmt: skip


def where(box: Box) -> str:
    """`左上`, `正中`, …: about where a suggestion lies, for who does not see it drawn."""
    x, y = box[0] + box[2] / 2, box[1] + box[3] / 2
    across = "左" if x < WHOLE / 3 else "右" if x > WHOLE * 2 / 3 else "中"
    down = "上" if y < WHOLE / 3 else "下" if y > WHOLE * 2 / 3 else "中"
    return "正中" if across == down == "中" else f"{across}{down}"


def roomy(box: Box) -> Box:
    """A suggestion with room around it: found text is measured from the middle of its strokes."""
    x, y, w, h = box
    margin = max(MARGIN, h // 4)
    left, top = max(0, x - margin), max(0, y - margin)
    return left, top, min(WHOLE, x + w + margin) - left, min(WHOLE, y + h + margin) - top


def text(box: Box) -> str:
    """As it stands in a form."""
    return ",".join(str(value) for value in box)


def _runs(columns: Collection[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for column in sorted(columns):
        if runs and runs[-1][1] == column:
            runs[-1] = (runs[-1][0], column + 1)
        else:
            runs.append((column, column + 1))
    return runs


def _edge(number: int, of: int) -> int:
    return number * WHOLE // of


def _box(typed: str) -> Box:
    found = _BOX.fullmatch(typed.strip())
    if found is None:
        raise Invalid("框出来的地方没有传完整，请再框一次")
    x, y, w, h = (int(part) for part in found.groups())
    return x, y, w, h


def _cell(typed: str) -> tuple[int, int]:
    column, _, row = typed.partition(",")
    if not (column.isascii() and column.isdigit() and row.isascii() and row.isdigit()):
        raise Invalid("选的格子没有传完整，请再选一次")
    if int(column[:4]) >= COLUMNS or int(row[:4]) >= ROWS:
        raise Invalid("选的格子不在照片上，请再选一次")
    return int(column), int(row)
