"""How families are called where nobody needs their whole name: no given name, and no two neighbours alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.parking import Household, names


def family(number: int, name: str, phone: str = "", building: str = "14") -> Household:
    return Household(number, "sn10", building, name, phone, False, None, 0)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王奶奶家", "王奶奶"), ("王爷爷家", "王爷爷"), ("王秀英奶奶", "王**奶奶"),
        ("王奶奶（302室）", "王奶奶"), ("欧阳老师", "欧*老师"),
        ("王秀英", "王**"), ("王英", "王*"), ("王", "王*"), ("老王", "老*"), ("奶奶", "奶*"), ("=HYPERLINK(1)", "=**"),
    ],
)  # fmt: skip
def test_a_masked_name_keeps_surname_and_form_of_address(name: str, shown: str) -> None:
    assert names.masked(name) == shown


def test_neighbours_who_read_alike_get_the_end_of_their_number_or_a_count() -> None:
    called = names.told_apart(
        [
            family(1, "李秀英", "13800138042"), family(2, "李秀兰", "13900139007"), family(3, "李玉兰"),
            family(4, "王奶奶家"), family(5, "李秀芳", building="3"), family(6, "赵奶奶", "13800138011"),
            family(7, "赵奶奶家", "13900139011"),
        ]
    )  # fmt: skip

    assert called == {
        1: "李**（尾号 42）", 2: "李**（尾号 07）", 3: "李**（第 3 户）", 4: "王奶奶", 5: "李**",
        6: "赵奶奶（第 1 户）", 7: "赵奶奶（第 2 户）",
    }  # fmt: skip


@given(st.lists(st.tuples(st.text("王李奶秀英", min_size=1, max_size=4), st.sampled_from(["", "13800138042"]))))
def test_no_two_families_of_a_building_are_ever_called_alike(listed: list[tuple[str, str]]) -> None:
    called = names.told_apart([family(number, name, phone) for number, (name, phone) in enumerate(listed)])

    assert len(set(called.values())) == len(listed)
