"""What the report of a visit, questions about it and the end of its record change."""

from __future__ import annotations

from clock import HOUR
from orders.visits import (
    confirming,
    reading,
    records,
    reports,
)
from orders.visits.reports import Author, Entry
from storage.models import StepKind, TroubleKind
from tests.orders.acts import Act
from tests.orders.scene import Scene
from tests.orders.visits import (
    BEGIN,
    ask,
    photo,
    press,
    save,
    sent_reports,
    trouble,
    visit_of_each,
)


async def a_first_draft(scene: Scene):
    visit = await visit_of_each(scene)
    yield
    yield await save(visit, {"summary": "顺利"})
    yield await save(visit.later(1), {"summary": "顺利"})


async def a_second_draft(scene: Scene):
    visit = await visit_of_each(scene)
    await save(visit, {"summary": "顺利"})
    await save(visit, {"summary": "顺利"}, 0, 1)
    yield
    yield await save(visit.later(1), {"summary": "很顺利"}, 1)


async def a_draft_of_an_older_version(scene: Scene):
    visit = await visit_of_each(scene)
    await save(visit, {"summary": "顺利"})
    await save(visit, {"summary": "很顺利"}, 1)
    yield
    yield await save(visit.later(1), {"summary": "不顺利"}, 1)


async def a_draft_after_it_was_sent(scene: Scene):
    visit = await sent_reports(scene)
    yield
    yield await save(visit, {"summary": "不顺利"}, 1)


async def sent(scene: Scene):
    visit = await visit_of_each(scene)
    await save(visit, {"summary": "顺利"})
    yield
    for at in (visit.at, visit.at + 1):
        yield await scene.run(
            lambda tx, at=at: reports.send(tx, scene.vault, scene.order, scene.escorts[0], 1, at)
        )


async def sent_as_another_version(scene: Scene):
    visit = await visit_of_each(scene)
    await save(visit, {"summary": "顺利"})
    yield
    yield await scene.run(
        lambda tx: reports.send(tx, scene.vault, scene.order, scene.escorts[0], 2, visit.at)
    )


async def sent_empty(scene: Scene):
    visit = await visit_of_each(scene)
    await save(visit, {"summary": "", "outlays": [{"what": ""}]})
    yield
    yield await scene.run(
        lambda tx: reports.send(tx, scene.vault, scene.order, scene.escorts[0], 1, visit.at)
    )


async def asked(scene: Scene):
    visit = await sent_reports(scene)
    yield
    yield await ask(visit)
    yield await ask(visit.later(1))


async def asked_before_it_was_sent(scene: Scene):
    visit = await visit_of_each(scene)
    await save(visit, {"summary": "顺利"})
    yield
    yield await ask(visit)


async def the_last_question_and_one_more(scene: Scene):
    visit = await sent_reports(scene)
    for number in range(reports.MAX_OPEN_QUESTIONS - 1):
        await ask(visit, f"ask-{number}")
    yield
    yield await ask(visit, "the last one")
    try:
        await ask(visit, "one more")
    except reports.TooManyQuestions as refusal:
        yield refusal.message


async def answered_by_the_escort(scene: Scene):
    visit = await sent_reports(scene)
    question = await ask(visit)
    await ask(visit, "ask-2")
    entry = Entry(Author("escort", scene.escorts[0]), "answer-1", "饭后")
    yield
    yield await scene.run(
        lambda tx: reports.answer_as_escort(tx, scene.vault, scene.order, question, entry, visit.at + 1)
    )


async def answered_by_the_office(scene: Scene):
    visit = await sent_reports(scene)
    question = await ask(visit)
    entry = Entry(Author("admin", 2), "answer-1", "饭后")
    yield
    yield await scene.run(
        lambda tx: reports.answer_as_office(tx, scene.vault, scene.order, question, entry, visit.at + 1)
    )


async def answered_for_another_order(scene: Scene):
    visit = await sent_reports(scene)
    question = await ask(visit)
    entry = Entry(Author("admin", 2), "answer-1", "饭后")
    yield
    yield await scene.run(
        lambda tx: reports.answer_as_office(tx, scene.vault, scene.other.order, question, entry, visit.at)
    )


async def added_to_the_report(scene: Scene):
    visit = await sent_reports(scene)
    entry = Entry(Author("escort", scene.escorts[0]), "add-1", "下次空腹")
    yield
    yield await scene.run(lambda tx: reports.add(tx, scene.vault, scene.order, entry, visit.at))


async def confirmed_by_the_user(scene: Scene):
    visit = await sent_reports(scene)
    order = await scene.read()
    yield
    yield await scene.run(lambda tx: reports.confirm(tx, order, visit.at))
    yield await scene.run(lambda tx: reports.confirm(tx, order, visit.at + 1))


async def confirmed_by_time(scene: Scene):
    visit = await sent_reports(scene)
    order = await scene.read(scene.other.order)
    await scene.run(lambda tx: reports.confirm(tx, order, visit.at))
    yield
    yield await confirming.confirm_due(scene.storage, lambda: BEGIN + 24 * HOUR, 24, "a process")


async def not_confirmed_a_moment_before(scene: Scene):
    await sent_reports(scene)
    yield
    yield await confirming.confirm_due(scene.storage, lambda: BEGIN + 24 * HOUR - 1, 24, "a process")


async def _recorded(scene: Scene) -> Scene:
    visit = await sent_reports(scene)
    for place in (0, 1):
        await press(visit, StepKind.MET, place, note="血压偏高", place=(34.2, 108.9))
        await photo(visit, f"met-{place}", f"photo-{place}", place)
        await trouble(visit, TroubleKind.LATE, place, note="堵车")
    await ask(visit)
    return visit.later(10)


async def erased(scene: Scene):
    await _recorded(scene)
    yield
    yield await scene.run(lambda tx: records.erase(tx, scene.order))


async def erased_of_a_user(scene: Scene):
    await _recorded(scene)
    yield
    yield await scene.run(lambda tx: records.erase_of_user(tx, scene.own.owner))


async def a_visit_as_it_is_read(scene: Scene):
    await _recorded(scene)
    order = await scene.read()
    yield
    async with scene.storage.reading() as reader:
        yield await reading.read(reader, order)


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
