"""What an erasure takes, and that nothing slips in behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from accounts import personal_data
from accounts.users import UserChanged, UserDeleted, delete_data, set_disabled
from storage import Storage, Transaction
from storage.models import User
from storage.writes import PatientColumns
from tests.http.client import PATIENT
from tests.http.product import Product, until

pytestmark = pytest.mark.promise(24)
PATIENT_ROW = PatientColumns(
    name="李建国",
    adult=True,
    sex="m",
    phone_sealed="sealed",
    phone_tail="3333",
    id_number_sealed="sealed",
    relation="父母",
    consented_at=None,
    guardian_consented_at=None,
)


async def user_of(storage: Storage, user_id: int = 1) -> User:
    async with storage.reading() as reader:
        user = await reader.users.get(user_id)
    assert user is not None
    return user


async def test_messages_and_the_administrators_remark_go_with_the_user_and_with_nobody_else(
    product: Product,
) -> None:
    li, wang = await product.login("li"), await product.login("wang")
    async with product.storage.transaction() as tx:
        for user_id in (1, 2):
            await tx.users.set_remark(user_id, "行动不便，家住文艺路")
            for number, state in enumerate(("pending", "sent", "failed")):
                await tx.outbox.add(
                    "paid", f"{user_id}-{number}", user_id, '{"service": "陪诊"}', product.clock()
                )
                await tx.connection.execute(
                    "UPDATE outbox SET state = :state WHERE reference = :reference",
                    {"state": state, "reference": f"{user_id}-{number}"},
                )
        await tx.commit()
    await li.post("user/deleteMe/", confirm="删除")
    async with product.storage.reading() as reader:
        assert await reader.outbox.of_user(1) == []
        assert len(await reader.outbox.of_user(2)) == 3
    assert (await user_of(product.storage)).admin_remark == ""
    assert (await user_of(product.storage, 2)).admin_remark != ""
    await li.get("user/me/", 401)
    await wang.get("user/me/")


async def test_a_patient_that_is_being_added_is_erased_too(product: Product) -> None:
    """The erasure waits for who holds the user's row, instead of passing by what is not there yet."""
    await product.login("li")
    storage, at = product.storage, product.clock()
    user = await user_of(storage)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def add() -> None:
        async with storage.transaction() as tx:
            assert await tx.users.lock_living(user.id)
            begun.set()
            await go_on.wait()
            await tx.patients.add(user.id, PATIENT_ROW, at)
            await tx.commit()

    async def erase(tx: Transaction) -> personal_data.ErasedFiles:
        return await personal_data.erase(tx, user, at)

    adding = asyncio.create_task(add())
    await begun.wait()
    erasing = asyncio.create_task(storage.run(erase))
    done, _ = await asyncio.wait({erasing}, timeout=0.3)
    assert not done, "it waits"
    go_on.set()
    await asyncio.gather(adding, erasing)
    async with storage.reading() as reader:
        (patient,) = await reader.patients.page_of_user(user.id, 0, 10)
    assert (patient.name, patient.phone_sealed, patient.id_number_sealed) == ("", "", "")
    assert patient.deleted_at is not None


async def test_nothing_is_added_behind_an_erasure_that_is_not_committed_yet(product: Product) -> None:
    client = await product.login("li")
    storage, at = product.storage, product.clock()
    user = await user_of(storage)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def erase() -> None:
        async with storage.transaction() as tx:
            await personal_data.erase(tx, user, at)
            begun.set()
            await go_on.wait()
            await tx.commit()

    erasing = asyncio.create_task(erase())
    await begun.wait()
    added = asyncio.create_task(client.send("POST", "user/add1friend/", data=PATIENT))
    named = asyncio.create_task(
        client.send("POST", "user/setAvatarAndNickname/", data={"avatarURL": "", "nickname": "小李"})
    )
    await until(lambda: asyncio.sleep(0, product.application.in_flight == 2))
    done, _ = await asyncio.wait({added, named}, timeout=0.2)
    assert not done, "both wait"
    go_on.set()
    await erasing
    assert [(await answer).status_code for answer in (added, named)] == [401, 401]
    assert await product.count("patients") == 0
    assert (await user_of(storage)).nickname == ""


async def test_the_office_deletes_a_users_data_once(product: Product) -> None:
    await product.login("li")
    user = await user_of(product.storage)
    answers = await asyncio.gather(
        *(product.storage.run(lambda tx: delete_data(tx, user, product.clock())) for _ in range(3)),
        return_exceptions=True,
    )
    assert sorted(type(answer) is UserDeleted for answer in answers) == [False, True, True]
    assert [answer for answer in answers if not isinstance(answer, UserDeleted)] == [
        personal_data.ErasedFiles("", [], [], [], [])
    ]


async def test_of_two_owners_who_decide_about_a_user_the_one_who_has_not_seen_it_is_refused(
    product: Product,
) -> None:
    await product.login("li")
    with pytest.raises(UserChanged):
        await product.storage.run(lambda tx: set_disabled(tx, 1, 5, lambda now: {"disabled"}))
    with pytest.raises(UserChanged):
        await product.storage.run(lambda tx: set_disabled(tx, 999, 5, lambda now: set()))
    assert (await user_of(product.storage)).disabled_at is None
    seen: list[object] = []

    def nothing_changed(now: Mapping[str, object]) -> set[str]:
        seen.append(dict(now))
        return set()

    await product.storage.run(lambda tx: set_disabled(tx, 1, 5, nothing_changed))
    assert seen == [{"disabled": False, "deleted": False}]
    assert (await user_of(product.storage)).disabled_at == 5
