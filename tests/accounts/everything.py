"""Whatever a visit leaves of two households."""

from __future__ import annotations

from clock import HOUR
from orders import serving
from orders.sharing import member_links
from orders.sharing.member_links import Shared
from orders.supplements import proposing
from orders.supplements.proposing import Receipt, SupplementLimits, Wanted
from storage.models import MemberRole, MemberScope, StepKind, SupplementKind, TroubleKind
from storage.writes import NewRating
from tests.orders.scene import ADMIN, Scene
from tests.orders.visits import ask, photo, press, sent_reports, trouble

LIMITS = SupplementLimits(max_fen=50_000, days=30)


async def everything_of_each(scene: Scene) -> None:
    """Whatever a visit leaves, of both households."""
    visit = await sent_reports(scene)
    for place, each in enumerate(scene.households):
        await press(visit, StepKind.MET, place, note="血压偏高", place=(34.2, 108.9))
        await photo(visit, f"met-{place}", f"photo-{place}", place)
        await trouble(visit, TroubleKind.LATE, place, note="堵车")
        wanted = Wanted(each.order, SupplementKind.OUTLAY, 3_850, "代付挂号费", f"propose-{place}")
        escort = scene.escorts[place]
        await scene.run(
            lambda tx, wanted=wanted, escort=escort: proposing.propose(tx, wanted, escort, LIMITS, visit.at)
        )
        receipt = Receipt(each.order, f"propose-{place}")
        await scene.run(
            lambda tx, receipt=receipt, escort=escort: proposing.add_receipt(
                tx, receipt, f"receipt-{escort}.jpg", escort, visit.at
            )
        )
        shared = Shared(MemberScope.ORDER, each.order)
        await scene.run(
            lambda tx, each=each, shared=shared: member_links.create(
                tx, each.owner, shared, MemberRole.FAMILY, visit.at, 72
            )
        )
    await ask(visit)
    for each in scene.households:
        await scene.run(lambda tx, each=each: serving.finish(tx, each.order, ADMIN, visit.at + HOUR))
        order = await scene.read(each.order)
        await scene.run(
            lambda tx, order=order: serving.rate(tx, order, NewRating(2, "来晚了", "late"), visit.at + HOUR)
        )
