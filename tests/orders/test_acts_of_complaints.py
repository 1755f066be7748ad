"""What the office does about a complaint, and what its end changes."""

from __future__ import annotations

from orders.complaints import deadlines, erasing, handling, photos, reading
from orders.complaints.handling import mark
from refusals import InvalidInput
from storage.models import Role
from tests.orders.acts import Act
from tests.orders.complaints import (
    CLERK,
    answer,
    answered_of_each,
    close,
    closed_of_each,
    complain,
    complained_of_each,
    complaint_of,
)
from tests.orders.scene import Scene


async def assigned(scene: Scene):
    complaint = await complained_of_each(scene)
    yield
    yield await scene.run(lambda tx: handling.assign(tx, 1, 2, mark(complaint), scene.at + 1))


async def assigned_to_who_is_disabled(scene: Scene):
    complaint = await complained_of_each(scene)
    await scene.set("administrators", 2, disabled_at=scene.at)
    yield
    yield await scene.run(lambda tx: handling.assign(tx, 1, 2, mark(complaint), scene.at + 1))


async def assigned_as_it_was_not_shown(scene: Scene):
    await complained_of_each(scene)
    yield
    yield await scene.run(lambda tx: handling.assign(tx, 1, 2, "another", scene.at + 1))


async def a_note_added(scene: Scene):
    await complained_of_each(scene)
    yield
    for _ in range(2):
        yield await scene.run(
            lambda tx: handling.add_note(tx, scene.vault, 1, ("note-1", "已致电"), CLERK, scene.at + 1)
        )


async def answered(scene: Scene):
    await complained_of_each(scene)
    yield
    yield await answer(scene)
    yield await answer(scene)


async def answered_what_a_colleague_looks_after(scene: Scene):
    complaint = await complained_of_each(scene)
    await scene.run(lambda tx: handling.assign(tx, 1, 1, mark(complaint), scene.at + 1))
    yield
    yield await answer(scene)


async def closed(scene: Scene):
    await answered_of_each(scene)
    yield
    yield await close(scene)


async def closed_twice(scene: Scene):
    await closed_of_each(scene)
    yield
    yield await close(scene)


async def answered_at_wechat(scene: Scene):
    await complained_of_each(scene)
    await scene.set("complaints", 1, source="wechat")
    yield
    yield await answer(scene)


async def linked_with_a_refund(scene: Scene):
    await complained_of_each(scene)
    yield
    yield await scene.run(lambda tx: handling.link_refund(tx, 1, scene.order, 9, scene.at + 1))


async def linked_with_a_refund_of_another_order(scene: Scene):
    await complained_of_each(scene)
    yield
    yield await scene.run(lambda tx: handling.link_refund(tx, 1, scene.other.order, 9, scene.at + 1))


async def erased_with_its_user(scene: Scene):
    await answered_of_each(scene)
    await scene.run(lambda tx: photos.add(tx, scene.own.owner, "photo-1", ("p.bin", 1_000), scene.at))
    yield
    yield await scene.run(lambda tx: erasing.erase_of_user(tx, scene.own.owner, scene.at + 9))


async def forgotten(scene: Scene):
    await closed_of_each(scene)
    yield
    for before in (scene.at + 3, scene.at + 4):
        yield await scene.run(lambda tx, before=before: erasing.forget(tx, 1, before))


async def not_forgotten_while_open(scene: Scene):
    await answered_of_each(scene)
    yield
    for complaint_id in (1, 99):
        yield await scene.run(lambda tx, of=complaint_id: erasing.forget(tx, of, scene.at + 9))


async def a_complaint_as_it_is_read(scene: Scene):
    await answered_of_each(scene)
    yield
    async with scene.storage.reading() as reader:
        yield await reading.read(reader, [await complaint_of(scene), await complaint_of(scene, 2)])
    for complaint_id in (1, 2):
        complaint = await complaint_of(scene, complaint_id)
        due = deadlines.due_at(complaint)
        assert due is not None
        yield due, deadlines.is_overdue(complaint, due), deadlines.is_overdue(complaint, due + 1)


async def assigned_to_nobody_who_could(scene: Scene):
    complaint = await complained_of_each(scene)
    await scene.run(lambda tx: tx.administrators.add("会计", "hash-3", Role.ACCOUNTANT, scene.at))
    yield
    for admin_id in (99, 3):
        try:
            await scene.run(
                lambda tx, admin_id=admin_id: handling.assign(tx, 1, admin_id, mark(complaint), scene.at + 1)
            )
        except InvalidInput as refusal:
            yield refusal.message


async def complaints_of_two_as_they_are_read(scene: Scene):
    await scene.served()
    for place, each in enumerate(scene.households):
        await scene.run(
            lambda tx, each=each: photos.add(tx, each.owner, "photo-1", (f"{each.owner}.bin", 9), scene.at)
        )
        await complain(scene, place, photos=("photo-1",))
        note = (f"note-{place}", f"已致电{place}")
        await scene.run(
            lambda tx, place=place, note=note: handling.add_note(
                tx, scene.vault, place + 1, note, CLERK, scene.at
            )
        )
    yield
    async with scene.storage.reading() as reader:
        for whole in await reading.read(reader, [await complaint_of(scene, 2), await complaint_of(scene, 1)]):
            entries = [(each.complaint_id, each.action_id) for each in whole.entries]
            yield whole.complaint.id, entries, [(each.complaint_id, each.file) for each in whole.photos]


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
