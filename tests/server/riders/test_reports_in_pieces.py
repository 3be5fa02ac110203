"""Photos that follow their report in pieces, or come before it; plates, places and clocks of the form."""

import base64
from typing import Any

import pytest
from httpx2 import Response

from gateway.contract.geo import distance_m
from server import incidents, pins, routing, stations, uploads
from server.kit.site import Site
from server.photos import PhotoRefused, VaultFull
from server.stations import Station

from ..conftest import StaffFactory, WalkFactory
from .conftest import TEXT_NAMED_JPG, Rider, fresh_id, hidden, jpeg

JSON = {"accept": "application/json"}


def upload(rider: Rider, client_id: str, data: bytes, name: str = "photo-1") -> str:
    """All of a photo in one piece; returns its id."""
    about = f"report {base64.b64encode(client_id.encode()).decode()},name {base64.b64encode(name.encode()).decode()}"
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(len(data)), "Upload-Metadata": about}
    address = rider.client.post("/uploads", headers=headers).headers["location"]
    piece = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    rider.client.patch(address, headers=piece, content=data)
    return address.rpartition("/")[2]


def attach(rider: Rider, client_id: str, ref: str) -> Response:
    return rider.client.post("/report-photos", data={"client_id": client_id, "upload": ref}, headers=JSON)


def send(rider: Rider, **fields: Any) -> Response:
    """As the script sends: the words alone."""
    return rider.client.post(
        "/s/sn10-north/report", data={"client_id": fresh_id(), "category": "facility.light", **fields}, headers=JSON
    )


def test_a_photo_follows_its_open_ticket_once_however_often_it_is_sent(rider: Rider, site: Site) -> None:
    client_id = fresh_id()
    opened = send(rider, client_id=client_id, coming="1")
    ref = upload(rider, client_id, jpeg())
    with site.store.look() as look:
        on_the_way = uploads.waiting(look, client_id)

    answers = [attach(rider, client_id, ref).status_code for _ in range(3)]

    (ticket,) = rider.tickets()
    assert (opened.status_code, on_the_way, answers) == (201, 1, [204, 204, 204])
    assert rider.photos(ticket) == 1
    assert list((site.data / "uploads").iterdir()) == []


def test_what_is_no_photo_is_said_and_stays_said(rider: Rider) -> None:
    client_id = fresh_id()
    send(rider, client_id=client_id, coming="1")
    ref = upload(rider, client_id, TEXT_NAMED_JPG)

    first, second = attach(rider, client_id, ref), attach(rider, client_id, ref)

    assert (first.status_code, second.status_code) == (422, 422)
    assert "不是照片" in first.json()["detail"]


def test_a_darkroom_or_vault_that_is_busy_takes_the_same_photo_later(
    rider: Rider, monkeypatch: pytest.MonkeyPatch
) -> None:
    client_id = fresh_id()
    send(rider, client_id=client_id, coming="1")
    ref = upload(rider, client_id, jpeg())
    for trouble in (PhotoRefused("busy", "还没轮到"), VaultFull("no space")):

        def refuse(*_: object, trouble: Exception = trouble) -> None:
            raise trouble

        with monkeypatch.context() as broken:
            broken.setattr("server.photos.take", refuse)
            assert attach(rider, client_id, ref).status_code == 503

    assert attach(rider, client_id, ref).status_code == 204


def test_photos_stay_away_from_other_reports_ended_tickets_and_people(
    rider: Rider, staff: StaffFactory, walk: WalkFactory
) -> None:
    mine, person, ended = fresh_id(), fresh_id(), fresh_id()
    send(rider, client_id=mine)
    send(rider, client_id=person, category="person.lost_child")
    send(rider, client_id=ended, category="other.other")
    walk(next(one for one in rider.tickets() if one.client_id == ended), staff("duty"), "reject")

    statuses = [
        attach(rider, fresh_id(), upload(rider, mine, jpeg())).status_code,
        attach(rider, mine, upload(rider, fresh_id(), jpeg())).status_code,
        attach(rider, mine, "../../web.secret").status_code,
        attach(rider, person, upload(rider, person, jpeg())).status_code,
        attach(rider, ended, upload(rider, ended, jpeg())).status_code,
    ]

    assert statuses == [404, 404, 404, 422, 422]
    assert sum(rider.photos(one) for one in rider.tickets()) == 0


