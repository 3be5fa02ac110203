"""`docs/certificate.md` cannot lie: what it tells a stranger to type is typed here."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from server.certificates import cli, keys, paper, seal
from server.certificates.rules import Certificate
from server.incidents import Incident
from server.kit.site import Site
from server.staff import Person
from tests.server.certificates.conftest import Registry

DOCUMENT = (Path(__file__).parents[3] / "docs" / "certificate.md").read_text("utf-8")
(PYTHON,) = re.findall(r"^```python\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
SHELL = re.findall(r"^```sh\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
OPENSSL = next(block for block in SHELL if "openssl" in block)


@pytest.fixture
def given(site: Site, registry: Registry, helped: Callable[..., Incident], duty: Person, tmp_path: Path) -> Certificate:
    """A certificate, and beside it the keys as a stranger fetched them: after a change of key."""
    certificate = registry.grant(helped(), duty)
    keys.rotate(site.data)
    (tmp_path / "keys.pem").write_text(cli.public_keys(site.data), "utf-8")
    return certificate


def tampered(sealed: str) -> str:
    """With one letter of the claims changed."""
    header, claims, signature = sealed.split(".")
    other = "A" if claims[40] != "A" else "B"
    return f"{header}.{claims[:40]}{other}{claims[41:]}.{signature}"


def test_the_ten_lines_of_python_verify_a_certificate_and_refuse_a_tampered_one(
    site: Site, given: Certificate, tmp_path: Path
) -> None:
    def check(scanned: str) -> subprocess.CompletedProcess[str]:
        arguments = [sys.executable, "-c", PYTHON, scanned, str(tmp_path / "keys.pem")]
        return subprocess.run(arguments, capture_output=True, text=True, check=False)

    true = check(paper.address(site, given))
    wrong = check(paper.address(site, given).replace(given.sealed, tampered(given.sealed)))

    facts, _ = seal.unseal(given.sealed, keys.published(site.data))
    assert len([line for line in PYTHON.splitlines() if line]) <= 10
    assert true.returncode == 0
    assert facts.number in true.stdout and "老人走失" in true.stdout
    assert f'"rep": {facts.reported // 1000}' in true.stdout
    assert wrong.returncode != 0
    assert "InvalidSignature" in wrong.stderr
    assert wrong.stdout == ""


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed: sh install.sh test")
def test_openssl_verifies_a_certificate_and_refuses_a_tampered_one(
    site: Site, given: Certificate, tmp_path: Path
) -> None:
    def check(scanned: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "-c", OPENSSL], capture_output=True, text=True, check=False, cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin", "scanned": scanned, "LC_ALL": "C.UTF-8"},
        )  # fmt: skip

    true = check(paper.address(site, given))
    wrong = check(paper.address(site, given).replace(given.sealed, tampered(given.sealed)))

    assert true.returncode == 0, true.stderr
    assert "Signature Verified Successfully" in true.stdout
    assert '"for":"老人走失"' in true.stdout
    assert wrong.returncode != 0
    assert "老人走失" not in wrong.stdout


def test_every_claim_is_described_in_the_order_it_is_signed() -> None:
    described = re.findall(r"^\| `(\w+)` \|", DOCUMENT, re.MULTILINE)

    assert described == [name for name, _ in seal.CLAIMS] == list(seal._NAMES)
