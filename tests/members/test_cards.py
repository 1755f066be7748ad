"""The cards by which an owner invites: they work once, for their time, and die on revocation."""

from __future__ import annotations

import asyncio
import re

import pytest

from clock import HOUR, MINUTE
from orders.sharing import member_links
from orders.sharing.member_links import MAX_MEMBERS, MAX_OPEN_CARDS, CardNotValid, Shared
from storage.models import MemberRole, MemberScope, OrderState
from tests.core.rows import add_order
from tests.http.client import Client
from tests.http.product import Product
from tests.members.cards import card, member, refusal

GUESSED = "A" * 22


async def unpaid_order(product: Product, owner: Client) -> int:
    return int((await owner.order(await owner.add_patient(), product.day()))["id"])


@pytest.mark.promise(36)
async def test_a_card_shows_what_it_is_and_makes_a_member(product: Product) -> None:
    owner, family = await product.login("owner"), await product.login("daughter")
    await owner.post("user/setAvatarAndNickname/", nickname="李妈妈", avatarURL="")
    order = await unpaid_order(product, owner)
    await family.get("user/getOrder/", 404, id=order)
    made = await owner.post("user/inviteMember/", id=order, role="family")
    assert re.fullmatch(r"[0-9A-Za-z_-]{22}", made["token"])
    assert made["path"] == f"pages/invitation/invitation?token={made['token']}"
    shown = await family.get("user/getInvitation/", token=made["token"])
    assert (shown["ownerName"], shown["role"], shown["scope"]) == ("李妈妈", "family", "order")
    assert (shown["patient"], shown["day"]) == ("李**", product.day())
    assert "李建国" not in str(shown)
    assert (shown["mine"], shown["joined"], shown["orderId"]) == (False, False, None)
    await family.get("user/getOrder/", 404, id=order)
    assert await family.post("user/acceptInvitation/", token=made["token"]) | {"msg": ""} == {
        "code": 0,
        "orderId": order,
        "msg": "",
    }
    assert (await family.get("user/getOrder/", id=order))["order"]["role"] == "family"
    again = await family.get("user/getInvitation/", token=made["token"])
    assert (again["joined"], again["orderId"]) == (True, order)


@pytest.mark.promise(36)
async def test_used_expired_revoked_and_guessed_cards_are_refused_alike(product: Product) -> None:
    owner, thief = await product.login("owner"), await product.login("thief")
    order = await unpaid_order(product, owner)
    used, expired, revoked = [await card(owner, id=order) for _ in range(3)]
    family = await product.login("daughter")
    await family.post("user/acceptInvitation/", token=used)
    links = (await owner.get("user/getMembers/", id=order))["links"]
    await owner.post("user/revokeInvitation/", id=links[1]["id"])
    async with product.storage.transaction() as tx:
        await tx.connection.execute(
            "UPDATE member_links SET expires_at = :at WHERE id = :id",
            {"id": links[0]["id"], "at": product.clock()},
        )
        await tx.commit()
    before = await product.contents()
    tokens = (used, expired, revoked, GUESSED, "x", f"{used[:-1]}*", used[:-1], "用户")
    for method, path in (("GET", "user/getInvitation/"), ("POST", "user/acceptInvitation/")):
        answers = [await refusal(thief, method, path, token=token) for token in tokens]
        assert answers == [answers[0]] * len(tokens), path
        assert (answers[0]["status"], answers[0]["error"]) == (404, "card_not_valid")
    assert await product.contents() == before
    unknown = [line for line in product.logs.lines if "event=unknown_card" in line]
    assert len(unknown) == 2 * len(tokens)
    assert not any(token in product.logs.text for token in (used, expired, revoked))


@pytest.mark.promise(36)
async def test_a_card_lives_for_its_hours_to_the_millisecond(storage) -> None:
    async with storage.transaction() as tx:
        owner, other = [await tx.users.find_or_add(name, 1_000) for name in ("oOwner1", "oOther1")]
        order = await add_order(tx, owner, OrderState.PAID)
        made = await member_links.create(
            tx, owner, Shared(MemberScope.ORDER, order), MemberRole.FAMILY, 5_000, hours=24
        )
        assert made.expires_at == 5_000 + 24 * HOUR
        with pytest.raises(CardNotValid):
            await member_links.accept(tx, made.token, other, made.expires_at)
        assert await member_links.accept(tx, made.token, other, made.expires_at - 1) == order
        await tx.commit()


