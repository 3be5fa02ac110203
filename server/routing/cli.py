"""What `changxiaozhan scenarios --rules-only` prints."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from server.routing.scenarios import Outcome


def scenarios(
    file: Annotated[Path, typer.Argument(help="JSON lines: reports with what is expected of them.")],
) -> None:
    """Route example reports by the shipped rules and say where the outcome is not as expected; then exits with 1."""
    from rich.console import Console

    from server.routing.scenarios import load, run

    try:
        outcomes = run(load(file))
    except (OSError, ValueError) as cause:
        typer.echo(f"{file}: {cause}", err=True)
        raise typer.Exit(2) from cause
    Console().print(table(outcomes))
    wrong = sum(bool(one.differs) for one in outcomes)
    typer.echo(f"{len(outcomes) - wrong} of {len(outcomes)} as expected")
    if wrong:
        raise typer.Exit(1)


def table(outcomes: "Sequence[Outcome]") -> "Table":
    """One line for each: what was decided, by which rules, and what differs."""
    from rich.table import Table
    from rich.text import Text

    found = Table("id", "category", "day", "level", "to", "also told", "call", "rules", "")
    for one in outcomes:
        routed = one.routed
        if routed is None:
            found.add_row(
                one.scenario.id, one.scenario.arrival.category, "", "", "(the file is refused before it is a ticket)"
            )
            continue
        found.add_row(
            one.scenario.id,
            one.scenario.arrival.category,
            one.day,
            str(routed.level),
            routed.target,
            " ".join(routed.also) or "-",
            " ".join(routed.calls) or "-",
            " + ".join(routed.why),
            Text("; ".join(one.differs) or "ok", style="bold red" if one.differs else "green"),
        )
    return found
