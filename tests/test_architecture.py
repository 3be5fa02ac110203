"""The arrows between the packages, read from the imports themselves: lazy, relative and type-only ones too."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = {"gateway", "kiosk", "server", "firmware_stubs", "changxiaozhan", "benchmarks", "tests"}

# The longest prefix that fits a module says what it may import of ours.
ARROWS = {
    "gateway.contract": {"gateway.contract"},
    "gateway": {"gateway"},
    "kiosk": {
        "kiosk",
        "gateway.contract",
        "gateway.wire",
        "gateway.sqlite",
        "gateway.look",
        "gateway.logs",
        "gateway.doctor",
    },
    "server": {
        "server",
        "gateway.contract",
        "gateway.mailbox",
        "gateway.orders",
        "gateway.sqlite",
        "gateway.credentials",
        "gateway.look",
        "gateway.logs",
    },
    # No domain words: of the contract only how things are written down.
    "server.kit": {
        "server.kit",
        "gateway.contract.envelope",
        "gateway.contract.receipts",
        "gateway.mailbox",
        "gateway.sqlite",
        "gateway.look",
        "gateway.logs",
    },
    "firmware_stubs": {"firmware_stubs.lib", "firmware_stubs.board", "firmware_stubs.devices"},
    "firmware_stubs.simulators": {"firmware_stubs", "gateway.contract", "gateway.wire"},
    "changxiaozhan": OURS - {"tests"},
}

MAX_LINES = 450
SQL_STANDS_IN = {"records.py", "queries.py", "mailbox.py", "outbox.py", "sqlite.py", "store.py"}
# `Select a station` is English; `select 1` asks only whether somebody is there.
SQL = re.compile(
    r"""\s*(?![A-Z][a-z])(?i:
        select\s+(?!\d) | insert\s+(or\s+\w+\s+)?into\s | replace\s+into\s | update\s+\w+\s+set\s | delete\s+from\s
        | with\s+\w+\s+as\s*\( | (create|drop|alter)\s+((unique|virtual|temp)\s+)?(table|index|trigger|view)\s
    )""",
    re.VERBOSE,
)


def kept() -> list[Path]:
    """Every file that is in git, or would be."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


FILES = kept()
SOURCES = [path for path in FILES if path.suffix == ".py"]


def module_of(path: Path) -> str:
    """`gateway/contract/__init__.py` → `gateway.contract`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in SOURCES}
PROGRAM = sorted(name for name in MODULES if name.partition(".")[0] in OURS - {"tests", "benchmarks"})


def imports(source: str, module: str, *, is_package: bool) -> Iterator[str]:
    """The full name of everything imported anywhere in a module: the submodule where there is one."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = module.split(".")[: len(module.split(".")) - node.level + is_package]
                base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield full if full in MODULES else base
        elif (
            isinstance(node, ast.Call)
            and getattr(node.func, "attr", getattr(node.func, "id", "")) in {"import_module", "__import__"}
            and node.args
        ):
            name = node.args[0]
            yield name.value if isinstance(name, ast.Constant) else "a name made at run time"


def imports_of(module: str) -> set[str]:
    path = MODULES[module]
    return set(imports(path.read_text("utf-8"), module, is_package=path.name == "__init__.py"))


def within(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(prefix + ".")


def arrows_of(module: str) -> set[str]:
    return ARROWS[max((prefix for prefix in ARROWS if within(module, prefix)), key=len)]


def test_imports_are_found_wherever_they_hide() -> None:
    source = """
import os, kiosk.agent
from gateway.contract import topics
def lazy():
    from . import screen
    from ..server.app import make
    import_module("server.kit")
    importlib.import_module(name)
if TYPE_CHECKING:
    from server import features
"""

    found = set(imports(source, "kiosk.agent.view", is_package=False))

    assert found >= {"os", "kiosk.agent", "gateway.contract.topics", "kiosk.server.app", "server.kit"}
    assert "a name made at run time" in found
    assert "kiosk.agent" in set(imports("from . import nothing_known", "kiosk.agent.view", is_package=False))
    assert "kiosk.agent" in set(imports("from . import nothing_known", "kiosk.agent", is_package=True))


def wrong_arrows(module: str, imported: set[str]) -> set[str]:
    of_ours = {name for name in imported if name.partition(".")[0] in OURS}
    return {name for name in of_ours if not any(within(name, allowed) for allowed in arrows_of(module))}


@pytest.mark.parametrize("module", PROGRAM)
def test_an_arrow_points_only_where_the_design_allows(module: str) -> None:
    assert wrong_arrows(module, imports_of(module)) == set()


@pytest.mark.parametrize(
    ("module", "imported"),
    [
        ("gateway.contract.facts", "gateway.sqlite"),
        ("gateway.ingest", "server"),
        ("gateway.ingest", "kiosk.agent"),
        ("kiosk.agent.view", "gateway.mailbox"),
        ("kiosk.agent.view", "server.kit"),
        ("kiosk.agent.view", "gateway.wired"),
        ("server.staff.actions", "gateway.wire"),
        ("server.staff.actions", "gateway"),
        ("server.staff.actions", "changxiaozhan"),
        ("server.kit.pages", "server.staff"),
        ("server.kit.pages", "gateway.contract.categories"),
        ("firmware_stubs.devices.sos_button", "gateway.contract"),
        ("firmware_stubs.simulators.people", "server.staff"),
        ("changxiaozhan", "tests.contract"),
    ],
)
def test_a_wrong_arrow_is_seen(module: str, imported: str) -> None:
    assert wrong_arrows(module, {imported, "json"}) == {imported}


def test_the_contract_stands_on_the_standard_library_alone() -> None:
    for module in PROGRAM:
        if within(module, "gateway.contract"):
            others = {name for name in imports_of(module) if not within(name, "gateway.contract")}
            assert {name.partition(".")[0] for name in others} <= sys.stdlib_module_names, module


def test_no_module_is_imported_by_a_name_made_at_run_time() -> None:
    for module in PROGRAM:
        # The desk simulator loads device files by their path: they have no package on a microcontroller.
        if not within(module, "firmware_stubs.simulators"):
            assert "a name made at run time" not in imports_of(module), module


def test_device_code_needs_nothing_that_a_microcontroller_lacks() -> None:
    for module in PROGRAM:
        if within(module, "firmware_stubs.devices") or within(module, "firmware_stubs.lib"):
            assert not imports_of(module) & {"dataclasses", "typing", "threading", "pathlib", "logging"}, module


def feature_order() -> list[str]:
    """The folders named in `server/features.py`, in order."""
    source = MODULES["server.features"].read_text("utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "FEATURES":
            assert isinstance(node.value, ast.Tuple)
            return [ast.unparse(item).removesuffix(".feature") for item in node.value.elts]
    raise AssertionError("server/features.py has no FEATURES")


NO_FEATURES = {"server.kit", "server.rehearsal", "server.console"}
"""What every feature stands on, what plays on the whole server from outside, and its commands."""


def feature_folders() -> set[str]:
    return {
        name.split(".")[1]
        for name, path in MODULES.items()
        if name.startswith("server.") and path.name == "__init__.py" and name.count(".") == 1
        if name not in NO_FEATURES
    }


def test_every_feature_folder_stands_once_in_the_list_of_features() -> None:
    order = feature_order()

    assert len(order) == len(set(order))
    assert set(order) == feature_folders()


def test_a_feature_bears_the_name_of_its_folder() -> None:
    from server.features import FEATURES

    assert [feature.name for feature in FEATURES] == feature_order()


@pytest.mark.parametrize("feature", sorted(feature_folders()))
def test_a_feature_stands_on_the_kit_and_on_the_front_of_earlier_features_only(feature: str) -> None:
    order = feature_order()
    assert feature in order, f"server/{feature} is not listed in server/features.py"
    earlier = {f"server.{name}" for name in order[: order.index(feature)]}

    for module in PROGRAM:
        if not within(module, f"server.{feature}"):
            continue
        for name in imports_of(module):
            if within(name, "server") and not within(name, f"server.{feature}") and not within(name, "server.kit"):
                assert name in earlier, f"{module} imports {name}"


def strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every string of a module that is no docstring, with its line."""
    docstrings = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


def test_sql_is_known_when_it_is_seen() -> None:
    for text in ("select * from facts", "\n   INSERT OR IGNORE INTO a values (1)", "create unique index x on y (z)"):
        assert SQL.match(text)
    for text in (
        "Select a station",
        "Update a set of",
        "selected",
        "select 1",
        "delete",
        "creates a table",
        "with care",
    ):
        assert not SQL.match(text)


@pytest.mark.parametrize("module", PROGRAM)
def test_sql_stands_only_where_tables_are_kept(module: str) -> None:
    path = MODULES[module]
    if path.name in SQL_STANDS_IN or "dashboards" in path.parts:
        return

    found = [f"{path.name}:{line}" for line, text in strings(ast.parse(path.read_text("utf-8"))) if SQL.match(text)]

    assert not found


def test_no_source_file_hides_a_second_subject() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in SOURCES}

    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES} == {}


# Put together here, so that this file does not contain what it looks for.
FORBIDDEN = ["/wo" + "rk/", "/tmp/" + "bash_jobs", "NotImplemented" + "Error", "TO" + "DO"]


@pytest.mark.parametrize("word", FORBIDDEN)
def test_no_file_names_a_machines_folder_or_leaves_work_undone(word: str) -> None:
    edge = rb"" if "/" in word else rb"\b"
    marked = re.compile(edge + re.escape(word.encode()) + edge)

    found = [str(path.relative_to(ROOT)) for path in FILES if marked.search(path.read_bytes())]

    assert found == []
