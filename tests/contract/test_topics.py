"""A topic is a value that validates itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contract import topics
from gateway.contract.envelope import Broken
from gateway.contract.topics import Channel, Lane, Topic, check_kiosk, down_filter

kiosks = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", fullmatch=True).filter(lambda kiosk: kiosk != "gateway")


@given(kiosks, st.sampled_from(Channel))
def test_a_topic_written_and_parsed_is_the_same_topic(kiosk: str, channel: Channel) -> None:
    topic = Topic(kiosk, channel)

    assert Topic.parse(str(topic)) == topic


@given(st.text(max_size=80))
def test_any_text_is_a_topic_of_ours_or_broken(text: str) -> None:
    for candidate in (text, "cxz/1/" + text, f"cxz/1/kiosk-01/{text}", f"cxz/1/{text}/up/state"):
        try:
            topic = Topic.parse(candidate)
        except Broken:
            continue
        assert str(topic) == candidate


@pytest.mark.parametrize(
    "kiosk",
    [
        "", "+", "#", "kiosk/01", "kiosk+", "kiosk#", "$SYS", "kiosk\0", "\0", "kiosk 01", " kiosk", "kiosk\n",
        "-kiosk", "kiosk-", "-", "Kiosk-01", "kiosk_01", "kiosk.01", "北门站", "kıosk", "kiosk１", "k" * 33,
        "gateway", "%u",
    ],
)  # fmt: skip
def test_a_kiosk_id_that_could_be_no_user_name_or_no_topic_level_is_refused(kiosk: str) -> None:
    with pytest.raises(Broken, match="not a kiosk id"):
        check_kiosk(kiosk)
    with pytest.raises(Broken):
        Topic(kiosk, Channel.STATE)
    with pytest.raises(Broken):
        Topic.parse(f"cxz/1/{kiosk}/up/state")
    with pytest.raises(Broken):
        down_filter(kiosk)
    with pytest.raises(Broken):
        topics.facts(kiosk, Lane.SOS)


@pytest.mark.parametrize("kiosk", ["k", "0", "kiosk-01", "a--b", "k" * 32])
def test_an_id_of_1_to_32_small_letters_digits_and_inner_hyphens_is_taken(kiosk: str) -> None:
    assert check_kiosk(kiosk) == kiosk


@pytest.mark.parametrize(
    "topic",
    [
        "", "cxz", "cxz/1", "cxz/1/", "cxz/1/kiosk-01", "cxz/1/kiosk-01/", "cxz/1/kiosk-01/up", "cxz/1/kiosk-01/up/",
        "cxz/1/kiosk-01/up/facts", "cxz/1/kiosk-01/up/facts/SOS", "cxz/1/kiosk-01/up/facts/sos/",
        "cxz/2/kiosk-01/up/state",
        "/cxz/1/kiosk-01/up/state", "cxz/1//up/state", "cxz/1/kiosk-01//up/state", "cxz/1/kiosk-01/up/state\0",
        "cxz/1/kiosk-01/up/#", "cxz/1/+/up/state", "cxz/1/cxz/1/kiosk-01/up/state", "CXZ/1/kiosk-01/up/state",
        topics.GATEWAY_STATE,
    ],
)  # fmt: skip
def test_a_topic_that_is_not_exactly_one_of_ours_is_refused(topic: str) -> None:
    with pytest.raises(Broken):
        Topic.parse(topic)


def test_a_refusal_quotes_no_more_than_the_beginning_of_a_hostile_id() -> None:
    with pytest.raises(Broken) as refusal:
        check_kiosk("K" * 60_000)

    assert len(str(refusal.value)) < 100


def test_each_lane_has_its_own_topic() -> None:
    assert {lane: topics.facts("kiosk-01", lane) for lane in Lane} == {
        Lane.SOS: "cxz/1/kiosk-01/up/facts/sos",
        Lane.EVENT: "cxz/1/kiosk-01/up/facts/event",
        Lane.TELEMETRY: "cxz/1/kiosk-01/up/facts/telemetry",
    }
    assert {topics.LANES[topics.FACTS[lane]] for lane in Lane} == set(Lane)


def test_a_kiosk_listens_to_its_own_topics_only() -> None:
    assert down_filter("kiosk-01") == "cxz/1/kiosk-01/down/#"
