"""Reports as strangers write them (`strangers.jsonl`): dialect, slips, jokes, fears, past events, wrong tiles.

What is expected is what an experienced director would decide; where two answers would do, both stand there (`P0/P1`).
"""

from pathlib import Path

import pytest

from server.routing.scenarios import load, run

ALL = load(Path(__file__).parent / "strangers.jsonl")
FAMILIES = {
    "A": "people",
    "B": "fire, and what only sounds like it",
    "C": "gas",
    "D": "charging and parking",
    "F": "hazards",
    "G": "facilities, rubbish, the station, riders' matters",
    "H": "adverts, insults, everything else",
    "K": "a second round, written after the rules",
    "M": "a third round",
}


@pytest.mark.parametrize("family", FAMILIES, ids=lambda letter: FAMILIES[letter])
def test_reports_of_strangers_come_out_as_a_director_would_decide(family: str) -> None:
    outcomes = run([one for one in ALL if one.id.startswith(family)])

    assert outcomes
    assert {one.scenario.id: (one.scenario.text, one.differs) for one in outcomes if one.differs} == {}
