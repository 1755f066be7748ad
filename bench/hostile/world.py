"""A server with a victim's data on it, and those who attack: a stranger, a user, an escort, a server, an owner."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urljoin, urlparse

import httpx

from bench.hostile.inputs import Identity
from bench.hostile.targets import Forms, Target, learn
from bench.processes import ProcessFailed, Site
from clock import DAY, now_ms, shanghai_date

VICTIM = {
    "name": "欧阳藏秘",
    "phone": "13977771234",
    "idcard": "610102195007011236",
    "if18": "y",
    "sex": "w",
    "relation": "父母",
}
WISHES, PLACE, COMPLAINT = "秘密心愿甲乙丙", "秘密医院丁戊己", "秘密投诉庚辛壬"
UNLIMITED = ("CARD", "CLAIM", "EXPORT", "AVATAR", "PHOTO", "COMPLAINT", "COMPLAINT_PHOTO")
MAX_PAGES = 250
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
_LOGIN = re.compile(r'name="_xsrf" value="([^"]+)"')


class World:
    """``foreign``: what no attacker but the owner may ever read."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.foreign: tuple[str, ...] = ()
        self._victim = ""
        self._order = 0
        site.server.environment |= {f"HA_LIMITS_{name}_PER_MINUTE": "0" for name in UNLIMITED}

    async def found(self, targets: list[Target]) -> None:
        """Make the victim and the escort, and read the forms of the administration."""
        self._victim = await self._log_in("victim")
        async with self._http(self._victim) as victim:
            friend = (await _post(victim, "user/add1friend/", VICTIM))["id"]
            order = await _post(victim, "user/create1order/", self._order_fields(friend))
            self._order = order["id"]
            prepay_id = order["payment"]["package"].partition("=")[2]
            paying = {"prepay_id": prepay_id, "outcome": "success"}
            async with httpx.AsyncClient(trust_env=False) as http:
                (await http.post(f"{self.site.sandbox}cashier/", json=paying)).raise_for_status()
            told = {
                "kind": "service",
                "text": COMPLAINT,
                "id": self._order,
                "actionId": "complaint-of-the-victim",
            }
            await _post(victim, "user/complain/", told)
        self.foreign = (
            *(VICTIM[name] for name in ("name", "phone", "idcard")),
            WISHES,
            PLACE,
            COMPLAINT,
            self._victim,
        )
        escort = await self._log_in("escort")
        async with self._http(escort) as http:
            await _post(http, "user/apply2be1caregiver/", {"name": "陈攻", "phone": "13811112222"})
        async with self._office() as office:
            page = (await office.get("admin/runners/1/")).text
            form = re.search(r'action="[^"]*runners/1/approve/"(.*?)</form>', page, re.DOTALL)
            fields = dict(_HIDDEN.findall(form[1])) if form else {}
            if (await office.post("admin/runners/1/approve/", data=fields)).status_code != 302:
                raise ProcessFailed("the escort was not approved")
            await _read_forms(office, targets, self.foreign)

    def _order_fields(self, friend: int) -> dict[str, Any]:
        day = shanghai_date(now_ms() + 30 * DAY)
        about = {"hospitalId": 0, "hospitalCustom": PLACE, "department": "心内科", "more": WISHES}
        return {**about, "wantTime": day, "serviceId": 4, "friendid": friend}

    async def identity(self, name: str) -> Identity:
        """Log an attacker in (again)."""
        ids = (1, 2, 3, self._order, self._order + 1)
        if name == "stranger":
            return Identity(name, (), ids)
        if name == "owner":
            async with self._office() as office:
                cookies = "; ".join(f"{key}={value}" for key, value in office.cookies.items())
                return Identity(name, (("Cookie", cookies),), ids, office.cookies["_xsrf"])
        return Identity(name, (("Authorization", f"Bearer {await self._log_in(name)}"),), ids)

    async def victims_data(self) -> dict[str, Any]:
        """Everything that the victim can read of themselves."""
        async with self._http(self._victim) as http:
            found: dict[str, Any] = {}
            for path in (
                "user/getFriends/",
                "user/getOrderStatus/",
                "user/getComplaints/",
                "user/getInvoices/",
            ):
                found[path] = (await http.get(path)).raise_for_status().json()["data"]
            return found

    async def _log_in(self, name: str) -> str:
        async with self._http() as http:
            answer = await http.get("login/", params={"code": f"as:{name}:{now_ms()}-{id(http)}"})
            return str(answer.raise_for_status().json()["warrant"])

    def _http(self, warrant: str = "") -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {warrant}"} if warrant else {}
        return httpx.AsyncClient(base_url=self.site.server.root, headers=headers, trust_env=False, timeout=60)

    @asynccontextmanager
    async def _office(self) -> AsyncIterator[httpx.AsyncClient]:
        """A browser in which the owner is logged in."""
        async with self._http() as http:
            token = _LOGIN.search((await http.get("admin/login/")).text)
            form = {
                "username": "admin",
                "password": self.site.admin_password,
                "_xsrf": token[1] if token else "",
            }
            if (await http.post("admin/login/", data=form)).status_code != 302:
                raise ProcessFailed("the owner cannot log in")
            yield http


async def _post(http: httpx.AsyncClient, path: str, fields: dict[str, Any]) -> Any:
    answer = await http.post(path, data=fields)
    if answer.status_code != 200:
        raise ProcessFailed(f"{path}: {answer.status_code} {answer.text[:300]}")
    return answer.json()


async def _read_forms(office: httpx.AsyncClient, targets: list[Target], foreign: tuple[str, ...]) -> None:
    """Go from page to page and give each target the fields of its form."""
    waiting, seen = ["/admin/"], {"/admin/"}
    while waiting and len(seen) < MAX_PAGES:
        path = waiting.pop(0)
        answer = await office.get(path)
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        page = Forms()
        page.feed(answer.text)
        for action, fields in page.forms:
            learn(targets, urlparse(urljoin(path, html.unescape(action))).path, fields, foreign)
        for link in page.links:
            address = urlparse(urljoin(path, link))
            kept = address.path + (f"?{address.query}" if "new" in address.query else "")
            if address.path.startswith("/admin/") and kept not in seen and "export" not in kept:
                seen.add(kept)
                waiting.append(kept)
