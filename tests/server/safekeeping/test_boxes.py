"""From ticked squares and drawn boxes to what is covered."""

import pytest

from server.kit.errors import Invalid
from server.safekeeping import boxes


def area(found: list[tuple[int, int, int, int]]) -> int:
    return sum(w * h for _, _, w, h in found)


def test_neighbouring_squares_become_one_box() -> None:
    assert boxes.squares(["0,0", "1,0", "0,1", "1,1"]) == [(0, 0, 166, 222)]


def test_every_square_lies_in_exactly_one_box() -> None:
    whole = boxes.squares([f"{column},{row}" for column in range(boxes.COLUMNS) for row in range(boxes.ROWS)])
    checked = boxes.squares(
        [f"{column},{row}" for column in range(boxes.COLUMNS) for row in range(boxes.ROWS) if (column + row) % 2]
    )

    assert whole == [(0, 0, 1000, 1000)]
    assert len(checked) == boxes.COLUMNS * boxes.ROWS // 2
    assert abs(area(checked) - 500_000) < 5_000


def test_drawn_boxes_parts_and_suggestions_come_together() -> None:
    found = boxes.read("1,2,30,40;50,60,70,80", ["0,0"], ["bottom", "no such"], ["5,5,5,5"])

    assert found == [(1, 2, 30, 40), (50, 60, 70, 80), (5, 5, 5, 5), boxes.PARTS["bottom"][1], (0, 0, 83, 111)]


@pytest.mark.parametrize(
    ("drawn", "cells"),
    [("1,2,3", []), ("-1,2,3,4", []), ("=1,2,3,4", []), ("", ["12,0"]), ("", ["a,0"]), ("", ["0,9"])],
)
def test_what_is_no_box_is_refused(drawn: str, cells: list[str]) -> None:
    with pytest.raises(Invalid):
        boxes.read(drawn, cells, [], [])


@pytest.mark.parametrize(
    ("box", "where"), [((0, 0, 10, 10), "左上"), ((450, 450, 100, 100), "正中"), ((900, 500, 50, 50), "右中")]
)
def test_where_a_box_lies_can_be_said(box: tuple[int, int, int, int], where: str) -> None:
    assert boxes.where(box) == where
