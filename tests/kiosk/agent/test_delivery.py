"""Taps on their way: line cut, gateway away, processes killed, acks lost or invented."""

import random
import time
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.contract.life import Life, State
from gateway.contract.topics import GATEWAY_STATE, Channel, Lane, Topic
from gateway.wire.memory import Faults
from kiosk.agent.view import Line


def test_a_tap_is_delivered_and_then_forgotten(world: Any) -> None:
    world.start()

    saved = world.agent.check_in()
    world.settle()

    [(lane, fact)] = world.gateway.effects
    assert (lane, fact.kind, fact.body) == (Lane.EVENT, "checkin", {"id": saved.id, "station": "sn10-north"})
    assert world.agent.outbox.backlog() == 0
    assert saved.line is Line.ONLINE


def test_taps_made_without_a_line_are_kept_and_delivered_once(world: Any) -> None:
    world.start()
    world.broker.down()
    world.settle()

    saved = [world.agent.check_in() for _ in range(200)]
    offline = world.agent.view()
    world.broker.up()
    world.later(10_000)

    assert (offline.line, offline.backlog) == (Line.OFFLINE, 200)
    assert saved[0].line is Line.OFFLINE
    assert [fact.body["id"] for _, fact in world.gateway.effects] == [one.id for one in saved]
    assert world.agent.view().backlog == 0
    assert world.agent.view().line is Line.ONLINE


def test_the_sos_lane_does_not_wait_behind_a_backlog(world: Any) -> None:
    world.agent.link.open()
    for _ in range(300):
        world.agent.check_in()

    world.agent.report("fire.open_flame", "3号楼")
    world.start()

    assert world.gateway.effects[0][0] is Lane.SOS


def test_a_lost_ack_is_asked_for_again_and_the_fact_counts_once(world: Any) -> None:
    world.start()
    world.gateway.mute = True
    world.agent.check_in()
    world.settle()

    world.gateway.mute = False
    world.later(5_000)

    assert world.gateway.arrivals == 2
    assert len(world.gateway.effects) == 1
    assert world.agent.outbox.backlog() == 0


def test_an_ack_from_the_future_is_ignored(world: Any) -> None:
    world.start()
    world.gateway.mute = True
    world.agent.check_in()
    world.settle()
    [(_, fact)] = world.gateway.effects

    world.gateway.ack(fact.stream, 999)
    world.gateway.ack("nobody-knows-this", 1)
    world.settle()

    assert world.agent.outbox.backlog() == 1


def test_a_process_killed_before_the_ack_sends_again_after_the_start(world: Any) -> None:
    world.start()
    world.gateway.mute = True
    saved = world.agent.check_in()
    world.settle()
    world.gateway.mute = False

    world.die()
    world.later(2_000)

    assert [fact.body["id"] for _, fact in world.gateway.effects] == [saved.id]
    assert world.gateway.arrivals == 2
    assert world.agent.outbox.backlog() == 0


def test_a_process_killed_before_anything_was_sent_loses_nothing(world: Any) -> None:
    saved = world.agent.check_in()

    world.boot()
    world.start()

    assert [fact.body["id"] for _, fact in world.gateway.effects] == [saved.id]


def test_a_gateway_that_is_away_is_not_flooded(world: Any) -> None:
    world.start()
    world.gateway.wire.kill()
    world.settle()
    for _ in range(100):
        world.agent.check_in()
    world.settle()

    world.later(10 * 60_000)

    assert world.sent(Lane.EVENT) < 15
    assert world.agent.view().line is Line.OFFLINE
    assert world.agent.outbox.backlog() == 100


def test_a_gateway_that_falls_silent_without_a_word_is_not_flooded(world: Any) -> None:
    world.start()
    world.gateway.mute = True
    for _ in range(100):
        world.agent.check_in()
    world.settle()

    world.later(10 * 60_000)

    assert world.sent(Lane.EVENT) < 64 + 20
    assert world.agent.view().line is Line.OFFLINE


def test_a_silent_lane_goes_on_as_soon_as_another_is_answered(world: Any) -> None:
    world.start()
    world.gateway.mute = True
    for _ in range(100):
        world.agent.check_in()
    world.later(5 * 60_000)

    world.gateway.mute = False
    world.agent.report("gas.smell")
    world.settle()

    assert world.agent.outbox.backlog() == 0


def test_when_the_gateway_returns_everything_goes_out_at_once(world: Any) -> None:
    world.start()
    world.gateway.wire.kill()
    for _ in range(100):
        world.agent.check_in()
    world.later(60_000)

    world.gateway.start()
    world.settle()

    assert len(world.gateway.effects) == 100
    assert world.agent.outbox.backlog() == 0


