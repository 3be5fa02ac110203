"""Stations: loaded from a file, hung with kiosks, honest about what works."""

from pathlib import Path

import pytest

from gateway.contract.twin import Desired
from gateway.credentials import verify_secret
from server import stations
from server.app import make_site
from server.features import FEATURES
from server.kit.errors import Invalid, Missing
from server.kit.site import Site
from server.rounds import Rounds
from server.settings import Settings


def desired_of(site: Site, kiosk: str, since: int) -> tuple[Desired, int]:
    ((document, number),) = [
        (document, number) for name, document, number in site.mailbox.desired_since(since) if name == kiosk
    ]
    return document, number


SN10 = Path(stations.__file__).parent / "sn10.toml"


def test_the_four_stations_of_the_estate_load_and_load_again(tmp_path: Path) -> None:
    site = make_site(Settings(data=tmp_path))

    for _ in range(2):
        with site.store.work() as work:
            stations.load(work, SN10)

    with site.store.look() as look:
        assert [one.name for one in stations.all_stations(look)] == ["东门站", "北门站", "南门站", "西门站"]


def test_loading_again_keeps_the_presence_key(site: Site, tmp_path: Path) -> None:
    with site.store.look() as look:
        before = stations.get(look, "sn10-north").presence_key
    changed = tmp_path / "changed.toml"
    changed.write_text(
        '[[station]]\ncode="sn10-north"\nname="新北门站"\ncommunity="sn10"\nlat=31.3\nlon=121.4\n'
        'datum="gcj02"\nduty_phone="110"\n',
        "utf-8",
    )

    with site.store.work() as work:
        stations.load(work, changed)

    with site.store.look() as look:
        station = stations.get(look, "sn10-north")
    assert (station.name, station.presence_key) == ("新北门站", before)


@pytest.mark.parametrize(
    "text",
    [
        "not toml [",
        '[[station]]\ncode="x"',
        '[[station]]\ncode="有"\nname="a"\ncommunity="sn10"\nlat=1\nlon=1\ndatum="wgs84"\nduty_phone="1"',
        '[[station]]\ncode="aa"\nname="a"\ncommunity="nope"\nlat=1\nlon=1\ndatum="wgs84"\nduty_phone="1"',
        '[[station]]\ncode="aa"\nname="a"\ncommunity="sn10"\nlat=91\nlon=1\ndatum="wgs84"\nduty_phone="1"',
        '[[station]]\ncode="aa"\nname="a"\ncommunity="sn10"\nlat=1\nlon=1\ndatum="bd09"\nduty_phone="1"',
    ],
)
def test_a_broken_file_is_refused_with_a_reason_and_changes_nothing(site: Site, tmp_path: Path, text: str) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(text, "utf-8")

    with pytest.raises(Invalid, match=r"plan\.toml"), site.store.work() as work:
        stations.load(work, plan)

    with site.store.look() as look:
        assert len(stations.all_stations(look)) == 4


def test_pairing_again_makes_the_old_password_worthless(site: Site) -> None:
    first = stations.pair(site, "kiosk-07", "sn10-north", "mqtt://127.0.0.1:1883")

    second = stations.pair(site, "kiosk-07", "sn10-east", "mqtt://127.0.0.1:1883")

    (credential,) = site.mailbox.credentials()
    assert verify_secret(second["password"], credential.secret)
    assert not verify_secret(first["password"], credential.secret)
    with site.store.look() as look:
        assert stations.station_of(look, "kiosk-07") == "sn10-east"


def test_pairing_with_an_unknown_station_gives_no_credentials(site: Site) -> None:
    with pytest.raises(Missing):
        stations.pair(site, "kiosk-07", "nowhere", "mqtt://127.0.0.1:1883")

    assert site.mailbox.credentials() == []


def test_an_older_word_about_the_raincoats_does_not_undo_a_newer_one(site: Site) -> None:
    with site.store.work() as work:
        now = work.now
        stations.set_amenity(work, "sn10-north", "raincoat", "empty", now + 2000, "kiosk")
        stations.set_amenity(work, "sn10-north", "raincoat", "low", now + 1000, "device")

        found = {one.code: one.state for one in stations.amenities(work, "sn10-north")}

    assert found["raincoat"] == "empty"


def test_a_change_reaches_the_desired_state_of_the_kiosk_that_hangs_there(site: Site) -> None:
    stations.pair(site, "kiosk-07", "sn10-north", "mqtt://127.0.0.1:1883")
    rounds = Rounds(site, FEATURES)
    rounds.refresh({"*"})
    before, number = desired_of(site, "kiosk-07", 0)
    site.stale.take()

    with site.store.work() as work:
        stations.set_amenity(work, "sn10-north", "raincoat", "empty", work.now + 1, "kiosk")
    rounds.refresh(site.stale.take())

    after, _ = desired_of(site, "kiosk-07", number)
    assert after.version == before.version + 1
    states = {one["code"]: one["state"] for one in after.body["amenities"]}
    assert states["raincoat"] == "empty"


def test_a_refresh_without_a_change_keeps_the_version(site: Site) -> None:
    stations.pair(site, "kiosk-07", "sn10-north", "mqtt://127.0.0.1:1883")
    rounds = Rounds(site, FEATURES)

    rounds.refresh({"*"})
    rounds.refresh({"*"})

    desired, _ = desired_of(site, "kiosk-07", 0)
    assert desired.version == 1


def test_a_mistyped_address_suggests_the_likeliest_station_first(site: Site) -> None:
    with site.store.look() as look:
        found = stations.likely("sn10-nroth", stations.all_stations(look))

    assert found[0].code == "sn10-north"


def test_the_nearest_stations_come_with_metres(site: Site) -> None:
    with site.store.look() as look:
        found = stations.nearest(stations.get(look, "sn10-north"), stations.all_stations(look))

    (nearest, metres), *_ = found
    assert nearest.code == "sn10-east"
    assert 150 < metres < 250
