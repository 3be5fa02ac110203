"""What `changxiaozhan scenarios` prints: how example reports come out, beside what was expected of them."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from server.rehearsal.evidence import Verdict
    from server.rehearsal.performers import Scene

WIDE = 160
"""Columns when the output goes into a file."""
MOST_TEXT = 28
MARKS = {True: "✓", False: "✗", None: "·"}


def scenarios(
    file: Annotated[
        Path | None, typer.Argument(help="JSON lines: a report each, with what is expected of it. Left out: ours.")
    ] = None,
    rules_only: Annotated[
        bool, typer.Option("--rules-only", help="Ask the routing rules alone, without a server: takes a second.")
    ] = False,
) -> None:
    """Play example reports on a real server in a temporary folder and print what came of each; 1 when one differs."""
    from server.routing import scenarios as examples
    from server.routing.cli import scenarios as by_rules

    if rules_only:
        by_rules(file or examples.FILE)
        return
    from rich.console import Console
    from rich.progress import Progress

    from gateway.logs import log_to_stderr
    from gateway.sqlite import Unusable
    from server.rehearsal.evidence import judge
    from server.rehearsal.playing import rehearse
    from server.rehearsal.stage import Late

    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDE)
    try:
        wanted = examples.load(file or examples.FILE)
        log_to_stderr("critical")
        logging.getLogger("uvicorn").setLevel(logging.CRITICAL)  # what breaks stands in the table
        with Progress(console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("playing", total=len(wanted))
            scenes = rehearse(wanted, lambda name: progress.update(task, advance=1, description=f"playing {name}"))
    except (OSError, ValueError, Unusable, Late) as cause:
        typer.echo(f"{file or examples.FILE}: {cause}", err=True)
        raise typer.Exit(2) from cause
    verdicts = [judge(scene) for scene in scenes]
    _print(console, verdicts)
    if any(one.differs for one in verdicts):
        raise typer.Exit(1)


def _print(console: "Console", verdicts: "Sequence[Verdict]") -> None:
    console.print(outcomes(verdicts))
    console.print()
    console.print("What no program can judge, and what was seen (✓ checked, ✗ not so, · seen):")
    console.print(sentences(verdicts))
    good = sum(not one.differs for one in verdicts)
    checks = [finding.good for one in verdicts for finding in one.findings if finding.good is not None]
    console.print(f"{good} of {len(verdicts)} as expected; {sum(checks)} of {len(checks)} promises kept")


def outcomes(verdicts: "Sequence[Verdict]") -> "Table":
    """One row a scenario: what was expected and what came, who was told how fast, and why it counts as it does."""
    from rich.table import Table
    from rich.text import Text

    table = Table("id", "text", "expected → got", "told at once", "", show_lines=True)
    for one in verdicts:
        scene = one.scene
        text = scene.scenario.text
        why = "; ".join(one.differs) if one.differs else "; ".join(scene.notes)
        table.add_row(
            scene.scenario.id,
            Text(text if len(text) <= MOST_TEXT else text[: MOST_TEXT - 1] + "…"),
            Text(_expected_and_got(scene)),
            Text(_told(scene)),
            Text(f"{MARKS[not one.differs]} {why}".strip(), style="bold red" if one.differs else "green"),
        )
    return table


def sentences(verdicts: "Sequence[Verdict]") -> "Table":
    """What a scenario says in words, beside what was seen of it."""
    from rich.table import Table
    from rich.text import Text

    table = Table("id", "expected", "must not", "seen", show_lines=True)
    for one in verdicts:
        scenario = one.scene.scenario
        if scenario.expect or scenario.must_not:
            seen = "\n".join(f"{MARKS[finding.good]} {finding.what}" for finding in one.findings)
            table.add_row(scenario.id, Text(scenario.expect), Text(scenario.must_not), Text(seen))
    return table


def _expected_and_got(scene: "Scene") -> str:
    expected, got = _expected(scene), _got(scene)
    return f"{expected}\n→ {'the same' if got == expected else got}"


def _expected(scene: "Scene") -> str:
    one = scene.scenario
    if one.refused:
        return "refused"
    also = "?" if one.also is None else "+".join(sorted(one.also)) or "-"
    calls = "?" if one.calls is None else "/".join(sorted(one.calls)) or "-"
    level, target = "/".join(sorted(one.levels)) or "?", "/".join(sorted(one.targets)) or "?"
    return f"{level} {target}, also {also}, call {calls}"


def _got(scene: "Scene") -> str:
    if scene.routed is None:
        return "refused" if scene.refusal else "no ticket"
    routed, count = scene.routed, len(scene.tickets)
    also, calls = "+".join(sorted(routed.also)) or "-", "/".join(sorted(routed.calls)) or "-"
    more = f", {len(scene.receipts)} reports, {count} tickets" if len(scene.receipts) > 1 else ""
    return f"{routed.level} {routed.target}, also {also}, call {calls}{more}"


def _told(scene: "Scene") -> str:
    rang = [line for line in scene.first_log if line.good]
    lines = []
    for channel in dict.fromkeys(line.channel for line in rang):
        some = [line for line in rang if line.channel == channel]
        names = dict.fromkeys(name for line in some for name in line.names.split("、"))
        lines.append(f"{channel} {(some[0].at - scene.started) / 1000:.1f} s: {'、'.join(names)}")
    return "\n".join(lines) or "nobody"
