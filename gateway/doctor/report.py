"""Runs checks one after the other and prints what each found."""

from collections.abc import Callable, Iterable

from rich.console import Console
from rich.markup import escape

from gateway.doctor.checks import Check, Verdict, fail

_LOOKS = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.FAIL: "red", Verdict.SKIPPED: "dim"}
_WIDTH = 16


def examine(title: str, checks: Iterable[tuple[str, Callable[[], Check]]]) -> int:
    """Print a line for each check as it ends; returns the exit code: 1 when a part fails, or its check breaks."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[bold]{escape(title)}[/bold]")
    failing = []
    for part, look in checks:
        try:
            found = look()
        except Exception as cause:  # one check that breaks must not hide the others
            found = fail(part, f"the check itself broke: {cause!r}", "tell the maintainers this line")
        style = _LOOKS[found.verdict]
        console.print(f"[{style}]{found.verdict:<8}[/{style}] {found.part:<{_WIDTH}} {escape(found.words)}")
        if found.cure:
            console.print(f"{'':<{_WIDTH + 10}}→ {escape(found.cure)}")
        if found.verdict is Verdict.FAIL:
            failing.append(found.part)
    console.print(f"[red]failing: {', '.join(failing)}[/red]" if failing else "[green]nothing fails[/green]")
    return 1 if failing else 0
