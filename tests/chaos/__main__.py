"""`python -m tests.chaos [--minutes M] [--seed S] [--standin]`: storm a town, count, exit 1 when anything is lost."""

import argparse
import random
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from tests.chaos.storm import Riders, Storm
from tests.chaos.town import Town
from tests.chaos.verdict import Line, judge, settle, table


def storm(
    data: Path, seconds: float, seed: int, *, standin: bool = False, say: Callable[[str], None] = print
) -> tuple[list[Line], str]:
    """The verdict, and one sentence about the storm. Every process it started has ended when it returns."""
    town = Town(data, standin)
    try:
        say("starting broker, gateway, web process and three kiosks …")
        town.start()
        riders = Riders(town)
        riders.start()
        weather = Storm(town, seed, seconds, say)
        try:
            weather.blow()
        finally:
            town.heal()
            riders.stop()
        say("the storm is over; waiting until nothing is on its way …")
        calm = settle(town)
        lines = judge(town, riders.done, riders.given_up)
    finally:
        town.end()
    deeds = ", ".join(f"{deed} {times}" for deed, times in sorted(weather.done.items()))
    broker = "the stand-in" if standin else "Mosquitto"
    return lines, f"{seconds:.0f} s, seed {seed}, {broker}: {deeds}; calm after {calm:.1f} s"


def main() -> int:
    """0 when nothing is lost or doubled, 1 otherwise, 2 when it could not begin."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=0.75, help="how long the storm blows")
    parser.add_argument("--seed", type=int, default=None, help="the same seed, the same deeds")
    parser.add_argument("--standin", action="store_true", help="with the stand-in broker instead of Mosquitto")
    given = parser.parse_args()
    if not 0 < given.minutes <= 24 * 60:
        parser.error("--minutes is more than 0 and at most 1440")
    seed = random.SystemRandom().randrange(10**6) if given.seed is None else given.seed
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # every end takes the processes with it
    console = Console()
    console.print(f"seed {seed}")
    with tempfile.TemporaryDirectory(prefix="cxz-chaos-") as folder:
        try:
            lines, words = storm(
                Path(folder), given.minutes * 60, seed, standin=given.standin, say=lambda line: console.print(line)
            )
        except (TimeoutError, FileNotFoundError) as cause:
            console.print(str(cause))
            return 2
        except KeyboardInterrupt:
            console.print("interrupted; every process has ended")
            return 2
    console.print(table(words, lines))
    good = all(line.good for line in lines)
    console.print(
        "nothing is lost, nothing counted twice" if good else f"NOT as it should be; again with --seed {seed}"
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
