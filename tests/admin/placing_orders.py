"""A customer of the running product: orders and pays as the mini-program does."""

from __future__ import annotations

import time
import zlib

import httpx

from clock import DAY, now_ms, shanghai_date

HOSTILE = "<img src=x onerror=document.title='x'>"


def place_order(root: str, person: str, patient: str, *, pay: bool = True, wait: bool = True) -> int:
    """An order as the mini-program would make it; its number."""
    with httpx.Client(base_url=root, trust_env=False, timeout=20) as client:
        warrant = client.get("login/", params={"code": f"as:{person}:{time.time_ns()}"}).json()["warrant"]
        client.headers["Authorization"] = f"Bearer {warrant}"
        fields = {
            "if18": "y",
            "name": patient,
            "sex": "w",
            "phone": "13800001234",
            "idcard": f"6101021950{zlib.crc32(patient.encode()) % 10**8:08d}",
            "relation": "父母",
        }
        friend = client.post("user/add1friend/", data=fields).json()["id"]
        catalog = client.get("catalog/").json()
        service = next(each for each in catalog["services"] if each["unit"] != "天")
        order = client.post(
            "user/create1order/",
            data={
                "hospitalId": catalog["hospitals"][0]["id"],
                "department": HOSTILE,
                "wantTime": shanghai_date(now_ms() + 2 * DAY),
                "serviceId": service["id"],
                "friendid": friend,
                "more": HOSTILE,
            },
        ).json()
        client.post("user/apply2be1caregiver/", data={"name": f"陪诊{person}", "phone": "13900005678"})
        if pay:
            prepay_id = order["payment"]["package"].removeprefix("prepay_id=")
            client.post("sandbox/cashier/", json={"prepay_id": prepay_id, "outcome": "success"})
            for _ in range(100 if wait else 0):
                if client.get(f"user/getOrder/?id={order['id']}").json()["order"]["progress"] == "已付款":
                    break
                time.sleep(0.1)
        return int(order["id"])
