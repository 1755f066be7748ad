"""What families see of an escort: portrait, introduction, years, the checked certificates, and how visits were rated.

An escort proposes; what waits is shown to nobody but the escort and the office. What the office approved is shown to
the family of an order that the escort has, and on the public page to everybody once the escort has agreed to that.
"""

from __future__ import annotations

from dataclasses import dataclass

from refusals import Unknown
from storage import Reader
from storage.models import Escort, EscortProfile, EscortState
from storage.views import EscortRecord

NO_RECORD = EscortRecord(0, 0, 0)


@dataclass(frozen=True)
class ShownEscort:
    """An escort as families see them."""

    escort: Escort
    profile: EscortProfile | None
    """What the office has approved; None: nothing yet."""
    record: EscortRecord


async def may_be_asked_for(reader: Reader, escort_id: int, user_id: int) -> bool:
    """May the user ask for this escort: one who is approved and agreed to be shown, or who served the user before?"""
    escort = await reader.escorts.get(escort_id)
    if escort is None or escort.state != EscortState.APPROVED:
        return False
    profile = await reader.escort_profiles.get(escort_id)
    if profile is not None and profile.shown_at is not None:
        return True
    return await reader.escort_profiles.has_served(escort_id, user_id)


async def shown(reader: Reader, escort: Escort) -> ShownEscort:
    """What the family of an order sees of its escort."""
    records = await reader.escort_profiles.records({escort.id})
    return ShownEscort(escort, await reader.escort_profiles.get(escort.id), records.get(escort.id, NO_RECORD))


async def public(reader: Reader) -> list[ShownEscort]:
    """Who agreed to be shown to everybody and is approved, who was shown longest first."""
    rows = await reader.escort_profiles.shown()
    records = await reader.escort_profiles.records({escort.id for escort, _ in rows})
    return [ShownEscort(escort, profile, records.get(escort.id, NO_RECORD)) for escort, profile in rows]


async def public_one(reader: Reader, escort_id: int) -> ShownEscort:
    """One of them. Raises Unknown."""
    escort = await reader.escorts.get(escort_id)
    if escort is None or escort.state != EscortState.APPROVED:
        raise Unknown
    found = await shown(reader, escort)
    if found.profile is None or found.profile.shown_at is None:
        raise Unknown
    return found
