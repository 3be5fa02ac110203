"""The broker is away for a while, the gateway is killed mid-stream: what was tapped arrives, once."""

import os
import signal
import threading
import uuid

import pytest

from .town import Town, wait_for

pytestmark = pytest.mark.journey


def test_taps_are_kept_while_the_broker_is_down_and_delivered_once(own_town: Town) -> None:
    town = own_town
    gateway, broker = town.child("gateway"), town.broker()
    gateway.send_signal(signal.SIGSTOP)  # it would start a new broker at once
    broker.kill()
    wait_for(lambda: '"offline"' in town.state(0), "the kiosk to notice")

    taps = [uuid.uuid4().hex for _ in range(20)]
    for tap in taps:
        assert town.tap(0, "/checkin", {"tap": tap}) == 200
    town.tap(0, "/report", {"tap": uuid.uuid4().hex, "category": "hazard.flood", "place": "车棚北"})
    assert waiting(town, "kiosk-01") >= 21
    assert not town.rows("select id from checkins")
    gateway.send_signal(signal.SIGCONT)

    wait_for(lambda: len(town.rows("select id from checkins")) == 20, "all check-ins")
    wait_for(lambda: town.rows("select id from incidents"), "the report")
    wait_for(lambda: '"online"' in town.state(0), "the kiosk to be online again")
    wait_for(lambda: waiting(town, "kiosk-01") == 0, "an empty outbox")
    assert len(town.rows("select id from checkins")) == 20
    assert town.rows("select category, place, station from incidents") == [("hazard.flood", "车棚北", "sn10-north")]


def test_a_gateway_killed_mid_stream_loses_and_doubles_nothing(own_town: Town) -> None:
    town = own_town
    done: list[int] = []

    def tap_on(kiosk: int) -> None:
        for _ in range(60):
            status = town.tap(kiosk, "/checkin", {"tap": uuid.uuid4().hex})
            done.append(status)

    riders = [threading.Thread(target=tap_on, args=(kiosk,)) for kiosk in (0, 1)]
    for rider in riders:
        rider.start()
    for wanted in (20, 70):
        wait_for(lambda wanted=wanted: len(done) >= wanted, "some taps")
        os.kill(town.child("gateway").pid, signal.SIGKILL)
    for rider in riders:
        rider.join()

    wait_for(lambda: waiting(town, "kiosk-01") + waiting(town, "kiosk-02") == 0, "empty outboxes")
    wait_for(lambda: len(town.rows("select id from checkins")) >= 120, "all check-ins")
    assert done == [200] * 120
    assert town.rows("select count(*), count(distinct client_id) from checkins") == [(120, 120)]
    assert town.rows("select count(*) from troubles", database="mailbox.db") == [(0,)]
    counted = town.rows("select sum(count) from checkin_hours")
    assert counted == [(120,)]


def test_a_killed_kiosk_still_sends_what_was_tapped(own_town: Town) -> None:
    town = own_town
    gateway = town.child("gateway")
    gateway.send_signal(signal.SIGSTOP)
    for _ in range(5):
        town.tap(1, "/checkin", {"tap": uuid.uuid4().hex})

    town.child("kiosk", "kiosk-02").kill()
    gateway.send_signal(signal.SIGCONT)

    wait_for(lambda: len(town.rows("select id from checkins where station = 'sn10-east'")) == 5, "the five taps")
    wait_for(lambda: waiting(town, "kiosk-02") == 0, "an empty outbox")
    assert town.rows("select count(*) from checkins") == [(5,)]


def waiting(town: Town, kiosk: str) -> int:
    """Taps (not telemetry) in a kiosk's outbox that the gateway has not acknowledged."""
    rows = town.rows("select count(*) from facts where lane <> 'telemetry'", database=f"{kiosk}/outbox.db")
    return int(rows[0][0])
