"""The project's own promises: the lock file, the dependencies, the documents and the commands of the Makefile."""

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCK = (ROOT / "uv.lock").read_text("utf-8")

PROGRAM = ("gateway", "kiosk", "server", "firmware_stubs", "changxiaozhan.py")
CHECKS = ("tests", "benchmarks")
OURS = {name.removesuffix(".py") for name in (*PROGRAM, *CHECKS)}

# Used without an import of ours: who needs it is said here.
NEEDED_BY_NAME = {
    "amqtt": "the stand-in broker, which the tests start",
    "httptools": "uvicorn's parser",
    "uvloop": "uvicorn's loop",
    "python-multipart": "FastAPI's forms",
    "ruff": "make lint",
    "mypy": "make lint",
    "pytest-timeout": "the setting `timeout`",
    "pytest-xdist": "make test, three at a time",
    "types-psutil": "mypy",
    "types-pyserial": "mypy",
    "types-qrcode": "mypy",
}
# Imported, and there because something declared brings it.
BROUGHT_BY = {
    "starlette": "fastapi",
    "anyio": "fastapi",
    "pydantic-core": "pydantic",
    "click": "typer",
    "markupsafe": "jinja2",
}
# A microcontroller has no packages: device files are found by their bare names, by the simulators too.
ON_A_DEVICE = {
    path.stem for folder in ("lib", "board", "devices") for path in (ROOT / "firmware_stubs" / folder).glob("*.py")
}


def plain(name: str) -> str:
    """`Pi_HEIF>=1.4; …` → `pi-heif`."""
    found = re.match(r"[A-Za-z0-9._-]+", name)
    assert found
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def locked() -> dict[str, dict[str, object]]:
    return {package["name"]: package for package in tomllib.loads(LOCK)["package"]}


RUNTIME = {plain(one) for one in PROJECT["project"]["dependencies"]}
EXTRAS = {plain(one) for extra in PROJECT["project"]["optional-dependencies"].values() for one in extra}
DEV = {plain(one) for one in PROJECT["dependency-groups"]["dev"]}


def sources(*places: str) -> list[Path]:
    files = [ROOT / place for place in places if place.endswith(".py")]
    for place in places:
        files += (ROOT / place).rglob("*.py")
    return [path for path in files if not (path.stem in ON_A_DEVICE and "firmware_stubs" in path.parts)]


@cache
def third_party(*places: str) -> dict[str, set[str]]:
    """Distribution → the files that import it."""
    owners = packages_distributions()
    found: dict[str, set[str]] = {}
    for path in sources(*places):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                names = [node.module]
            for top in {name.partition(".")[0] for name in names} - sys.stdlib_module_names - OURS - ON_A_DEVICE:
                for owner in owners.get(top, [top]):
                    found.setdefault(plain(owner), set()).add(str(path.relative_to(ROOT)))
    return found


def test_the_lock_file_names_no_host_but_the_public_index() -> None:
    hosts = {urlsplit(url).hostname for url in re.findall(r"https?://[^\s\"']+", LOCK)}

    assert hosts == {"pypi.org", "files.pythonhosted.org"}
    assert not re.search(r"\b(git|path|directory|url) = \"(?!https://files\.pythonhosted\.org/)", LOCK)


def test_the_lock_file_is_in_step_with_the_project() -> None:
    ours = locked()["changxiaozhan"]
    metadata = ours["metadata"]
    assert isinstance(metadata, dict)

    for declared, written in (
        (RUNTIME | EXTRAS, metadata["requires-dist"]),
        (DEV, metadata["requires-dev"]["dev"]),
    ):
        assert {entry["name"] for entry in written} == declared
        assert declared <= set(locked())


def test_the_lowest_versions_are_the_same_in_both() -> None:
    metadata = locked()["changxiaozhan"]["metadata"]
    assert isinstance(metadata, dict)
    written = {entry["name"]: entry.get("specifier", "") for entry in metadata["requires-dist"]}

    for one in PROJECT["project"]["dependencies"]:
        specifier = re.search(r"[<>=~!][^;]*", one)
        assert specifier
        assert written[plain(one)] == specifier[0].strip(), one


