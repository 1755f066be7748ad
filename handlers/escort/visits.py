"""What an escort presses at a job: steps, calls, and what goes wrong. Each carries an id that the phone has made, so
that it can be sent again until it has arrived."""

from __future__ import annotations

from typing import Any

from handlers.escort.base import EscortHandler
from handlers.operation import operation
from orders.visits import steps, troubles
from orders.visits.jobs import run_once
from orders.visits.steps import PressedStep, RecordedStep
from orders.visits.troubles import ReportedTrouble
from schemas.escort_visits import Action, NewStep, NewTrouble, StepReply
from schemas.user import Done
from storage.models import StepKind, TroubleKind


class PressHandler(EscortHandler):
    """Common to what is pressed."""

    async def press(self, pressed: PressedStep) -> RecordedStep:
        at, escort_id = self.now(), self.escort.id
        return await run_once(
            self.services.storage,
            lambda tx: steps.record(tx, self.services.vault, pressed, escort_id, at),
        )


class StepHandler(PressHandler):
    @operation(body=NewStep, reply=StepReply, auth="escort", errors=(404, 409))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Record a step. The same ``actionId`` again is the same step (``repeated``). ``done`` finishes the order. A
        note is kept with the user's consent only. 409 ``taken_off`` and ``visit_over`` are final: the phone drops the
        step."""
        latitude, longitude = given["latitude"], given["longitude"]
        recorded = await self.press(
            PressedStep(
                order_id=given["id"],
                action_id=given["action_id"],
                kind=StepKind(given["kind"]),
                node=given["node"],
                note=given["note"],
                place=None if latitude is None or longitude is None else (latitude, longitude),
                phone_at=given["phone_at"],
            )
        )
        return {
            "stepId": recorded.step_id,
            "repeated": recorded.repeated,
            "noteKept": recorded.note_kept,
        }


class CalledHandler(PressHandler):
    @operation(body=Action, reply=Done, auth="escort", errors=(404, 409))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """The customer was called: for the office, and before 客户没来 can be reported."""
        await self.press(
            PressedStep(given["id"], given["action_id"], StepKind.CALLED, phone_at=given["phone_at"])
        )
        return {}


class TroubleHandler(EscortHandler):
    @operation(body=NewTrouble, reply=Done, auth="escort", errors=(404, 409))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Tell the office what goes wrong; the order stays as it is until the office decides. 409 ``absent_too_early``
        says what has to be done before 客户没来."""
        at, escort_id = self.now(), self.escort.id
        reported = ReportedTrouble(
            given["id"], TroubleKind(given["kind"]), given["action_id"], given["note"], given["phone_at"]
        )
        wait = self.services.settings.visits.absent_wait_minutes
        await run_once(
            self.services.storage,
            lambda tx: troubles.report(tx, self.services.vault, reported, escort_id, at, wait),
        )
        return {}


routes = [
    (r"/escort/step/", StepHandler),
    (r"/escort/called/", CalledHandler),
    (r"/escort/trouble/", TroubleHandler),
]
