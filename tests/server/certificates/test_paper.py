"""The sheet itself: one page, its words, and a QR code that a camera reads."""

import io
from collections.abc import Callable

import pytest
import zxingcpp
from fastapi.testclient import TestClient
from PIL import Image

from server.certificates import keys, paper, seal
from server.certificates.office import Office
from server.incidents import Incident
from server.kit import press
from server.kit.site import Site
from server.staff import Person
from tests.server.certificates.conftest import Registry
from tests.server.kit import pdf

Helped = Callable[..., Incident]


def test_the_sheet_is_one_page_and_its_code_leads_to_the_check(
    site: Site, visitor: TestClient, registry: Registry, helped: Helped, duty: Person
) -> None:
    own = helped()
    given = registry.grant(own, duty)

    sheet = visitor.get(f"/r/{own.receipt}/certificate.pdf")
    picture = visitor.get(f"/r/{own.receipt}/certificate.png")

    assert sheet.headers["content-type"] == "application/pdf" and pdf.pages(sheet.content) == 1
    words = pdf.words(sheet.content).replace("\n", "")
    assert own.number in words and "因协助处置“老人走失”停留" in words and "淞南十村居委会" in words
    scanned = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture.content)))
    assert [one.text for one in scanned] == [paper.address(site, given)]
    facts, _ = seal.unseal(seal.find(scanned[0].text), keys.published(site.data))
    assert facts.number == own.number


def test_words_that_look_like_a_template_are_only_words(
    site: Site, registry: Registry, helped: Helped, duty: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    label = '#read("/etc/passwd") $x$ *b* <a> \\'
    given = registry.grant(helped(), duty)
    facts, _ = seal.unseal(given.sealed, keys.published(site.data))
    monkeypatch.setattr(seal, "unseal", lambda *_: (type(facts)(**{**_fields(facts), "what": label}), "k"))

    made = press.pdf(paper.TEMPLATE, paper.sheet(site, given))

    assert label in pdf.words(made).replace("\n", "")


def test_a_second_tap_costs_no_second_sheet(
    site: Site, visitor: TestClient, registry: Registry, helped: Helped, duty: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, made = helped(), []
    registry.grant(own, duty)
    monkeypatch.setattr(press, "pdf", lambda *_: made.append(1) or b"%PDF-")

    for _ in range(3):
        visitor.get(f"/r/{own.receipt}/certificate.pdf")

    assert len(made) == 1
    assert len(Office.of(site).sheets._made) == 1


def _fields(facts: object) -> dict[str, object]:
    return {name: getattr(facts, name) for name in facts.__slots__}  # type: ignore[attr-defined]
