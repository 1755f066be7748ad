"""What giving, taking away, finishing, reopening and rating an order changes."""

from __future__ import annotations

from orders import ending, paying, serving, user_list
from orders.escort_pay import rules
from orders.serving import NewEscort
from storage.models import SYSTEM, Actor, Ending, OrderState, PayRuleKind, Takes
from storage.writes import NewPayRule, NewRating, OrderMove
from tests.orders.acts import Act
from tests.orders.scene import ADMIN, Scene


async def given_to_an_escort(scene: Scene):
    await scene.ordered()
    yield
    yield await scene.run(
        lambda tx: serving.assign(tx, scene.order, scene.escorts[0], "pm", scene.cause("离得近"))
    )


async def an_errand_given_beside_another(scene: Scene):
    await scene.served(takes=Takes.ERRAND)
    more = await scene.add_order(scene.own, takes=Takes.ERRAND)
    yield
    yield await scene.run(lambda tx: serving.assign(tx, more, scene.escorts[0], "am", scene.cause(), 2))


async def an_errand_too_many(scene: Scene):
    await scene.served(takes=Takes.ERRAND)
    more = await scene.add_order(scene.own, takes=Takes.ERRAND)
    yield
    yield await scene.run(lambda tx: serving.assign(tx, more, scene.escorts[0], "am", scene.cause(), 1))


async def given_for_a_whole_day(scene: Scene):
    await scene.ordered(visit_time="", takes=Takes.DAY)
    yield
    yield await scene.run(lambda tx: serving.assign(tx, scene.order, scene.escorts[0], "am", scene.cause()))


async def given_to_who_is_taken(scene: Scene):
    await scene.served()
    more = await scene.add_order(scene.own)
    yield
    yield await scene.run(lambda tx: serving.assign(tx, more, scene.escorts[1], "am", scene.cause()))


async def given_to_who_is_not_approved(scene: Scene):
    await scene.ordered()
    yield
    yield await scene.run(lambda tx: serving.assign(tx, scene.order, scene.escorts[3], "am", scene.cause()))


async def taken_off(scene: Scene):
    await scene.served()
    yield
    yield await scene.run(lambda tx: serving.unassign(tx, scene.order, ADMIN, scene.at, "陪诊员生病"))


async def given_to_another(scene: Scene):
    await scene.served()
    new = NewEscort(scene.escorts[2], str(scene.escorts[0]))
    yield
    yield await scene.run(lambda tx: serving.reassign(tx, scene.order, new, scene.cause("换人")))


async def finished_without_a_rule_of_pay(scene: Scene):
    await scene.served()
    yield
    yield await scene.run(lambda tx: serving.finish(tx, scene.order, ADMIN, scene.at))


async def _with_rule(scene: Scene) -> None:
    rule = NewPayRule(0, 0, PayRuleKind.PERCENT, 3_333, "2026-01-01")
    await scene.run(lambda tx: rules.add_rule(tx, rule, 1, scene.at))


async def finished_under_a_rule_of_pay(scene: Scene):
    await scene.served()
    await _with_rule(scene)
    yield
    yield await scene.run(
        lambda tx: serving.finish(tx, scene.order, Actor("escort", scene.escorts[0]), scene.at)
    )


async def reopened_for_its_escort(scene: Scene):
    await scene.served(half="pm", visit_time="")
    await _with_rule(scene)
    for each in scene.households:
        await scene.run(lambda tx, each=each: serving.finish(tx, each.order, ADMIN, scene.at))
    yield
    yield await scene.run(lambda tx: serving.reopen(tx, scene.order, ADMIN, scene.at + 1))


async def reopened_when_its_escort_is_suspended(scene: Scene):
    await scene.finished()
    await scene.set("escorts", scene.escorts[0], state="suspended")
    yield
    yield await scene.run(lambda tx: serving.reopen(tx, scene.order, ADMIN, scene.at))


async def reopened_that_nobody_served(scene: Scene):
    await scene.ordered()
    await scene.run(lambda tx: serving.finish(tx, scene.order, ADMIN, scene.at))
    yield
    yield await scene.run(lambda tx: serving.reopen(tx, scene.order, ADMIN, scene.at + 1))


