"""The voucher's code: good for ten minutes at one station, and for nothing else."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from gateway.contract import vouchers
from gateway.contract.vouchers import ITEMS, NUMBERS, STEP_MS, VALID_MS, Voucher

KEY = bytes(range(32))
NOW = 1_790_000_040_000
COAT = Voucher("raincoat", vouchers.step(NOW), 3)
DOCUMENT = (Path(__file__).parents[2] / "docs" / "contract.md").read_text("utf-8")


@pytest.mark.parametrize("late", [0, VALID_MS, -STEP_MS])
def test_a_code_is_found_while_it_is_valid_and_a_little_around_it(late: int) -> None:
    code = vouchers.code(KEY, "sn10-north", COAT)

    assert len(code) == 8
    assert vouchers.find(KEY, "sn10-north", code, NOW + late) == COAT


@pytest.mark.parametrize("late", [VALID_MS + 3 * STEP_MS, -3 * STEP_MS])
def test_a_code_is_worth_nothing_when_its_time_is_over_or_far_off(late: int) -> None:
    code = vouchers.code(KEY, "sn10-north", COAT)

    assert vouchers.find(KEY, "sn10-north", code, NOW + late) is None


def test_a_code_is_worth_nothing_at_another_station_or_with_another_key() -> None:
    code = vouchers.code(KEY, "sn10-north", COAT)

    assert vouchers.find(KEY, "sn10-east", code, NOW) is None
    assert vouchers.find(b"another key of its own", "sn10-north", code, NOW) is None


@pytest.mark.parametrize("typed", ["", "1234567", "123456789", "１２３４５６７８", "12a45678", "-1234567", "٠١٢٣٤٥٦٧"])
def test_what_is_no_code_is_no_error(typed: str) -> None:
    assert vouchers.find(KEY, "sn10-north", typed, NOW) is None


def test_every_item_and_number_of_a_minute_has_a_code_that_leads_back_to_it() -> None:
    all_of_them = [Voucher(item, COAT.step, number) for item in ITEMS for number in range(NUMBERS)]

    codes = Counter(vouchers.code(KEY, "sn10-north", one) for one in all_of_them)

    assert set(codes.values()) == {1}
    assert [vouchers.find(KEY, "sn10-north", code, NOW) for code in codes] == all_of_them


def test_a_code_that_could_be_taken_for_another_is_not_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    other = Voucher("meal", COAT.step + 4, 9)
    real = vouchers.code
    monkeypatch.setattr(
        vouchers, "code", lambda key, station, one: real(key, station, COAT if one == other else one)
    )  # fmt: skip

    assert not vouchers.alone(KEY, "sn10-north", COAT)
    assert vouchers.alone(KEY, "sn10-north", Voucher("raincoat", COAT.step, 4))


def test_the_documents_example_is_what_the_code_says() -> None:
    found = re.search(r"^```json voucher\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert found
    said = json.loads(found[1])

    voucher = Voucher(said["item"], said["step"], said["number"])

    assert vouchers.code(bytes.fromhex(said["key"]), said["station"], voucher) == said["code"]
