"""Cards and QR codes of the released version point at its sixteen page paths: each opens what it is now."""

from __future__ import annotations

import pytest

from tests.browser.clients import ApiUser
from tests.browser.phone import Phone

LINKS = [
    ("pages/index/index", "pages/home/home", {}),
    ("pages/PeiZhenXiaDan/PeiZhenXiaDan", "pages/services/services", {}),
    (
        "pages/PeiZhenXiaDan_YouXiangPeiZhen/PeiZhenXiaDan_YouXiangPeiZhen?id=4",
        "pages/service/service",
        {"id": "4"},
    ),
    ("pages/OtherService/OtherService", "pages/more/more", {}),
    ("pages/My/My", "pages/me/me", {}),
    ("pages/MyAvatarNickname/MyAvatarNickname", "pages/profile/profile", {}),
    ("pages/OneHospital/OneHospital?id=2", "pages/hospital/hospital", {"id": "2"}),
    ("pages/HospitalIntro/HospitalIntro?id=2", "pages/hospital-intro/hospital-intro", {"id": "2"}),
    ("pages/ExpertsList/ExpertsList?id=1", "pages/experts/experts", {"hospitalId": "1"}),
    ("pages/OneExpert/OneExpert?id=1", "pages/expert/expert", {"id": "1"}),
    ("pages/PeiZhen_Example/PeiZhen_Example?id=1", "pages/cases/cases", {"hospitalId": "1"}),
    ("pages/Pay/Pay?id=4&hospitalId=2", "pages/order/order", {"serviceId": "4", "hospitalId": "2"}),
    ("pages/Pay/Pay?showDetailId={order}", "pages/order/order", {"id": "{order}"}),
    ("pages/MyOrder/MyOrder?type=2", "pages/orders/orders", {"tab": "%E5%B7%B2%E4%BB%98%E6%AC%BE"}),
    ("pages/Friend/Friend", "pages/patients/patients", {}),
    ("pages/FriendAdd/FriendAdd", "pages/patient-edit/patient-edit", {}),
    ("pages/Apply2be1Caregiver/Apply2be1Caregiver", "pages/escort-apply/escort-apply", {}),
]


def test_all_sixteen_are_tried() -> None:
    assert len({link.partition("?")[0] for link, _, _ in LINKS}) == 16


@pytest.mark.parametrize("part", [0, 1])
def test_old_paths_open_their_pages(part: int, phone: Phone, person: ApiUser) -> None:
    order = person.paid_order()
    for old, new, query in LINKS[part::2]:
        phone.open(old.format(order=order)).until_path(new)
        assert phone.query == {name: wanted.format(order=order) for name, wanted in query.items()}, old
        phone.until_loaded()


def test_an_unknown_path_opens_the_first_page(phone: Phone) -> None:
    phone.open("pages/Nowhere/Nowhere?id=1").until_path("pages/home/home")
    phone.see("可陪诊的医院")