def test_a_stale_word_that_the_gateway_is_lost_does_not_stop_for_ever(world: Any) -> None:
    world.start()
    world.gateway.wire.publish(GATEWAY_STATE, State(Life.LOST, "an-old-nonce").encode(), retain=True)
    world.settle()
    world.agent.check_in()
    world.settle()
    assert not world.gateway.effects

    world.later(90_000)

    assert len(world.gateway.effects) == 1
    assert world.agent.view().line is Line.ONLINE


def test_a_gateway_not_heard_for_three_heartbeats_is_not_called_online(world: Any) -> None:
    world.start()
    online = world.agent.view().line

    world.later(90_000)
    silent = world.agent.view().line
    world.gateway.connected()
    world.settle()

    assert (online, silent, world.agent.view().line) == (Line.ONLINE, Line.OFFLINE, Line.ONLINE)


def test_an_alarm_goes_out_at_once_even_when_the_gateway_is_said_to_be_lost(world: Any) -> None:
    world.start()
    world.gateway.wire.publish(GATEWAY_STATE, State(Life.LOST, "an-old-nonce").encode(), retain=True)
    world.settle()

    world.agent.report("gas.smell")
    world.settle()

    assert world.gateway.kinds(Lane.SOS) == ["report"]


def test_another_gateway_with_an_empty_memory_learns_where_the_streams_stand(world: Any) -> None:
    world.start()
    world.agent.check_in()
    world.settle()

    world.gateway.readers.clear()
    world.time.pass_ms(10_000)
    world.agent.check_in()
    world.settle()

    assert len(world.gateway.effects) == 2
    assert world.agent.outbox.backlog() == 0


def test_every_connection_is_a_session_with_its_own_nonce(world: Any) -> None:
    world.start()
    first = world.wire.last_will

    world.broker.cut("kiosk-01")
    world.settle()

    nonces = [birth.nonce for birth in world.gateway.births]
    lives = [state.life for state in world.gateway.states]
    assert len(nonces) == len(set(nonces)) == 2
    assert State.decode(first.payload).nonce == nonces[0]
    assert lives == [Life.READY, Life.LOST, Life.READY]


def test_the_heart_beats_and_an_orderly_end_says_goodbye(world: Any) -> None:
    world.start()
    world.gateway.states.clear()

    world.later(65_000)
    world.agent.link.stop()
    world.broker.settle()

    assert [state.life for state in world.gateway.states] == [Life.READY, Life.READY, Life.DISCONNECTED]


def test_nonsense_from_above_is_ignored(world: Any) -> None:
    world.start()
    for channel in (Channel.ACK, Channel.DESIRED, Channel.COMMAND):
        world.gateway.wire.publish(str(Topic("kiosk-01", channel)), b"\xff{not json")
    world.gateway.wire.publish(GATEWAY_STATE, b"[]")
    world.settle()

    world.agent.check_in()
    world.settle()

    assert len(world.gateway.effects) == 1


def test_with_its_own_thread_the_agent_delivers_and_ends(world: Any) -> None:
    world.gateway.start()
    with world.broker.running():
        world.agent.start()
        saved = [world.agent.check_in().id for _ in range(20)]
        deadline = time.monotonic() + 30
        while world.agent.outbox.backlog() and time.monotonic() < deadline:
            world.time.pass_ms(50)
            time.sleep(0.01)
        left = world.agent.outbox.backlog()
        world.agent.stop()

    assert left == 0
    assert [fact.body["id"] for _, fact in world.gateway.effects] == saved


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), lose=st.floats(0, 0.5), duplicate=st.floats(0, 0.5), reorder=st.booleans())
def test_any_losses_repeats_orders_and_deaths_each_tap_counts_once(
    tmp_path_factory: Any, new_world: Any, seed: int, lose: float, duplicate: float, reorder: bool
) -> None:
    world = new_world(tmp_path_factory.mktemp("kiosk"))
    world.start()
    world.broker.faults = Faults(lose, duplicate, reorder)
    chance, saved = random.Random(seed), []

    for _ in range(25):
        step = chance.choice(["tap", "tap", "alarm", "wait", "cut", "die", "boot", "away"])
        if step == "tap":
            saved.append(world.agent.check_in().id)
        elif step == "alarm":
            saved.append(world.agent.report("gas.smell").id)
        elif step == "wait":
            world.later(chance.choice([250, 4_000, 20_000]))
        elif step == "cut":
            world.broker.cut("kiosk-01")
        elif step == "away":
            world.broker.cut("gateway")
        elif step == "die":
            world.die()
        else:
            world.broker.restart()
    world.broker.faults = Faults()
    world.broker.cut("gateway")
    world.broker.cut("kiosk-01")
    world.later(200_000)

    assert sorted(fact.body["id"] for _, fact in world.gateway.effects) == sorted(saved)
    assert world.agent.outbox.backlog() == 0
    world.agent.outbox.close()
