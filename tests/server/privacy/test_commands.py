"""The console's way to the same deeds."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from server import incidents
from server.console.privacy import privacy
from server.incidents import Incident
from server.kit.site import Site
from server.photos import records
from server.privacy import cli
from server.staff import Person


@pytest.fixture
def run(site: Site, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run a command on the data of this site, from a process of its own as it seems."""
    monkeypatch.setenv("CXZ_DATA", str(site.data))
    return lambda *words: CliRunner().invoke(privacy, list(words))


def test_a_dry_run_deletes_nothing_and_a_run_does(
    site: Site, photo: Callable[..., int], clock: Any, run: Callable[..., Any]
) -> None:
    number = photo()
    with site.store.work() as work:
        work.run("update photos set received = received - ?", (2 * 24 * 3_600_000,))

    tried, done, again = run("retention", "--dry-run"), run("retention"), run("retention")

    assert "1 would be deleted of 1" in tried.output and "abandoned" in tried.output
    assert "1 deleted of 1" in done.output and "0 deleted of 0" in again.output
    with site.store.look() as look:
        assert records.known(look, number) is None


def test_a_person_is_copied_and_deleted_by_their_receipt(
    site: Site,
    report: Callable[..., Incident],
    walk: Callable[..., Incident],
    photo: Callable[..., int],
    staff: Callable[..., Person],
    run: Callable[..., Any],
    tmp_path: Path,
) -> None:
    incident = report(words="我的原话", photos=(photo(),))
    out = tmp_path / "copy.zip"

    refused = run("erase", "--receipt", incident.receipt, "--yes")
    walk(incident, staff("duty"), "reject")
    copied = run("export", str(out), "--receipt", incident.receipt)
    declined = CliRunner().invoke(privacy, ["erase", "--receipt", incident.receipt], input="n\n")
    erased = run("erase", "--receipt", incident.receipt, "--yes")
    unknown = run("erase", "--receipt", "nothing", "--yes")

    assert refused.exit_code == 2 and "还在办" in refused.output
    assert copied.exit_code == 0 and "数据.json" in zipfile.ZipFile(out).namelist()
    assert out.stat().st_mode & 0o077 == 0
    assert declined.exit_code == 1
    assert erased.exit_code == 0 and "照片: 1" in erased.output
    assert unknown.exit_code == 2
    with site.store.look() as look:
        left = incidents.get(look, incident.id)
        assert left is not None and "我的原话" not in left.words
        assert incidents.history(look, incident.id)[-1].by == cli.CONSOLE