@pytest.mark.promise(36)
async def test_of_twenty_users_who_accept_one_card_at_once_one_becomes_a_member(storage) -> None:
    async with storage.transaction() as tx:
        owner = await tx.users.find_or_add("oOwner1", 1_000)
        order = await add_order(tx, owner, OrderState.PAID)
        users = [await tx.users.find_or_add(f"oUser{number}", 1_000) for number in range(20)]
        made = await member_links.create(
            tx, owner, Shared(MemberScope.ORDER, order), MemberRole.PAYER, 5_000, hours=24
        )
        await tx.commit()

    async def accept(user_id: int) -> bool:
        try:
            await storage.run(lambda tx: member_links.accept(tx, made.token, user_id, 6_000))
        except CardNotValid:
            return False
        return True

    accepted = await asyncio.gather(*(accept(user_id) for user_id in users))
    assert sum(accepted) == 1
    async with storage.reading() as reader:
        members = await reader.connection.fetch_all("SELECT user_id, role FROM members")
    assert [tuple(row) for row in members] == [(users[accepted.index(True)], "payer")]


@pytest.mark.promise(36)
async def test_accepting_many_times_at_once_is_once(storage) -> None:
    async with storage.transaction() as tx:
        owner, user = [await tx.users.find_or_add(name, 1_000) for name in ("oOwner1", "oUser1")]
        order = await add_order(tx, owner, OrderState.PAID)
        shared = Shared(MemberScope.ORDER, order)
        made = [await member_links.create(tx, owner, shared, MemberRole.FAMILY, 5_000, 24) for _ in range(2)]
        await tx.commit()
    accepts = [
        storage.run(lambda tx, token=one.token: member_links.accept(tx, token, user, 6_000))
        for one in made * 5
    ]
    assert await asyncio.gather(*accepts) == [order] * 10
    async with storage.reading() as reader:
        rows = await reader.connection.fetch_all("SELECT used_by FROM member_links ORDER BY id")
        assert {row[0] for row in rows} == {None, user}, "the other is still good"
        assert len(await reader.members.live_of_user(user)) == 1


async def test_the_owner_cannot_join_their_own_order(product: Product) -> None:
    owner = await product.login("owner")
    order = await unpaid_order(product, owner)
    token = await card(owner, id=order)
    assert (await owner.get("user/getInvitation/", token=token))["mine"] is True
    assert (await owner.post("user/acceptInvitation/", 409, token=token))["error"] == "own_card"
    family = await product.login("son")
    await family.post("user/acceptInvitation/", token=token)


async def test_a_payers_card_makes_a_payer_of_family_and_no_card_takes_that_away(product: Product) -> None:
    owner = await product.login("owner")
    order = await unpaid_order(product, owner)
    son = await member(product, owner, "son", id=order)
    await son.post("user/acceptInvitation/", token=await card(owner, "payer", id=order))
    assert (await son.get("user/getOrder/", id=order))["order"]["role"] == "payer"
    await son.post("user/acceptInvitation/", token=await card(owner, "family", id=order))
    assert (await son.get("user/getOrder/", id=order))["order"]["role"] == "payer"
    members = await owner.get("user/getMembers/", id=order)
    assert [one["role"] for one in members["data"]] == ["payer"]
    assert [link["role"] for link in members["links"]] == ["family"], "nobody used it up"


async def test_cards_are_for_ones_own_orders_and_patients_alone(product: Product) -> None:
    owner, stranger = await product.login("owner"), await product.login("stranger")
    patient = await owner.add_patient()
    order = (await owner.order(patient, product.day()))["id"]
    before = await product.contents()
    for what, nobodys in (({"id": order}, {"id": 999_999}), ({"patientId": patient}, {"patientId": 999_999})):
        for method, path, more in (
            ("POST", "user/inviteMember/", {"role": "family"}),
            ("GET", "user/getMembers/", {}),
        ):
            theirs = await refusal(stranger, method, path, **what, **more)
            assert theirs == await refusal(stranger, method, path, **nobodys, **more)
            assert theirs["status"] == 404
    for fields in ({}, {"id": order, "patientId": patient}, {"id": order, "role": "owner"}, {"id": "x"}):
        await owner.post("user/inviteMember/", 400, **{"role": "family", **fields})
    assert await product.contents() == before