async def reopened_when_its_escort_is_taken(scene: Scene):
    await scene.finished()
    more = await scene.add_order(scene.other)
    await scene.run(lambda tx: serving.assign(tx, more, scene.escorts[0], "am", scene.cause()))
    yield
    yield await scene.run(lambda tx: serving.reopen(tx, scene.order, ADMIN, scene.at))


async def rated_low(scene: Scene):
    await scene.finished()
    order = await scene.read()
    yield
    yield await scene.run(lambda tx: serving.rate(tx, order, NewRating(3, "来晚了", "late"), scene.at))


async def rated_high(scene: Scene):
    await scene.finished()
    order = await scene.read()
    yield
    yield await scene.run(lambda tx: serving.rate(tx, order, NewRating(4, "很好"), scene.at))


async def _rated(scene: Scene) -> None:
    await scene.finished()
    for each in scene.households:
        order = await scene.read(each.order)
        await scene.run(lambda tx, order=order: serving.rate(tx, order, NewRating(1, "差"), scene.at - 1))


async def a_low_rating_followed_up(scene: Scene):
    await _rated(scene)
    order = await scene.read()
    yield
    yield await scene.run(lambda tx: serving.follow_up_low_rating(tx, order, scene.at))


async def a_rating_answered(scene: Scene):
    await _rated(scene)
    order = await scene.read()
    yield
    yield await scene.run(lambda tx: serving.answer_rating(tx, order, "抱歉", scene.at))


async def an_answer_to_a_rating_taken_back(scene: Scene):
    await _rated(scene)
    for each in scene.households:
        order = await scene.read(each.order)
        await scene.run(lambda tx, order=order: serving.answer_rating(tx, order, "抱歉", scene.at))
    yield
    order = await scene.read()
    yield await scene.run(lambda tx: serving.answer_rating(tx, order, "", scene.at + 1))


async def answered_what_nobody_rated(scene: Scene):
    await scene.finished()
    order = await scene.read()
    yield
    yield await scene.run(lambda tx: serving.answer_rating(tx, order, "抱歉", scene.at))


async def paid(scene: Scene):
    await scene.ordered(OrderState.UNPAID)
    order = await scene.read()
    yield
    yield await scene.run(
        lambda tx: paying.pay(tx, order, 77, 19_800, scene.at - 5_000, scene.cause("", Actor("wechat")))
    )


async def _refunding(scene: Scene) -> None:
    await scene.served()
    for each in scene.households:
        move = OrderMove(state_before_refund=OrderState.SERVING)
        await scene.run(
            lambda tx, each=each, move=move: tx.orders.move(
                each.order, OrderState.SERVING, OrderState.REFUNDING, scene.cause(), move
            )
        )
    await scene.set("orders", scene.order, overbooked_open=1)


async def ended_unserved(scene: Scene):
    await _refunding(scene)
    order = await scene.read()
    yield
    yield await scene.run(
        lambda tx: ending.end_unserved(tx, order, Ending.CUSTOMER_ABSENT, scene.cause("客户没来"))
    )


async def ended_with_all_paid_back(scene: Scene):
    await _refunding(scene)
    order = await scene.read()
    yield
    yield await scene.run(
        lambda tx: ending.end_with_full_refund(tx, order, Ending.CANCELLED_BY_COMPANY, scene.at)
    )


async def ended_once_more(scene: Scene):
    await _refunding(scene)
    await scene.set("orders", scene.order, ending=Ending.CANCELLED_BY_COMPANY)
    order = await scene.read()
    yield
    yield await scene.run(lambda tx: ending.end_visit(tx, order, scene.at))


async def taken_off_the_list(scene: Scene):
    await scene.ordered()
    for each in scene.households:
        await scene.set("orders", each.order, state="cancelled")
    order = await scene.read()
    yield
    yield await scene.run(lambda tx: user_list.remove(tx, order, scene.at))
    yield await scene.run(lambda tx: user_list.remove(tx, order, scene.at + 1))


async def taken_off_the_list_while_it_goes_on(scene: Scene):
    await scene.ordered()
    order = await scene.read()
    yield
    yield await scene.run(lambda tx: user_list.remove(tx, order, scene.at))


async def finished_by_itself(scene: Scene):
    """A finish closes what waited: an invitation, a request to move, trouble, a day that was full."""
    await scene.served()
    await scene.set("orders", scene.order, overbooked_open=1)
    yield
    yield await scene.run(lambda tx: serving.finish(tx, scene.order, SYSTEM, scene.at))


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
