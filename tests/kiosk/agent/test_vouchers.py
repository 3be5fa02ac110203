"""The till: one code, one raincoat; whatever is pressed, guessed, unplugged or killed in between."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

from gateway.contract import vouchers
from gateway.contract.vouchers import Voucher
from kiosk.agent.agent import Agent
from kiosk.agent.device_commands import Unanswered
from kiosk.agent.device_link import Result
from kiosk.agent.view import NotAccepted
from kiosk.agent.vouchers import Redeemed
from kiosk.agent.vouchers.till import NO_CLOCK, PAUSES_MS, USED

MINUTE_MS = 60_000


class Dispenser:
    """A bus with one dispenser on it; `fails` says how."""

    def __init__(self, folder: Path, listener: Any) -> None:
        self.listener = listener
        self.asked: list[str] = []
        self.done: set[str] = set()
        self.fails: Exception | str | None = None

    def start(self) -> None:
        self.listener.hello("coats", {"id": "coats", "kind": "raincoat_dispenser"})

    def stop(self) -> None:
        pass

    def send(
        self, device: str, name: str, args: Mapping[str, object], *, command: str | None = None, timeout: float = 10
    ) -> Result:
        assert (device, name, dict(args)) == ("coats", "dispense", {})
        assert command is not None
        self.asked.append(command)
        if isinstance(self.fails, Exception):
            raise self.fails
        if self.fails:
            return Result(command, False, {"why": self.fails})
        self.done.add(command)
        return Result(command, True, {"stock": 11})


class Shop:
    """A kiosk with a dispenser, and the server's codes."""

    def __init__(self, world: Any) -> None:
        self.world = world
        self.boot()
        self.world.start()

    def boot(self) -> None:
        self.world.agent.outbox.close()
        self.agent: Agent = self.world.boot(open_bus=Dispenser)
        bus = self.agent._bus
        assert isinstance(bus, Dispenser)
        self.bus = bus
        self.bus.start()

    def code(self, item: str = "raincoat", number: int = 0, ago_ms: int = 0, station: str = "sn10-north") -> str:
        voucher = Voucher(item, vouchers.step(self.world.time.wall - ago_ms), number)
        return vouchers.code(self.agent.credentials.key, station, voucher)

    def redeem(self, code: str, tap: str = "") -> Redeemed:
        return self.agent.redeem(code, tap or token_hex(8))

    def refusal(self, code: str) -> str:
        with pytest.raises(NotAccepted) as caught:
            self.redeem(code)
        return str(caught.value)

    def facts(self) -> list[tuple[str, str]]:
        self.world.settle()
        effects = self.world.gateway.effects
        return [(fact.body["item"], fact.body["outcome"]) for _, fact in effects if fact.kind == "voucher"]


@pytest.fixture
def shop(world: Any) -> Shop:
    return Shop(world)


def test_a_code_brings_one_raincoat_and_two_facts_with_one_name(shop: Shop) -> None:
    out = shop.redeem(shop.code())

    assert out.outcome == "dispensed"
    assert len(shop.bus.done) == 1
    assert shop.facts() == [("raincoat", "accepted"), ("raincoat", "dispensed")]
    assert {fact.body["id"] for _, fact in shop.world.gateway.effects} >= shop.bus.done


def test_it_works_without_a_line_and_the_word_of_it_goes_later(shop: Shop) -> None:
    shop.world.wire.kill()

    out = shop.redeem(shop.code())
    before = list(shop.world.gateway.effects)
    shop.agent.link.open()
    shop.world.later(5_000)

    assert out.outcome == "dispensed"
    assert [fact for _, fact in before if fact.kind == "voucher"] == []
    assert shop.facts() == [("raincoat", "accepted"), ("raincoat", "dispensed")]


def test_a_code_is_taken_once_also_after_a_power_cut(shop: Shop) -> None:
    code = shop.code()
    shop.redeem(code)

    assert shop.refusal(code) == USED
    shop.boot()
    assert shop.refusal(code) == USED
    assert shop.bus.asked == []


def test_the_same_press_twice_is_one_press(shop: Shop) -> None:
    code = shop.code()

    first, second = shop.redeem(code, "tap-1"), shop.redeem(code, "tap-1")

    assert first == second
    assert len(shop.bus.asked) == 1


