"""What an escort tells families about themselves, and the checked certificates: the office looks at it first."""

from __future__ import annotations

import asyncio
from typing import Any

from catalog.picture_files import file_below
from handlers.admin.people.escorts import ESCORT, EscortPage
from handlers.admin.stale_forms import changed_since
from handlers.errors import by_status
from orders.escorts import profiles as escort_profiles
from orders.escorts.profiles import ProposalChanged
from storage import Transaction


class DecideProfileHandler(EscortPage):
    """Approve or reject what the page has shown: what an escort changes meanwhile is not approved unseen."""

    async def post(self, escort_id: str, act: str) -> None:
        self.back = f"runners/{int(escort_id)}/"
        shown = self.shown_fingerprint()

        async def work(tx: Transaction) -> list[str]:
            return await escort_profiles.decide(
                tx,
                int(escort_id),
                approve=act == "approve",
                changed=lambda now: changed_since(shown, now),
            )

        try:
            unused = await self.audited(f"escort.profile.{act}", ("escort", int(escort_id)), work)
        except ProposalChanged as error:
            self.set_status(409)
            await self.show(await self.find(escort_id), problem=error.message)
            return
        self.services.remove_portraits(unused)
        self.redirect_done(self.back, f"profile-{act}")


class VerifyHandler(EscortPage):
    """证件已核验: the office has checked the certificates, or takes that back."""

    async def post(self, escort_id: str, act: str) -> None:
        self.back = f"runners/{int(escort_id)}/"
        at = self.now() if act == "verify" else None

        async def work(tx: Transaction) -> Any:
            return await escort_profiles.set_verified(tx, int(escort_id), at)

        await self.audited(f"escort.{act}", ("escort", int(escort_id)), work)
        self.redirect_done(self.back, "saved")


class WaitingPortraitHandler(EscortPage):
    """The portrait that waits, for the office's eyes."""

    produces = "image/webp"

    async def get(self, escort_id: str) -> None:
        async with self.services.storage.reading() as reader:
            profile = await escort_profiles.own(reader, int(escort_id))
        name = profile.new_portrait_file
        file = file_below(self.services.folders.portraits, name) if name else None
        if file is None:
            raise by_status(404)
        self.set_header("Content-Type", "image/webp")
        self.finish(await asyncio.to_thread(file.read_bytes))


routes = [
    (rf"{ESCORT}/profile/(approve|reject)/", DecideProfileHandler),
    (rf"{ESCORT}/(verify|unverify)/", VerifyHandler),
    (rf"{ESCORT}/portrait/", WaitingPortraitHandler),
]