def test_no_more_than_six_photos_follow(rider: Rider) -> None:
    client_id = fresh_id()
    send(rider, client_id=client_id, coming="8")

    for number in range(8):
        attach(rider, client_id, upload(rider, client_id, jpeg(), f"photo-{number}"))

    assert rider.photos(rider.tickets()[0]) == 6


def test_photos_come_first_only_where_they_decide_how_urgent_it_is(rider: Rider) -> None:
    client_id = fresh_id()
    asked = send(rider, client_id=client_id, category="hazard.manhole", coming="1")
    before = rider.tickets()
    ref = upload(rider, client_id, jpeg())

    answer = send(rider, client_id=client_id, category="hazard.manhole", coming="1", upload=ref)

    assert (asked.status_code, before, answer.status_code) == (202, [], 201)
    (ticket,) = rider.tickets()
    assert (ticket.level, rider.photos(ticket)) == ("P1", 1)
    assert attach(rider, client_id, ref).status_code == 204


def test_an_alarm_never_waits_for_its_photos(rider: Rider) -> None:
    assert send(rider, category="fire.open_flame", coming="6").status_code == 201


def test_a_report_to_a_station_given_up_meanwhile_hears_where_to_go(rider: Rider, site: Site) -> None:
    with site.store.work() as work:
        stations.retire(work, "sn10-north", "搬走了", "陈主任")

    calm, alarm, nowhere = send(rider), send(rider, category="fire.open_flame"), rider.client.post(
        "/s/never-was/report", data={"category": "fire.open_flame"}, headers=JSON
    )  # fmt: skip

    assert (calm.status_code, calm.json()["urgent"]) == (410, False)
    assert "北门站已经停用了" in calm.json()["sentence"]
    assert calm.json()["instead"] == {
        "code": "sn10-east", "name": "东门站", "action": "/s/sn10-east/report", "east": 0, "north": 200,
    }  # fmt: skip
    assert alarm.json()["urgent"] is True
    assert (nowhere.status_code, rider.tickets()) == (404, [])


def test_without_scripts_an_alarm_goes_to_the_next_station_and_the_rest_asks_for_one_more_tap(
    rider: Rider, site: Site
) -> None:
    with site.store.work() as work:
        stations.retire(work, "sn10-north", "搬走了", "陈主任")
    typed = {"place": "北门站旁", "other_place": "车棚", "words": "白色轿车", "pin": "map,10,20,0"}

    alarm = rider.send(rider.form(category="fire.open_flame", **typed), jpeg())
    calm = rider.send(rider.form(category="parking.fire_lane", **typed), jpeg())

    (ticket,) = rider.tickets()
    assert (alarm.status_code, ticket.station, ticket.place) == (303, "sn10-east", "北门站旁 车棚")
    assert rider.photos(ticket) == 1
    assert calm.status_code == 409
    assert 'action="/s/sn10-east/report"' in calm.text
    for kept in ("北门站已经停用了", "北门站旁 车棚", "白色轿车", "已传好 1 张", 'value="map,10,220,0"'):
        assert kept in calm.text
    again = {name: hidden(calm.text, name) for name in ("client_id", "kept", "pin")}
    form = {**rider.form(category="parking.fire_lane", **{**typed, "place": ""}), **again}
    assert rider.client.post("/s/sn10-east/report", data=form, follow_redirects=False).status_code == 303
    assert [rider.photos(one) for one in rider.tickets()] == [1, 1]


def test_the_last_station_given_up_leaves_its_number_to_call(rider: Rider, site: Site) -> None:
    with site.store.work() as work:
        for one in stations.all_stations(work):
            stations.retire(work, one.code, "搬走了", "陈主任")

    answer = send(rider, category="fire.open_flame")

    assert (answer.status_code, "instead" in answer.json()) == (410, False)
    assert "021-5555-0110" in answer.json()["sentence"]
    plain = rider.send(rider.form(category="fire.open_flame", words="有明火"))
    assert "没有发出去" in plain.text and "有明火" in plain.text


