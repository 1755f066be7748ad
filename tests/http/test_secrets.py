"""Warrants, ID numbers and phones: what lies in the database file, what the log says, which key opens what."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

from accounts.tokens import token_hash
from config import Settings
from privacy import Vault, new_key
from startup import commands
from storage.schema import metadata
from tests.http.client import PATIENT, id_number
from tests.http.conftest import StartProduct
from tests.http.product import Product


async def everything_stored(product: Product) -> str:
    """Every row of every table, and with SQLite every byte of the files."""
    found = []
    async with product.storage.reading() as reader:
        for table in metadata.tables:
            rows = await reader.connection.fetch_all(f"SELECT * FROM {table}")
            found.append(repr(rows))
    for file in Path(product.settings.data).rglob("hospital.sqlite3*"):
        found.append(file.read_bytes().decode("latin-1"))  # noqa: PERF401
    return "\n".join(found)


@pytest.mark.promise(19)
async def test_a_warrant_is_random_and_stored_as_a_hash_alone(product: Product) -> None:
    users = [await product.login(f"person{number}") for number in range(20)]
    warrants = {user.warrant for user in users}
    assert len(warrants) == 20
    assert all(re.fullmatch(r"[0-9A-Za-z_-]{43}", warrant) for warrant in warrants), "256 bits"
    stored = await everything_stored(product)
    for warrant in warrants:
        assert warrant not in stored
        assert token_hash(warrant) in stored


@pytest.mark.promise(19)
async def test_a_warrant_is_in_no_log_however_it_is_sent_and_whatever_comes_of_it(product: Product) -> None:
    user = await product.login("li")
    warrant = user.warrant
    for path in ("user/me/", "no/such/route/", "user/getOrder/", "admin/orders/", "wechatpay/notify/"):
        for options in (
            {"params": {"warrant": warrant}},
            {"headers": {"warrant": warrant}},
            {"data": {"warrant": warrant}},
            {"json": {"warrant": warrant}},
            {"content": f"warrant={warrant}&%ff".encode()},
        ):
            await user.send("POST" if len(path) % 2 else "GET", path, **options)
    ours = [
        line for line in product.logs.lines if "httpx" not in line
    ]  # the test's own client logs addresses
    assert len(ours) > 20
    assert warrant not in "\n".join(ours)
    product.logs.lines[:] = ours


@pytest.mark.promise(23)
async def test_id_numbers_and_phones_are_nowhere_in_the_database_in_clear(product: Product) -> None:
    user = await product.login("li")
    await product.paid_order(user)
    await user.post("user/apply2be1caregiver/", name="王芳", phone="13811112222")
    await user.get("user/export/")
    stored = await everything_stored(product)
    assert "李建国" in stored
    for number in (PATIENT["phone"], PATIENT["idcard"], "13811112222"):
        assert number not in stored
    product.secrets.add("13811112222")


@pytest.mark.promise(23)
async def test_lists_show_numbers_masked_and_the_export_of_own_data_in_full(product: Product) -> None:
    user = await product.login("li")
    await user.add_patient()
    await user.post("user/apply2be1caregiver/", name="王芳", phone="13811112222")
    for path in ("user/getFriends/", "user/me/", "user/getCaregiver/"):
        text = (await user.send("GET", path)).text
        for number in (PATIENT["phone"], PATIENT["idcard"], "13811112222"):
            assert number not in text, path
    exported = (await user.send("GET", "user/export/")).text
    for number in (PATIENT["phone"], PATIENT["idcard"], "13811112222"):
        assert number in exported


@pytest.mark.promise(23)
async def test_the_wrong_key_opens_nothing_and_reveals_nothing(product: Product) -> None:
    user = await product.login("li")
    await user.add_patient()
    right = product.services.vault
    product.services.vault = Vault(new_key())
    answer = await user.send("GET", "user/getFriends/")
    assert answer.status_code == 500
    assert set(answer.json()) == {"code", "error", "msg", "request_id"}
    product.services.vault = right
    assert (await user.get("user/getFriends/"))["data"][0]["phone"] == "138****3333"


@pytest.mark.promise(23)
async def test_a_value_that_was_moved_to_another_column_does_not_open(product: Product) -> None:
    user = await product.login("li")
    await user.add_patient()
    async with product.storage.transaction() as tx:
        await tx.connection.execute("UPDATE patients SET phone_sealed = id_number_sealed")
        await tx.commit()
    assert (await user.send("GET", "user/getFriends/")).status_code == 500


@pytest.mark.promise(23)
async def test_keys_rotate_and_the_old_one_can_then_be_thrown_away(
    start_product: StartProduct, capsys: pytest.CaptureFixture[str]
) -> None:
    product = await start_product()
    user = await product.login("li")
    for number in range(3):
        await user.add_patient(idcard=id_number(number))
    await user.post("user/apply2be1caregiver/", name="王芳", phone="13811112222")
    old, new = product.settings.privacy.key, new_key()
    rotating = product.settings.replace("privacy", key=new, previous_keys=[old])

    await commands.rotate_privacy_key(await pointed_at(product, rotating))
    said = capsys.readouterr().out
    assert ("patients: 6" in said, "escorts: 1" in said) == (True, True)
    product.services.vault = Vault(new)
    friends = (await user.get("user/getFriends/"))["data"]
    assert {friend["phone"] for friend in friends} == {"138****3333"}
    assert (await user.get("user/getCaregiver/"))["caregiver"]["phone"] == "138****2222"
    before = await product.contents()
    await commands.rotate_privacy_key(await pointed_at(product, rotating))
    assert await product.contents() == before, "a second run finds nothing to do"


async def pointed_at(product: Product, settings: Settings) -> Settings:
    """The settings with the database of the running product."""
    storage: Any = product.storage
    if hasattr(storage, "_address"):
        found = storage._address
        database = dataclasses.replace(
            product.settings.database,
            engine="mysql",
            host=found["host"],
            port=found["port"],
            name=found["db"],
            user=found["user"],
            password=found["password"],
        )
    else:
        database = dataclasses.replace(product.settings.database, path=str(storage._path))
    return dataclasses.replace(settings, database=database)
