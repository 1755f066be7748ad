"""An escort with a phone, and the order they work for."""

from __future__ import annotations

from dataclasses import dataclass

from clock import now_ms
from config.visit_settings import VisitSettings
from orders.escorts import invitations
from tests.browser.clients import Administrator, ApiUser
from tests.browser.phone import Phone

PLACE = {"campus": "东院区", "meetingPoint": "门诊楼一层大厅", "contactPhone": "13900001111"}
JOB = "packages/escort/job/job"


@dataclass
class Work:
    """An escort with a phone, and a paid order of another user."""

    phone: Phone
    escort: ApiUser
    escort_id: int
    owner: ApiUser
    order_id: int
    office: Administrator

    def invite(self, *more: int) -> None:
        office = invitations.Office(1, now_ms, VisitSettings())
        chosen = [self.escort_id, *more]
        self.office._do(
            lambda tx: invitations.offer(tx, self.order_id, chosen, invitations.Terms("am", 15_000), office)
        )

    def open_job(self) -> None:
        self.phone.open(f"{JOB}?id={self.order_id}")
        self.phone.until_loaded()

    def steps(self) -> list[str]:
        """What the server knows, oldest first."""
        return [step["title"] for step in self.owner.get("user/getVisit/", id=self.order_id)["steps"]]

    def consent(self) -> None:
        version = self.owner.get("user/getVisit/", id=self.order_id)["consent"]["version"]
        self.owner.post("user/giveVisitConsent/", version=version, agree="y")