def test_every_declared_dependency_is_used() -> None:
    used = set(third_party(*PROGRAM))
    used_by_tests = set(third_party(*CHECKS))

    assert RUNTIME - used - set(NEEDED_BY_NAME) == set()
    assert DEV - used_by_tests - set(NEEDED_BY_NAME) == set()


def undeclared(declared: set[str], *places: str) -> dict[str, set[str]]:
    return {
        name: files
        for name, files in third_party(*places).items()
        if name not in declared and BROUGHT_BY.get(name) not in declared
    }


def test_every_import_of_the_program_is_declared() -> None:
    assert undeclared(RUNTIME | EXTRAS, *PROGRAM) == {}


def test_every_import_of_the_tests_is_declared() -> None:
    assert undeclared(RUNTIME | EXTRAS | DEV, *CHECKS) == {}


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "LICENSE"])
def test_a_newcomer_finds_the_usual_papers(name: str) -> None:
    assert (ROOT / name).read_text("utf-8").strip()


def test_the_license_is_the_apache_license_in_full() -> None:
    text = (ROOT / "LICENSE").read_text("utf-8")

    assert PROJECT["project"]["license"] == "Apache-2.0"
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text


@pytest.mark.parametrize("target", ["demo", "demo-reset", "test", "lint"])
def test_the_makefile_has_what_is_promised(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")

    assert re.search(rf"^{target}:", makefile, re.MULTILINE)
    assert target in re.findall(r"[\w-]+", re.findall(r"^\.PHONY:(.*)$", makefile, re.MULTILINE)[0])


@pytest.mark.parametrize("script", ["install.sh"])
def test_a_script_is_plain_posix_sh(script: str) -> None:
    path = ROOT / script

    checked = subprocess.run(["sh", "-n", str(path)], capture_output=True, text=True, check=False)

    assert (checked.returncode, checked.stderr) == (0, "")
    assert path.read_text("utf-8").startswith("#!/bin/sh\n")
    # What bash and zsh would take and dash would not; `sh -n` passes over them where sh is bash.
    assert not re.search(r"\[\[|\bfunction\s+\w+|<\(|\$'|&>|\blocal\s", path.read_text("utf-8"))


def test_ci_runs_the_tests_as_a_newcomer_would() -> None:
    run = ROOT / ".ci" / "run"

    assert run.stat().st_mode & 0o111
    assert re.search(r"^make test$", run.read_text("utf-8"), re.MULTILINE)


DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def links(path: Path) -> set[str]:
    """Where a document leads within the project, without the fragment."""
    prose = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    found = re.findall(r"\]\(([^)\s]+)\)", prose)
    return {one.partition("#")[0] for one in found if not re.match(r"https?:|#", one)}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_of_a_document_leads_somewhere(path: Path) -> None:
    assert {one for one in links(path) if not (path.parent / one).exists()} == set()


def test_the_readme_leads_to_every_document() -> None:
    subjects = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")}

    assert subjects - links(ROOT / "README.md") == set()


DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))


def test_decisions_are_numbered_without_holes_and_stand_in_the_index() -> None:
    index = (ROOT / "docs" / "decisions" / "README.md").read_text("utf-8")

    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    for path in DECISIONS:
        assert f"({path.name})" in index
    assert set(re.findall(r"\]\(([^)]+\.md)\)", index)) == {path.name for path in DECISIONS}


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_says_what_was_faced_chosen_and_refused(path: Path) -> None:
    text = path.read_text("utf-8")

    assert re.match(r"# \S", text)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["What we faced", "What we chose", "What we refused"]
    for section in re.split(r"^## .+$", text, flags=re.MULTILINE)[1:]:
        assert len(section.split()) >= 20
