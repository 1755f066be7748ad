"""What families see of an escort: portrait, introduction, years, the checked certificates, and how visits were rated.

An escort proposes; what waits is shown to nobody but the escort and the office. What the office approved is shown to
the family of an order that the escort has, and on the public page to everybody once the escort has agreed to that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from frozen_dataclasses import frozen
from orders.escorts.records import NO_RECORD
from orders.escorts.review import check_not_erased, is_erased
from refusals import Forbidden, Refused, Unknown
from storage import Reader, Transaction
from storage.models import Escort, EscortProfile, EscortState
from storage.views import EscortRecord

MAX_INTRODUCTION = 200
MAX_YEARS = 60


class NotAnEscort(Forbidden):
    """The office gives no orders to the caller (any more)."""

    message = "通过审核的陪诊员才能使用这里的功能"


class ProposalChanged(Refused):
    """What the escort proposed is not what the office has seen, or was decided already."""

    slug = "escort_proposal_changed"
    message = "没有保存：您打开页面以后，本人又改了资料，或者同事已经处理了。现在的内容见下，请核对后再决定"


@frozen()
class Proposal:
    """What an escort tells about themselves."""

    introduction: str
    years: int
    shown: bool
    """Agrees to be shown to everybody on the page of 陪诊员介绍."""
    remove_portrait: bool = False


@frozen()
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
    records = await reader.escort_records.of({escort.id})
    return ShownEscort(escort, await reader.escort_profiles.get(escort.id), records.get(escort.id, NO_RECORD))


async def public(reader: Reader) -> list[ShownEscort]:
    """Who agreed to be shown to everybody and is approved, who was shown longest first."""
    rows = await reader.escort_profiles.shown()
    records = await reader.escort_records.of({escort.id for escort, _ in rows})
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


async def own(reader: Reader, escort_id: int) -> EscortProfile:
    """What an escort has told; empty while that is nothing."""
    return await reader.escort_profiles.get(escort_id) or EscortProfile(
        escort_id, "", "", 0, None, None, "", "", 0, None
    )


def waits(profile: EscortProfile) -> bool:
    """Does the office have something to decide?"""
    return profile.proposed_at is not None


def basis_of_decision(profile: EscortProfile) -> dict[str, object]:
    """What the office decides about."""
    return {
        "portrait": profile.new_portrait_file,
        "introduction": profile.new_introduction,
        "years": profile.new_years,
        "proposed_at": profile.proposed_at,
    }


async def propose(tx: Transaction, escort_id: int, proposal: Proposal, at: int) -> list[str]:
    """The escort tells about themselves. Introduction and years wait for the office; to be shown or not, and to take
    the portrait away, is the escort's own decision and counts at once. The portraits that nobody refers to any more.
    Raises NotAnEscort."""
    profile = await _lock(tx, escort_id)
    unused = []
    if proposal.remove_portrait:
        unused = [profile.portrait_file, profile.new_portrait_file]
        profile = replace(profile, portrait_file="", new_portrait_file="")
    shown_at = (profile.shown_at or at) if proposal.shown else None
    profile = replace(profile, shown_at=shown_at)
    await tx.escort_profiles.save(_proposing(profile, proposal.introduction, proposal.years, at))
    return [file for file in unused if file]


async def propose_portrait(tx: Transaction, escort_id: int, file: str, at: int) -> list[str]:
    """A new portrait waits for the office; the ones that nobody refers to any more. Raises NotAnEscort."""
    profile = await _lock(tx, escort_id)
    unused = [profile.new_portrait_file] if profile.new_portrait_file else []
    introduction, years = profile.introduction, profile.years
    if waits(profile):
        introduction, years = profile.new_introduction, profile.new_years
    await tx.escort_profiles.save(
        _proposing(replace(profile, new_portrait_file=file), introduction, years, at)
    )
    return unused


def _proposing(profile: EscortProfile, introduction: str, years: int, at: int) -> EscortProfile:
    """The profile with what waits; nothing does when it says what is approved already."""
    if not profile.new_portrait_file and (introduction, years) == (profile.introduction, profile.years):
        return replace(profile, new_introduction="", new_years=0, proposed_at=None)
    return replace(profile, new_introduction=introduction, new_years=years, proposed_at=at)


async def decide(
    tx: Transaction,
    escort_id: int,
    *,
    approve: bool,
    changed: Callable[[Mapping[str, object]], set[str]],
) -> list[str]:
    """The office approves what the escort proposed, or rejects it: what was approved before stays then. ``changed``
    tells which parts of the ``basis_of_decision`` are not as the office has seen them. The portraits that nobody refers
    to any more. Raises Unknown, EscortErased, ProposalChanged."""
    escort = await tx.escorts.lock(escort_id)
    if escort is None:
        raise Unknown
    check_not_erased(escort)
    profile = await own(tx, escort_id)
    if not waits(profile) or changed(basis_of_decision(profile)):
        raise ProposalChanged
    unused = profile.portrait_file if approve and profile.new_portrait_file else ""
    if approve:
        decided = replace(
            profile,
            portrait_file=profile.new_portrait_file or profile.portrait_file,
            introduction=profile.new_introduction,
            years=profile.new_years,
        )
    else:
        decided, unused = profile, profile.new_portrait_file
    await tx.escort_profiles.save(
        replace(decided, new_portrait_file="", new_introduction="", new_years=0, proposed_at=None)
    )
    return [unused] if unused else []


async def set_verified(tx: Transaction, escort_id: int, verified_at: int | None) -> EscortProfile:
    """The office has checked the certificates (证件已核验), or takes that back; the profile of before. Raises Unknown,
    EscortErased."""
    escort = await tx.escorts.lock(escort_id)
    if escort is None:
        raise Unknown
    check_not_erased(escort)
    before = await own(tx, escort_id)
    await tx.escort_profiles.save(replace(before, verified_at=verified_at))
    return before


async def _lock(tx: Transaction, escort_id: int) -> EscortProfile:
    """The profile of an escort who may serve, under the escort's lock: nothing slips in behind an erasure."""
    escort = await tx.escorts.lock(escort_id)
    if escort is None or escort.state != EscortState.APPROVED or is_erased(escort):
        raise NotAnEscort
    return await own(tx, escort_id)
