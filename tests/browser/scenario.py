"""The users of the page cases: a new one, and one with everything, under names as long as they come."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from tests.browser.clients import Administrator, ApiUser, day, new_name

LONG_NICKNAME = "一个昵称可以有六十三个字那么长" * 4
LONG_HOSPITAL = "西北某某大学医学部附属第一人民医院（东院区）国际医疗中心住院部二号楼"
LONG_DEPARTMENT = "心血管内科与老年病综合门诊（周末及节假日专家门诊）"
LONG_WISH = "老人腿脚不便，需要轮椅；听力不好，请大声一点，慢慢说。" * 4
LONG_REASON = "家里临时有事，医院也改了专家的出诊时间，想改到下个月再去，先把这一次退掉"


@dataclass(frozen=True)
class Scenario:
    """``orders``: ids by what they show."""

    newcomer: ApiUser
    regular: ApiUser
    waiting: ApiUser
    orders: dict[str, int]

    def close(self) -> None:
        for person in (self.newcomer, self.regular, self.waiting):
            person.close()


def prepare(root: str, office: Administrator) -> Scenario:
    """Let everybody live until their orders show every state."""
    newcomer, regular, waiting = (ApiUser(root, new_name()) for _ in range(3))
    newcomer.get("user/me/")
    orders = _live(regular, office)
    orders["unpaid"] = int(waiting.order(hospitalId=0, hospitalCustom=LONG_HOSPITAL, more=LONG_WISH)["id"])
    return Scenario(newcomer, regular, waiting, orders)


def _live(person: ApiUser, office: Administrator) -> dict[str, int]:
    person.post("user/setAvatarAndNickname/", nickname=LONG_NICKNAME[:63], avatarURL="")
    patient = person.add_patient(name="阿卜杜拉·买买提·艾合买提", relation="兄弟姐妹")
    person.add_patient()
    long = {"department": LONG_DEPARTMENT, "more": LONG_WISH, "friendid": patient}
    plain = {"friendid": patient, "more": ""}

    orders = {"paid": person.paid_order(**plain)}
    orders["rejected"] = person.paid_order(hospitalId=8, wantTime=day(12), **plain)
    orders["partly"] = person.paid_order(serviceId=103, wantTime=day(13), **plain)
    orders["refunded"] = person.paid_order(serviceId=1, wantTime=day(14), **plain)
    orders["serving"] = person.paid_order(hospitalId=0, hospitalCustom=LONG_HOSPITAL, wantTime=day(1), **long)
    orders["finished"] = person.paid_order(serviceId=104, wantTime=day(0), **plain)
    orders["rated"] = person.paid_order(serviceId=2, wantTime=day(0), **plain)
    orders["refunding"] = person.paid_order(serviceId=9, wantTime=day(15), **plain)

    escort = office.approve_escort(person, "欧阳秀英", "13911112222")
    office.assign(orders["serving"], escort)
    for name in ("finished", "rated"):
        office.finish(orders[name])
    person.post("user/rate1order/", id=orders["rated"], stars=4, comment=LONG_WISH)
    orders["removed"] = int(person.order(**plain)["id"])
    person.post("user/delete1order/", id=orders["removed"])
    orders["cancelled"] = person.paid_order(serviceId=2, wantTime=day(16), **plain)
    for name in ("rejected", "partly", "refunded", "refunding", "cancelled"):
        amount = person.detail(orders[name])["refund"]["amount"]
        kind = "money_back" if name == "partly" else "cancel"
        person.post("user/refund1order/", id=orders[name], reason=LONG_REASON, amount=amount, kind=kind)
    office.reject_refund(orders["rejected"], "陪诊员已经出发，按约定不能退款，可以打电话改期")
    office.approve_refund(orders["partly"], 30_050)
    office.approve_refund(orders["refunded"], 58_800)
    office.approve_refund(orders["cancelled"], 9_900)
    person.until(orders["refunded"], "已退款")
    person.until(orders["partly"], "已付款")
    return orders


def lengthened(catalog: dict[str, Any]) -> dict[str, Any]:
    """The catalog under longer names than the shipped ones, and with a phone number for every hospital."""
    longer = copy.deepcopy(catalog)
    for hospital in longer["hospitals"]:
        hospital.update(name=hospital["name"] + "（东院区）国际医疗中心", type="妇幼保健与儿童专科医院")
    for service in longer["services"]:
        service.update(name=service["name"] + "（含接送与取药）", summary=service["summary"] * 3)
    for banner in longer["banners"]:
        banner["title"] *= 2
    longer["brand"]["phone"] = "029-8888 8888 转 8001"
    return longer
