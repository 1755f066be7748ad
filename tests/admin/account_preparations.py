"""What has to be there before an act on users, accounts or the catalog can be done."""

from __future__ import annotations

import pyotp

from clock import SECOND
from tests.admin.act_preparations import (
    ACCOUNTANT,
    CLERK,
    OTHER,
    OWNER,
    Preparation,
    Ready,
    hidden_and_not_compared,
)
from tests.admin.catalog.test_catalog import HOSPITAL, SERVICE
from tests.admin.catalog.test_catalog_pictures import picture
from tests.admin.catalog.test_experts_import import TABLE
from tests.admin.clients import PASSWORD, Client
from tests.admin.scenario import Scenario


async def user(scenario: Scenario, owner: Client) -> Ready:
    user_id = await scenario.user()
    return Ready(user_id, await hidden_and_not_compared(owner, f"admin/users/{user_id}/"))


async def disabled_user(scenario: Scenario, owner: Client) -> Ready:
    user_id = await scenario.user()
    await owner.post(f"admin/users/{user_id}/disable/")
    return Ready(user_id)


async def clerk(scenario: Scenario, owner: Client) -> Ready:
    return Ready(CLERK)


async def disabled_clerk(scenario: Scenario, owner: Client) -> Ready:
    await owner.post(f"admin/accounts/{CLERK}/disable/")
    return Ready(CLERK)


async def owning_clerk(scenario: Scenario, owner: Client) -> Ready:
    await owner.post(f"admin/accounts/{CLERK}/owner/")
    return Ready(CLERK)


async def new_colleague(scenario: Scenario, owner: Client) -> Ready:
    return Ready("", {"name": "小陈", "role": "clerk", "password": OTHER}, subject_id=ACCOUNTANT + 1)


async def myself(scenario: Scenario, owner: Client) -> Ready:
    return Ready("", subject_id=OWNER)


async def visitor(scenario: Scenario, owner: Client) -> Ready:
    client = Client(owner.base)
    await client.get("admin/login/")
    fields = {"username": "clerk", "password": PASSWORD}
    return Ready("", fields, subject_id=CLERK, admin_id=CLERK, client=client)


async def second_device(scenario: Scenario, owner: Client) -> Ready:
    await Client(owner.base).log_in()
    async with scenario.storage.reading() as reader:
        newest = (await reader.administrators.sessions_of(OWNER, scenario.clock(), 0))[0]
    return Ready(newest.id, subject_id=OWNER)


async def app_with_a_code(scenario: Scenario, owner: Client) -> Ready:
    page = (await owner.post("admin/me/totp/start/")).body.decode()
    sealed = page.split('name="sealed" value="')[1].split('"')[0]
    secret = page.split('class="code secret">')[1].split("<")[0].replace(" ", "")
    code = pyotp.TOTP(secret).generate_otp(scenario.clock() // (30 * SECOND))
    return Ready("", {"sealed": sealed, "code": code}, subject_id=OWNER)


async def second_factor(scenario: Scenario, owner: Client) -> Ready:
    await owner.post("admin/me/totp/enable/", (await app_with_a_code(scenario, owner)).fields)
    return Ready("", subject_id=OWNER)


ENTRIES: dict[str, dict[str, str]] = {
    "hospitals": HOSPITAL,
    "services": SERVICE,
    "experts": {"name": "张医生", "hospital_id": "1"},
    "banners": {"title": "春节", "link": ""},
    "showcases": {
        "title": "一次陪诊",
        "hospital_id": "1",
        "service_name": "陪诊",
        "visit_date": "2026-01-02",
    },
}
"""The form of an entry of each table of the catalog."""


def new_entry(table: str) -> Preparation:
    """A hospital for what needs one, and a picture for what needs one."""

    async def ready(scenario: Scenario, owner: Client) -> Ready:
        first = 1
        if "hospital_id" in ENTRIES[table]:
            await owner.post("admin/catalog/hospitals/new/", HOSPITAL)
        file = ("picture_file", "a.png", picture((30, 10))) if table == "banners" else None
        return Ready("", ENTRIES[table], subject_id=first, file=file)

    return ready


def entry(table: str, archived: bool = False, about: str | None = None) -> Preparation:
    """An entry that there is, with the fields of its form."""

    async def ready(scenario: Scenario, owner: Client) -> Ready:
        new = await new_entry(table)(scenario, owner)
        path = f"admin/catalog/{table}/"
        if new.file:
            await owner.upload(f"{path}new/", new.fields, new.file)
        else:
            await owner.post(f"{path}new/", new.fields)
        fields = {**new.fields, **await hidden_and_not_compared(owner, f"{path}1/")}
        if archived:
            await owner.post(f"{path}1/archive/")
        return Ready(1, fields, subject_id=about)

    return ready


async def table_of_experts(scenario: Scenario, owner: Client) -> Ready:
    await owner.post("admin/catalog/hospitals/new/", HOSPITAL)
    return Ready("", {"text": TABLE, "commit": "1"})