def test_a_script_reads_a_sentence_when_nothing_was_chosen(rider: Rider) -> None:
    answer = send(rider, category="")

    assert answer.status_code == 422
    assert "请先点一下" in answer.json()["sentence"]


def test_a_plate_is_written_as_plates_are_and_questioned_but_never_refused(rider: Rider, site: Site) -> None:
    ticket = rider.ticket(rider.send(rider.form(answer_plate=" 沪a·1234i ")))

    hint = rider.client.get("/plate-hint", params={"plate": "沪a·1234i"}).json()
    with site.store.look() as look:
        route = routing.route_of(look, ticket.id)
    assert route is not None
    assert route.answers["plate"] == "沪A1234I"
    assert hint == {"hint": "车牌里没有字母 I，是不是把数字 1 写成了 I？", "shown": "沪A·1234I"}
    assert rider.client.get("/plate-hint", params={"plate": "<script>" * 100}).status_code == 200


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"building": "12"}, "12号楼"),
        ({"building": "０３号楼", "other_place": "二楼"}, "3号楼 二楼"),
        ({"building": "东边那栋"}, "东边那栋"),
        ({"pin": "map,68,102,0"}, "北门站东北约 120 米"),
        ({"pin": "gps,3,-4,20"}, "北门站旁"),
        ({"pin": "map,68,102,0", "building": "7"}, "7号楼"),
        ({"pin": "map,99999,0,0", "place": "北门口"}, "北门口"),
        ({"pin": "<script>", "place": "北门口"}, "北门口"),
    ],
)
def test_a_place_is_a_building_words_a_pin_or_a_spot(rider: Rider, fields: dict[str, str], place: str) -> None:
    assert rider.ticket(rider.send(rider.form(**fields))).place == place


def test_a_pin_is_kept_as_a_point_with_its_datum(rider: Rider, site: Site, station: Station) -> None:
    ticket = rider.ticket(rider.send(rider.form(pin="gps,300,-400,35")))

    with site.store.look() as look:
        pin = pins.of(look, ticket.id)
    assert pin is not None
    assert (pin.source, pin.accuracy, str(pin.point.datum)) == ("gps", 35, "wgs84")
    assert abs(distance_m(pin.point, station.point) - 500) < 3


@pytest.mark.parametrize(
    ("waited", "ago", "estimated"),
    [("0", 0, False), ("7200000", 7200, True), ("259200000", 259200, True), ("9" * 11, 0, True), ("9" * 40, 0, True)],
)
def test_a_report_that_waited_on_the_phone_says_when_it_was_tapped(
    rider: Rider, waited: str, ago: int, estimated: bool
) -> None:
    ticket = rider.ticket(rider.send(rider.form(waited=waited)))

    assert ((ticket.received - ticket.at) // 1000, ticket.estimated) == (ago, estimated)


@pytest.mark.parametrize("name", ["coming", "waited", "pin", "too", "upload", "building", "answer_plate", "p"])
@pytest.mark.parametrize("value", ["-1", "x" * 3000, "\x00<script>", "=1+1", "９"])
def test_nonsense_in_any_new_field_never_costs_the_report(rider: Rider, name: str, value: str) -> None:
    answer = rider.send(rider.form(**{name: value}))

    assert "<script>" not in rider.client.get(f"/r/{rider.ticket(answer).receipt}").text


def test_a_joined_report_shows_its_late_photo_where_it_is_worked_on(rider: Rider, site: Site) -> None:
    client_id = fresh_id()
    rider.form()
    first, second = send(rider), send(rider, client_id=client_id, coming="1")

    attach(rider, client_id, upload(rider, client_id, jpeg()))

    assert first.headers["location"] != second.headers["location"]
    with site.store.look() as look:
        (ticket,) = incidents.find(look, ["sn10"], states=incidents.OPEN)
        (joined,) = incidents.merged_here(look, ticket.id)
        assert len(incidents.photos(look, joined.id)) == 1