async def test_only_the_owner_of_a_card_revokes_it_and_only_before_it_is_used(product: Product) -> None:
    owner, stranger = await product.login("owner"), await product.login("stranger")
    order = await unpaid_order(product, owner)
    token = await card(owner, id=order)
    (link,) = (await owner.get("user/getMembers/", id=order))["links"]
    await stranger.post("user/revokeInvitation/", 404, id=link["id"])
    await stranger.post("user/acceptInvitation/", token=token)
    await owner.post("user/revokeInvitation/", 404, id=link["id"])
    assert (await owner.get("user/getMembers/", id=order))["links"] == []


async def test_guessing_meets_a_limit_that_holds_across_processes(start_product) -> None:
    product = await start_product(limits={"card_per_minute": 3})
    thief = await product.login("thief")
    for _ in range(3):
        await thief.get("user/getInvitation/", 404, token=GUESSED)
    product.services.limiter._buckets.clear()  # as another process would see it
    assert (await thief.post("user/acceptInvitation/", 429, token=GUESSED))["error"] == "too_many_requests"
    other = await product.login("other")
    await other.get("user/getInvitation/", 404, token=GUESSED)


async def test_an_order_has_a_bounded_number_of_members_and_of_cards(storage) -> None:
    async with storage.transaction() as tx:
        owner = await tx.users.find_or_add("oOwner1", 1_000)
        order = await add_order(tx, owner, OrderState.PAID)
        shared = Shared(MemberScope.ORDER, order)
        for number in range(MAX_MEMBERS):
            await tx.members.add(owner, 900 + number, shared.scope, order, MemberRole.FAMILY, 1_000)
        one_more = await tx.users.find_or_add("oUser1", 1_000)
        made = [
            await member_links.create(tx, owner, shared, MemberRole.FAMILY, 5_000, 24)
            for _ in range(MAX_OPEN_CARDS)
        ]
        with pytest.raises(member_links.TooManyMembers):
            await member_links.create(tx, owner, shared, MemberRole.FAMILY, 5_000, 24)
        with pytest.raises(member_links.TooManyMembers):
            await member_links.accept(tx, made[0].token, one_more, 6_000)
        assert await tx.members.count_live(shared.scope, order) == MAX_MEMBERS


async def test_a_user_is_shown_a_bounded_number_of_orders_of_others(storage, monkeypatch) -> None:
    monkeypatch.setattr(member_links, "MAX_SHARED", 1)
    async with storage.transaction() as tx:
        owner, guest = [await tx.users.find_or_add(name, 1_000) for name in ("oOwner1", "oUser1")]
        tokens = []
        for _ in range(2):
            shared = Shared(MemberScope.ORDER, await add_order(tx, owner, OrderState.PAID))
            made = await member_links.create(tx, owner, shared, MemberRole.FAMILY, 5_000, 24)
            tokens.append(made.token)
        await member_links.accept(tx, tokens[0], guest, 6_000)
        with pytest.raises(member_links.TooManyMembers) as refused:
            await member_links.accept(tx, tokens[1], guest, 6_000)
        assert refused.value.message == "分享给您的订单太多了，请先退出几个"
        assert len(await tx.members.live_of_user(guest)) == 1
        await member_links.accept(tx, tokens[0], guest, 7_000)  # what one has is not counted once more


@pytest.mark.promise(36)
@pytest.mark.parametrize("column", ["disabled_at", "deleted_at"])
async def test_a_card_of_a_closed_account_is_good_for_nothing(storage, column) -> None:
    async with storage.transaction() as tx:
        owner, other = [await tx.users.find_or_add(name, 1_000) for name in ("oOwner1", "oOther1")]
        order = await add_order(tx, owner, OrderState.PAID)
        made = await member_links.create(
            tx, owner, Shared(MemberScope.ORDER, order), MemberRole.FAMILY, 5_000, 24
        )
        await tx.connection.execute(f"UPDATE users SET {column} = 5 WHERE id = :id", {"id": owner})
        for call in (member_links.look, member_links.accept):
            with pytest.raises(CardNotValid):
                await call(tx, made.token, other, 6_000)


async def test_a_token_is_stored_nowhere_and_never_twice_the_same(product: Product) -> None:
    owner = await product.login("owner")
    order = await unpaid_order(product, owner)
    tokens = {await card(owner, id=order) for _ in range(10)}
    assert len(tokens) == 10
    stored = str(await product.contents())
    assert not any(token in stored for token in tokens)
    product.clock.move(25 * HOUR + MINUTE)
    assert (await owner.get("user/getMembers/", id=order))["links"] == []
