import pytest

from gateway.contract.facts import Clock
from kiosk.agent.clock import BUILT, StationClock

TRUTH = BUILT + 10_000_000


class Hands:
    def __init__(self, wall: int, synchronized: bool = True) -> None:
        self.wall, self.mono, self.synchronized = wall, 50_000, synchronized
        self.clock = StationClock(lambda: self.wall, lambda: self.mono, lambda: self.synchronized)


@pytest.mark.parametrize(
    ("wall", "synchronized", "quality"),
    [(TRUTH, True, Clock.NTP), (TRUTH, False, Clock.RTC), (BUILT - 1, True, Clock.NONE)],
)
def test_the_clocks_quality_is_said_honestly(wall: int, synchronized: bool, quality: Clock) -> None:
    assert Hands(wall, synchronized).clock.quality() is quality


def test_a_clock_without_a_year_gives_no_time_but_counts_on() -> None:
    moment = Hands(0).clock.moment()

    assert (moment.at, moment.clock, moment.mono) == (None, Clock.NONE, 50_000)
    assert moment.boot


def test_a_small_difference_to_the_gateway_changes_nothing() -> None:
    hands = Hands(TRUTH)

    hands.clock.hear(TRUTH - 2_000)

    assert hands.clock.now() == TRUTH


def test_a_clock_that_is_off_follows_the_gateway() -> None:
    hands = Hands(TRUTH + 600_000, synchronized=False)
    hands.clock.hear(TRUTH)

    hands.mono += 5_000
    hands.wall += 5_000

    assert hands.clock.now() == TRUTH + 5_000
    assert hands.clock.moment().clock is Clock.RTC


def test_a_clock_without_a_year_is_trusted_once_the_gateway_has_spoken() -> None:
    hands = Hands(0)

    hands.clock.hear(TRUTH)

    assert hands.clock.trusted
    assert hands.clock.moment().at == TRUTH


def test_an_answer_that_comes_late_does_not_turn_the_clock_back() -> None:
    hands = Hands(0)
    hands.clock.hear(TRUTH)

    hands.mono += 1_000
    hands.clock.hear(TRUTH - 3_000_000)

    assert hands.clock.now() == TRUTH + 1_000


def test_a_gateway_without_a_sane_clock_is_not_believed() -> None:
    hands = Hands(TRUTH)

    hands.clock.hear(0)
    hands.clock.hear(2**62)

    assert hands.clock.now() == TRUTH


def test_the_machines_own_clock_can_be_read() -> None:
    moment = StationClock().moment()

    assert moment.mono > 0
    assert moment.boot
