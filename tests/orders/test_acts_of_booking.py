"""What an order's form becomes, what an order by phone changes, and how many places a day has."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from accounts.office_customers import CustomerContact
from accounts.patients import PatientContent
from clock import day_bounds
from orders.booking import phone_orders, placing
from orders.booking.day_places import DayPlaces, Visit
from orders.booking.phone_orders import PhoneOrder, PhoneOrdering
from orders.booking.placing import KEPT_WITH, Bookable
from storage.models import OrderState, Service, Takes
from storage.views import PlacesTaken
from tests.orders.acts import Act
from tests.orders.scene import NOON, VISIT_DAY, Scene

SERVICE = Service(4, "全心全程陪诊服务", "半天", 19_800, "", "", "", "", "", 1, None)
BOOKABLE = Bookable({4: SERVICE, 5: replace(SERVICE, id=5, price_fen=0)}, {1: "西京医院"}, 180)


def _given(**changes: Any) -> dict[str, Any]:
    return {
        "hospital_id": 1,
        "hospital_name": "别的医院",
        "department": "心内科",
        "visit_date": VISIT_DAY,
        "visit_time": "09:30",
        "service_id": 4,
        "patient_id": 1,
        "wishes": "请早点到",
        "campus": "本部",
        "meeting_point": "大厅",
        "contact_phone": "13800138000",
        "mobility": "wheelchair",
        "hearing": "",
        "appointment": "booked",
        "answers": None,
        "preferred_escort_id": 0,
        "shown_price": "",
        **changes,
    }


async def _content(scene: Scene, **changes: Any) -> Any:
    given = _given(**{"patient_id": scene.own.patient, **changes})
    async with scene.storage.reading() as reader:
        return await placing.content_of(reader, scene.vault, BOOKABLE, scene.own.owner, given, NOON)


async def a_form_in_full(scene: Scene):
    await scene.finished()
    escort = scene.escorts[0]
    yield
    yield await _content(scene, preferred_escort_id=escort, shown_price="￥198")
    yield await _content(scene, hospital_id=0, visit_time="", contact_phone="")


async def the_form_of_a_released_client(scene: Scene):
    """Has less, and needs no ID number."""
    await scene.set("patients", scene.own.patient, id_number_sealed="", phone_sealed="")
    yield
    yield await _content(scene, **dict.fromkeys(KEPT_WITH))


async def forms_that_cannot_be(scene: Scene):
    wrong: list[dict[str, Any]] = [
        {"visit_date": "2026-11-18"},
        {"visit_date": "2027-05-19"},
        {"visit_date": "2026-11-19", "visit_time": "11:59"},
        {"service_id": 9},
        {"hospital_id": 2},
        {"patient_id": scene.other.patient},
        {"preferred_escort_id": scene.escorts[0]},
        {"shown_price": "￥199"},
    ]
    yield
    for each in wrong:
        try:
            await _content(scene, **each)
        except Exception as refusal:
            yield type(refusal).__name__, getattr(refusal, "message", "")
    yield (await _content(scene, visit_date="2026-11-19", visit_time="12:00")).visit_time
    await scene.set("patients", scene.own.patient, id_number_sealed="")
    try:
        await _content(scene)
    except placing.UnfitChoice as refusal:
        yield refusal.message


async def the_last_day_that_can_be_booked(scene: Scene):
    yield
    yield (await _content(scene, visit_date="2027-05-18")).visit_date


async def a_form_that_leaves_things_as_they_were(scene: Scene):
    """Each with the column that it depends on."""
    await scene.ordered(OrderState.UNPAID, mobility="wheelchair", appointment="booked", hearing="weak")
    order = await scene.read()
    form = await _content(scene, **dict.fromkeys(KEPT_WITH))
    yield
    yield placing.content_for(form, order)
    other: list[dict[str, Any]] = [
        {"visit_date": "2026-12-25"},
        {"hospital_name": "唐都医院"},
        {"patient_id": 77},
        {"service_name": "代取报告"},
    ]
    for each in other:
        yield placing.content_for(replace(form, **each), order)
    yield placing.content_for(form, None)


# By phone


async def _by_phone(scene: Scene, patient: Any = None, **changes: Any) -> Any:
    contact = CustomerContact("客户", "13700137000")
    content = PatientContent("王秀英", True, "w", "父母", "13900001234", None, "", True)
    entry = PhoneOrder(contact, patient or content, _given(**changes))
    free = replace(SERVICE, needs_id_number=False)
    bookable = Bookable({4: free, 5: replace(free, id=5, price_fen=0)}, {1: "西京医院"}, 180)
    ordering = PhoneOrdering(scene.vault, bookable, scene.settings)
    return await scene.run(lambda tx: phone_orders.place(tx, entry, ordering, scene.cause()))


async def ordered_by_phone(scene: Scene):
    yield
    yield await _by_phone(scene)


async def ordered_by_phone_for_a_patient_who_is_known(scene: Scene):
    placed = await _by_phone(scene)
    await scene.set("orders", placed.order_id, state="cancelled", unpaid_user_id=None)
    yield
    yield await _by_phone(scene, visit_date="2026-12-25")
    yield (await _by_phone(scene, placed.patient_id + 1, visit_date="2026-12-25")) is None


async def ordered_by_phone_for_another_patient(scene: Scene):
    await _by_phone(scene)
    other = PatientContent("王小明", True, "m", "子女", "13900001234", None, "", True)
    yield
    yield await _by_phone(scene, other)


async def ordered_by_phone_while_the_patient_waits(scene: Scene):
    await _by_phone(scene)
    yield
    yield await _by_phone(scene, visit_date="2026-12-25")


async def the_same_order_by_phone_again(scene: Scene):
    placed = await _by_phone(scene)
    await scene.set("orders", placed.order_id, state="paid", unpaid_user_id=None)
    yield
    for hour in ("10:00", "09:30"):
        yield await _by_phone(scene, visit_time=hour)
        await scene.set("orders", placed.order_id + 1, state="paid", unpaid_user_id=None)


async def ordered_by_phone_for_today(scene: Scene):
    """It waits no longer than until the end of its day."""
    yield
    placed = await _by_phone(scene, visit_date="2026-11-19", visit_time="14:30")
    yield placed.order_id, (await scene.read(placed.order_id)).expires_at == day_bounds("2026-11-19")[1]


async def ordered_by_phone_without_a_price(scene: Scene):
    yield
    yield await _by_phone(scene, service_id=5)


# Places


def _taken(takes: Takes, half: str, count: int) -> PlacesTaken:
    return PlacesTaken(VISIT_DAY, takes, half, count)


@pytest.mark.parametrize(
    ("am", "pm", "taken", "fits"),
    [
        (1, 1, [], "am pm - day errand"),
        (1, 0, [], "am - errand"),
        (0, 0, [], ""),
        (1, 1, [("half", "am", 1)], "pm - errand"),
        (2, 1, [("half", "am", 1)], "am pm - day errand"),
        (1, 1, [("half", "", 1)], "am pm errand -"),
        (1, 1, [("half", "", 2)], ""),
        (1, 1, [("half", "am", 1), ("half", "", 1)], ""),
        (2, 2, [("half", "am", 1), ("half", "", 2)], "am pm - errand"),
        (1, 1, [("day", "", 1)], ""),
        (2, 2, [("day", "", 1)], "am pm - day errand"),
        (1, 1, [("errand", "am", 1)], "pm - errand errand-am"),
        (1, 1, [("errand", "am", 2)], "pm - errand"),
        (1, 0, [("errand", "am", 1)], "errand errand-am"),
        (1, 0, [("errand", "am", 2)], ""),
        (1, 0, [("errand", "", 1)], "errand errand-am"),
        (1, 0, [("errand", "", 2)], ""),
        (1, 1, [("errand", "", 3)], "errand errand-am"),
        (1, 1, [("half", "am", 2)], "pm - errand"),
        (0, 1, [("half", "am", 1)], "pm - errand"),
    ],
)
def test_a_visit_has_a_place_where_no_more_are_missing_with_it(
    am: int, pm: int, taken: list[tuple[str, str, int]], fits: str
) -> None:
    """Two errands share a place. What is asked: a visit in the morning, in the afternoon, at an hour not yet settled
    (-), for a whole day, an errand at any hour, and one in the morning."""
    rows = [_taken(Takes(takes), half, count) for takes, half, count in taken]
    places = DayPlaces({"am": am, "pm": pm}, rows, 2)
    asked = {
        "am": Visit(VISIT_DAY, "am", Takes.HALF, 1),
        "pm": Visit(VISIT_DAY, "pm", Takes.HALF, 1),
        "-": Visit(VISIT_DAY, "", Takes.HALF, 1),
        "day": Visit(VISIT_DAY, "", Takes.DAY, 1),
        "errand": Visit(VISIT_DAY, "", Takes.ERRAND, 1),
        "errand-am": Visit(VISIT_DAY, "am", Takes.ERRAND, 1),
    }
    found = {name for name, visit in asked.items() if places.fits(visit)}
    expected = set(fits.split()) | ({"errand-am"} if "am" in fits.split() else set())
    assert found == expected


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
