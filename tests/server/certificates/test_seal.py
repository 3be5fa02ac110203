"""The signed text: every letter of it counts, and only our keys sign it."""

import base64
import json
from dataclasses import fields, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.certificates import cli, keys, seal
from server.certificates.rules import Facts
from server.kit.errors import Unavailable

FACTS = Facts(
    code="23456789abcd",
    number="CXZ-261122-0007",
    what="老人走失",
    community="淞南十村",
    reported=1_795_356_240_000,
    taken=1_795_356_360_000,
    done=1_795_359_000_000,
    closed=None,
    issued=1_795_400_000_000,
)


def sealed(data: Path, facts: Facts = FACTS) -> str:
    return seal.seal(facts, *keys.current(data))


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def claims(text: str) -> dict[str, object]:
    body = text.split(".")[1]
    found: dict[str, object] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found


def test_what_was_signed_is_read_again(tmp_path: Path) -> None:
    text = sealed(tmp_path)

    facts, key_id = seal.unseal(text, keys.published(tmp_path))

    assert facts == FACTS
    assert key_id == keys.current(tmp_path)[0]
    assert len(text) < 420


@pytest.mark.parametrize("name", [field.name for field in fields(Facts)])
def test_no_field_can_be_altered(tmp_path: Path, name: str) -> None:
    value = getattr(FACTS, name)
    other = replace(FACTS, **{name: value + "x" if isinstance(value, str) else (value or 0) + 60_000})
    header, _, signature = sealed(tmp_path).split(".")
    stranger = seal.seal(other, keys.current(tmp_path)[0], Ed25519PrivateKey.generate())

    with pytest.raises(seal.Broken, match="signature"):
        seal.unseal(f"{header}.{stranger.split('.')[1]}.{signature}", keys.published(tmp_path))
    with pytest.raises(seal.Broken, match="signature"):
        seal.unseal(stranger, keys.published(tmp_path))


def test_no_letter_can_be_altered(tmp_path: Path) -> None:
    text, published = sealed(tmp_path), keys.published(tmp_path)

    for place, letter in enumerate(text):
        for other in "AB-_.=\n":
            if other != letter:
                with pytest.raises(seal.Broken):
                    seal.unseal(text[:place] + other + text[place + 1 :], published)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none", "kid": "KID"},
        {"alg": "HS256", "kid": "KID"},
        {"alg": "EdDSA", "kid": "KID", "crit": ["x"]},
        {"alg": "EdDSA"},
        {"alg": "EdDSA", "kid": ["KID"]},
        ["EdDSA", "KID"],
        "EdDSA",
    ],
)
def test_no_other_header_is_accepted(tmp_path: Path, header: object) -> None:
    key_id = keys.current(tmp_path)[0]
    _, body, signature = sealed(tmp_path).split(".")
    text = json.loads(json.dumps(header).replace("KID", key_id))

    with pytest.raises(seal.Broken):
        seal.unseal(f"{part(text)}.{body}.{signature}", keys.published(tmp_path))


@pytest.mark.parametrize("text", ["", ".", "..", "a.b", "a.b.c.d", "x" * 5000, "é.é.é", "[[.[[.[[", part([[[]]]) * 3])
def test_rubbish_is_refused_quietly(tmp_path: Path, text: str) -> None:
    with pytest.raises(seal.Broken):
        seal.unseal(text, keys.published(tmp_path))


@pytest.mark.parametrize(
    "change",
    [{"no": None}, {"rep": "now"}, {"rep": True}, {"iat": None}, {"end": -1}, {"rep": 2**60}, {"jti": "../../x"}],
)
def test_what_is_signed_and_no_certificate_is_refused_too(tmp_path: Path, change: dict[str, object]) -> None:
    key_id, key = keys.current(tmp_path)
    header = sealed(tmp_path).split(".")[0]
    body = f"{header}.{part(claims(sealed(tmp_path)) | change)}"
    signature = base64.urlsafe_b64encode(key.sign(body.encode())).rstrip(b"=").decode()

    with pytest.raises(seal.Broken, match="not a certificate"):
        seal.unseal(f"{body}.{signature}", {key_id: key.public_key()})


def test_another_sites_key_is_not_ours(tmp_path: Path) -> None:
    text = sealed(tmp_path / "theirs")

    with pytest.raises(seal.Broken, match="not known"):
        seal.unseal(text, keys.published(tmp_path / "ours"))


def test_after_a_rotation_older_certificates_stay_true_and_the_old_key_signs_no_more(tmp_path: Path) -> None:
    before = sealed(tmp_path)
    old = keys.current(tmp_path)[0]

    new = keys.rotate(tmp_path)

    published = keys.published(tmp_path)
    assert list(published) == [new, old]
    assert seal.unseal(before, published)[1] == old
    assert seal.unseal(sealed(tmp_path), published)[1] == new
    assert list((tmp_path / "certificates").glob("*.key")) == [tmp_path / "certificates" / "current.key"]


def test_the_private_key_is_made_once_and_for_our_eyes_only(tmp_path: Path) -> None:
    first = keys.current(tmp_path)[0]

    again = keys.current(tmp_path)[0]

    assert first == again
    path = tmp_path / "certificates" / "current.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(one.suffix for one in path.parent.iterdir()) == [".key", ".pem"]


def test_whoever_comes_second_signs_with_the_first_ones_key(tmp_path: Path) -> None:
    first = keys.current(tmp_path)[0]

    keys._make(tmp_path / "certificates" / "current.key", replace=False)

    assert list(keys.published(tmp_path)) == [first]


def test_a_broken_key_file_is_a_sentence_and_no_new_key(tmp_path: Path) -> None:
    keys.current(tmp_path)
    path = tmp_path / "certificates" / "current.key"
    path.write_text("nothing")

    with pytest.raises(Unavailable):
        keys.current(tmp_path)
    assert path.read_text() == "nothing"


def test_a_key_of_another_kind_is_not_read() -> None:
    other = generate_private_key(SECP256R1()).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    with pytest.raises(ValueError, match="Ed25519"):
        keys.read(other)
    with pytest.raises(ValueError, match="no public key"):
        keys.read(b"hello")


def test_the_published_sheet_checks_a_certificate_without_us(tmp_path: Path) -> None:
    text = sealed(tmp_path / "data")
    keys.rotate(tmp_path / "data")
    sheet = tmp_path / "key.txt"
    sheet.write_text(cli.public_keys(tmp_path / "data"))

    by_text = cli.verify(text, sheet)
    by_address = cli.verify(f" https://site.example/c/{FACTS.code}?s={text}\n", sheet)

    assert by_text.true and by_address == by_text
    assert "CXZ-261122-0007" in "\n".join(by_text.lines)
    raw = base64.b64decode(sheet.read_text().splitlines()[0].split()[-1])
    assert len(raw) == 32
    assert not cli.verify(text[:-1] + ("A" if text[-1] != "A" else "Q"), sheet).true