def test_killed_between_taking_and_giving_nobody_knows_and_nothing_comes_out_twice(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = shop.code()
    monkeypatch.setattr(shop.agent.till, "_give", _killed)
    with pytest.raises(KeyboardInterrupt):
        shop.redeem(code, "tap-1")

    shop.boot()
    shop.agent.till.recover()
    shop.agent.till.recover()
    shop.agent.link.open()
    shop.world.later(5_000)

    assert shop.facts() == [("raincoat", "accepted"), ("raincoat", "unknown")]
    assert shop.redeem(code, "tap-1").outcome == "unknown"
    assert shop.refusal(code) == USED
    assert shop.bus.asked == []


def _killed(taken: object) -> str:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("fails", "outcome"),
    [
        ("empty", "by_hand"),
        ("jam", "by_hand"),
        (Unanswered("coats is not connected"), "by_hand"),
        (Unanswered("coats did not answer", left=True), "unknown"),
    ],
)
def test_what_does_not_come_out_is_given_by_a_person(shop: Shop, fails: Any, outcome: str) -> None:
    shop.bus.fails = fails

    out = shop.redeem(shop.code())

    assert out.outcome == outcome
    assert shop.facts()[-1] == ("raincoat", outcome)


def test_a_meal_is_given_by_a_person(shop: Shop) -> None:
    out = shop.redeem(shop.code("meal"))

    assert (out.item, out.outcome) == ("meal", "by_hand")
    assert shop.bus.asked == []


@pytest.mark.parametrize("late_ms", [13 * MINUTE_MS, -5 * MINUTE_MS])
def test_a_code_out_of_its_time_is_wrong(shop: Shop, late_ms: int) -> None:
    assert "不对，或者已经过期" in shop.refusal(shop.code(ago_ms=late_ms))


def test_another_stations_code_is_wrong(shop: Shop) -> None:
    assert "不对" in shop.refusal(shop.code(station="sn10-east"))


def test_three_wrong_codes_make_a_pause_that_grows_and_outlives_a_power_cut(shop: Shop) -> None:
    wrong = shop.code(ago_ms=60 * MINUTE_MS)

    said = [shop.refusal(wrong) for _ in range(3)]
    good = shop.refusal(shop.code())
    shop.boot()
    after_cut = shop.refusal(shop.code())
    shop.world.time.pass_ms(PAUSES_MS[0] + 1)
    again = [shop.refusal(wrong) for _ in range(3)]

    assert "还能试 2 次" in said[0]
    assert "请等 1 分钟" in said[2]
    assert "请等 60 秒" in good
    assert "请等 60 秒" in after_cut
    assert "请等 2 分钟" in again[2]
    assert shop.bus.asked == []


def test_a_right_code_forgets_the_wrong_ones(shop: Shop) -> None:
    wrong = shop.code(ago_ms=60 * MINUTE_MS)
    shop.refusal(wrong)
    shop.refusal(wrong)

    shop.redeem(shop.code())

    assert "还能试 2 次" in shop.refusal(wrong)


def test_a_pause_set_by_a_clock_that_ran_ahead_does_not_last_for_ever(shop: Shop) -> None:
    wrong = shop.code(ago_ms=60 * MINUTE_MS)
    for _ in range(3):
        shop.refusal(wrong)

    shop.world.time.wall -= 24 * 60 * MINUTE_MS
    shop.boot()

    assert shop.redeem(shop.code()).outcome == "dispensed"


def test_without_a_clock_no_code_is_looked_at(shop: Shop) -> None:
    shop.world.time.wall = 1_000_000_000

    shop.boot()

    assert shop.refusal("12345678") == NO_CLOCK


def test_two_presses_at_once_give_one_raincoat(shop: Shop) -> None:
    code = shop.code()

    def press(number: int) -> Redeemed | NotAccepted:
        try:
            return shop.redeem(code, f"tap-{number}")
        except NotAccepted as refusal:
            return refusal

    with ThreadPoolExecutor(8) as fingers:
        answers = list(fingers.map(press, range(8)))

    assert sum(isinstance(one, Redeemed) for one in answers) == 1
    assert {str(one) for one in answers if not isinstance(one, Redeemed)} == {USED}
    assert len(shop.bus.asked) == 1
