"""When two descriptions of a place mean the same one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.duplicates import place_key
from server.duplicates.places import MAX_KEY, landmarks


@pytest.mark.parametrize(
    "typed",
    [
        "3号楼", "３号楼", " 3 号楼 ", "三号楼", "第三号楼", "03号楼", "3栋", "三幢", "3#", "3#楼", "3座", "3号",
        "3号楼楼下", "3号楼门口", "3号楼旁边", "3号楼。", "3号楼 沪A·12345", "沪AD12345 3号楼门口", "3号楼附近的旁边",
    ],
)  # fmt: skip
def test_one_building_has_one_name_however_it_is_written(typed: str) -> None:
    assert place_key(typed) == "3号楼"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("北门", "北门口"), ("北大门", "北门旁边"), ("十二号楼", "12栋"), ("二十号楼", "20幢"), ("二十三号楼", "23#"),
        ("自行车棚", "车棚"), ("3号楼二单元", "三栋2单元"), ("A座楼下", "a座"), ("楼梯间", "楼道"),
    ],
)  # fmt: skip
def test_light_synonyms_meet(one: str, other: str) -> None:
    assert place_key(one) == place_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("3号楼", "13号楼"), ("3号楼", "3号门"), ("北门", "南门"), ("3号楼2单元", "3号楼3单元"), ("3楼", "3号楼")],
)
def test_different_places_stay_apart(one: str, other: str) -> None:
    assert place_key(one) != place_key(other)


@pytest.mark.parametrize("typed", ["", "   ", "。，！", "沪A12345", "\u202e\u200b"])
def test_where_nothing_is_said_there_is_no_key(typed: str) -> None:
    assert place_key(typed) == ""


def test_a_place_that_is_only_vague_keeps_its_words() -> None:
    assert place_key("门口") == "门口"


@given(st.text(max_size=100))
def test_any_text_has_a_key_that_is_its_own_key(typed: str) -> None:
    assert len(place_key(typed)) <= MAX_KEY


@given(st.text("零一二三四五六七八九十两号楼栋幢座#单元门口旁边0123", max_size=30))
def test_no_heap_of_numerals_breaks_it(typed: str) -> None:
    place_key(typed)


def test_what_a_sentence_speaks_of_is_found_in_it() -> None:
    spots = ("北门口", "3号楼", "垃圾房")

    assert landmarks("三幢楼道里堆满了，垃圾房旁边也是", spots) == {"3号楼", "垃圾房"}
    assert landmarks("北大门口有辆车", spots) == {"北门"}
    assert landmarks("13号楼", spots) == {"13号楼"}
    assert landmarks("随便说说", spots) == frozenset()
