"""Names of accounts that a person takes for the same."""

from __future__ import annotations

import pytest

from accounts.administrators import AccountRefused, create_administrator, name_key
from handlers.services import Services
from storage.models import Role
from tests.admin.clients import PASSWORD, Client
from tests.admin.scenario import Scenario

pytestmark = pytest.mark.promise(20)
TYPED = ("owner ", " owner", "Owner", "OWNER", "ｏｗｎｅｒ", "owner\u200b", "own er", "\u202aowner\u202c")


@pytest.mark.parametrize(
    "typed",
    ["owner ", " owner", "Owner", "OWNER", "ｏｗｎｅｒ", "owner\u200b", "own er", "\u202aowner\u202c"],
)
async def test_a_name_is_recognised_however_a_phone_writes_it(visitor: Client, typed: str) -> None:
    assert (await visitor.log_in(typed)).code == 302


@pytest.mark.parametrize("typed", ["", " ", "\u200b", "0wner", "owners", "%", "own_r"])
async def test_another_name_is_not(visitor: Client, typed: str) -> None:
    assert (await visitor.log_in(typed)).code == 401


async def test_of_two_names_alike_each_is_only_itself(visitor: Client, scenario: Scenario) -> None:
    """As an older version allowed them."""
    async with scenario.storage.transaction() as tx:
        admin = await tx.administrators.by_name("clerk")
        assert admin is not None
        await tx.administrators.add("Owner", admin.password_hash, Role.CLERK, 1)
        await tx.commit()
    assert (await visitor.log_in("Owner")).code == 302
    assert "accounts/" not in await visitor.page("admin/")
    assert (await visitor.log_in("owner")).code == 302
    assert (await visitor.log_in("OWNER")).code == 401


@pytest.mark.parametrize("name", ["店长", "店长 ", "ＡＢＣ", "abc", "a\u00adBC"])
async def test_no_second_account_has_a_name_like_it(services: Services, name: str) -> None:
    for taken in ("店长", "ABC"):
        await create_administrator(services.storage, taken, PASSWORD, Role.OWNER, 1)
    with pytest.raises(AccountRefused):
        await create_administrator(services.storage, name, PASSWORD, Role.OWNER, 1)


async def test_an_owner_makes_no_account_with_a_name_like_it(owner: Client, scenario: Scenario) -> None:
    form = {"name": " ＣＬＥＲＫ ", "role": "clerk", "password": "a third Passphrase 9"}
    assert (await owner.post("admin/accounts/", form)).code == 409
    assert (await owner.post("admin/accounts/", {**form, "name": " 小陈 "})).code == 302
    async with scenario.storage.reading() as reader:
        names = [each.name for each in await reader.administrators.all()]
    assert names == ["owner", "clerk", "accountant", "小陈"]


def test_keys_of_names() -> None:
    assert name_key(" Ａdmin\u200b ") == name_key("aDMIN") == "admin"
    assert name_key("Jose\u200b\u0301") == name_key("josé")
    assert name_key("店长") != name_key("店员")


# Unlocking
