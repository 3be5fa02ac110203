"""How anything is put on the wire."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contract.envelope import (
    MAX_DEPTH,
    MAX_MOMENT,
    MAX_WHOLE,
    Broken,
    digest,
    identifier,
    moment,
    pack,
    text,
    unpack,
    version,
    whole,
)

LIMIT = 8 * 1024

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    words,
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)
objects = st.dictionaries(words, values, max_size=5)


def depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max((depth(item) for item in value.values()), default=0)
    if isinstance(value, list):
        return 1 + max((depth(item) for item in value), default=0)
    return 0


@given(objects)
def test_what_is_packed_is_unpacked_unchanged(value: dict[str, object]) -> None:
    if depth(value) > MAX_DEPTH:
        with pytest.raises(Broken, match="nested deeper"):
            pack(value)
        return

    payload = pack(value)

    assert unpack(payload, 10**6) == value
    assert digest(unpack(payload, 10**6)) == digest(value)


@given(
    st.one_of(st.binary(max_size=200), st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")))
)
def test_arbitrary_bytes_are_broken_or_an_object_that_can_be_packed_again(payload: bytes) -> None:
    try:
        value = unpack(payload, LIMIT)
    except Broken:
        return

    assert unpack(pack(value), 10**6) == value


@given(st.text(alphabet='{}[]":,\\u0a19eE-. tn', max_size=60))
def test_the_quick_look_lets_nothing_through_that_the_wary_one_refuses(inner: str) -> None:
    payload = ('{"a":' + inner + "}").encode()
    try:
        value = unpack(payload, LIMIT)
    except Broken:
        return

    pairs: list[list[tuple[str, object]]] = []
    read = json.loads(payload, object_pairs_hook=lambda found: pairs.append(found) or dict(found))

    assert read == value
    assert all(len(dict(found)) == len(found) for found in pairs)
    assert unpack(pack(value), 10**6) == value


def test_equal_objects_give_equal_bytes_whatever_the_order_of_their_keys() -> None:
    assert (
        pack({"b": 1, "a": {"d": 2, "c": 3}}) == pack({"a": {"c": 3, "d": 2}, "b": 1}) == b'{"a":{"c":3,"d":2},"b":1}'
    )


def test_chinese_is_written_as_itself_not_as_escapes() -> None:
    assert pack({"name": "北门站"}) == '{"name":"北门站"}'.encode()


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "not JSON"),
        (b"   ", "not JSON"),
        (b"{", "not JSON"),
        (b'{"a":1} {"b":2}', "not JSON"),
        (b'{"a":1,}', "not JSON"),
        (b"{'a':1}", "not JSON"),
        (b'{"a":01}', "not JSON"),
        (b'{"a":"\n"}', "not JSON"),
        (b"\xef\xbb\xbf{}", "not JSON"),  # a byte order mark
        (b"\xff\xfe{\x00}\x00", "not UTF-8"),
        (b'{"a":"\xc0\x80"}', "not UTF-8"),  # an overlong NUL
        (b'{"a":"\xed\xa0\x80"}', "not UTF-8"),  # a surrogate in bytes
        (b"[]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"1", "not a JSON object"),
        (b'{"a":1,"a":2}', "a key stands twice"),
        (b'{"a":1,"\\u0061":2}', "a key stands twice"),
        (b'{"a":{"b":1,"b":1}}', "a key stands twice"),
        (b'{"a":NaN}', "not a JSON number"),
        (b'{"a":Infinity}', "not a JSON number"),
        (b'{"a":-Infinity}', "not a JSON number"),
        (b'{"a":1e400}', "beyond double precision"),
        (b'{"a":[-1e400]}', "beyond double precision"),
        (b'{"a":9223372036854775808}', "beyond 64 bits"),
        (b'{"a":-9223372036854775809}', "beyond 64 bits"),
        (b'{"a":' + b"9" * 400 + b"}", "beyond 64 bits"),
        (b'{"a":' + b"9" * 5000 + b"}", "not JSON"),  # Python refuses to convert so many digits
        (b'{"a":"\\ud800"}', "a lone surrogate"),
        (b'{"a":"\\udc00\\ud800"}', "a lone surrogate"),
        (b'{"\\ud800":1}', "a lone surrogate"),
        (b'{"a":"x\\u0000y"}', "U\\+0000"),
        (b'{"a":{"b\\u0000":1}}', "U\\+0000"),
        (b'{"a":' + b"[" * 4000 + b"]" * 4000 + b"}", "nested deeper|not JSON"),
        (b'{"a":' * 1000 + b"1" + b"}" * 1000, "nested deeper|not JSON"),
        (b'{"a":"' + b"x" * LIMIT + b'"}', "larger than 8192 bytes"),
    ],
)
def test_what_two_readers_could_understand_differently_is_refused(payload: bytes, reason: str) -> None:
    with pytest.raises(Broken, match=reason):
        unpack(payload, LIMIT)


def test_a_proper_surrogate_pair_is_one_character() -> None:
    assert unpack(b'{"a":"\\ud83d\\ude00"}', LIMIT) == {"a": "😀"}


def test_the_limit_is_in_bytes_and_may_be_reached_exactly() -> None:
    payload = pack({"a": "站"})

    assert unpack(payload, len(payload)) == {"a": "站"}
    assert pack({"a": "站"}, len(payload)) == payload
    with pytest.raises(Broken, match="larger"):
        unpack(payload, len(payload) - 1)
    with pytest.raises(Broken, match="larger"):
        pack({"a": "站"}, len(payload) - 1)


def test_the_nesting_limit_may_be_reached_exactly() -> None:
    def nested(levels: int) -> bytes:
        return b'{"a":' * levels + b"1" + b"}" * levels

    assert depth(unpack(nested(MAX_DEPTH), LIMIT)) == MAX_DEPTH
    with pytest.raises(Broken, match="nested deeper"):
        unpack(nested(MAX_DEPTH + 1), LIMIT)


@pytest.mark.parametrize(
    "value",
    [
        {"a": float("nan")},
        {"a": float("inf")},
        {"a": 2**63},
        {"a": "\ud800"},
        {"a\ud800": 1},
        {"a": "x\0y"},
        {"a": {1, 2}},
        {"a": object()},
        {"a": b"bytes"},
        {1: "a"},
        {"a": {None: 1}},
        {"a": [[[[[[[[[1]]]]]]]]]},
    ],
)
def test_a_sender_cannot_pack_what_no_reader_would_take(value: dict[str, object]) -> None:
    with pytest.raises(Broken):
        pack(value)


def test_an_object_that_contains_itself_is_broken_not_an_endless_loop() -> None:
    value: dict[str, object] = {}
    value["self"] = value

    with pytest.raises(Broken, match="nested deeper"):
        pack(value)


def test_text_counts_characters_not_bytes() -> None:
    assert text({"name": "北门站"}, "name", least=3, most=3) == "北门站"
    with pytest.raises(Broken, match="has 3 characters, allowed are 0 to 2"):
        text({"name": "北门站"}, "name", most=2)
    with pytest.raises(Broken, match="has 0 characters"):
        text({"name": ""}, "name", least=1, most=2)


@pytest.mark.parametrize("value", [None, 1, True, 1.5, [], ["a"], {}, {"a": 1}])
def test_only_a_string_is_text(value: object) -> None:
    with pytest.raises(Broken, match="name is not text"):
        text({"name": value}, "name", most=10)
    with pytest.raises(Broken, match="name is not text"):
        text({}, "name", most=10)


@pytest.mark.parametrize("value", [None, True, False, 1.0, -0.0, "1", [], [1], {}])
def test_booleans_floats_and_strings_are_not_whole_numbers(value: object) -> None:
    with pytest.raises(Broken, match="n is not a whole number"):
        whole({"n": value}, "n", least=0)


def test_a_whole_number_keeps_its_range_and_minus_zero_is_zero() -> None:
    assert whole({"n": MAX_WHOLE}, "n", least=0) == MAX_WHOLE
    assert whole(unpack(b'{"n":-0}', LIMIT), "n", least=0) == 0
    for value in (-1, MAX_WHOLE + 1):
        with pytest.raises(Broken, match="n is out of range"):
            whole({"n": value}, "n", least=0)


def test_a_moment_fits_every_calendar() -> None:
    assert moment({"at": MAX_MOMENT}, "at") == MAX_MOMENT
    for value in (-1, MAX_MOMENT + 1, 2**53):
        with pytest.raises(Broken, match="at is out of range"):
            moment({"at": value}, "at")


@pytest.mark.parametrize("value", ["abcdefgh", "A-Z_09az", "x" * 64])
def test_an_identifier_is_8_to_64_plain_characters(value: str) -> None:
    assert identifier({"id": value}, "id") == value


@pytest.mark.parametrize(
    "value",
    [
        "",
        "short-7",
        "x" * 65,
        "with space",
        "abcdefgh\n",
        "北门站北门站北门",
        "abcdefg１",
        None,
        12345678,
        ["abcdefgh"],
    ],
)
def test_anything_else_is_no_identifier(value: object) -> None:
    with pytest.raises(Broken, match="id is not 8 to 64"):
        identifier({"id": value}, "id")


def test_a_message_of_another_version_is_refused_and_one_without_a_version_is_ours() -> None:
    version({"v": 1})
    version({})
    for other in (0, 2, 1.0, True, "1", None, [1]):
        with pytest.raises(Broken, match="unknown version"):
            version({"v": other})


def test_the_digest_is_of_the_canonical_bytes_not_of_the_bytes_that_came() -> None:
    loose = '{ "b" : "\\u7ad9", "a" : 1 }'

    assert digest(unpack(loose.encode(), LIMIT)) == digest({"a": 1, "b": "站"})
    assert digest({"a": 1}) != digest({"a": 1.0})
    assert json.loads(loose)["b"] == "站"
