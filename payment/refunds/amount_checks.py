"""How much an administrator may decide to give back. Checked under the order's lock on every road on which money goes
back: an approved request, a refund, an order that ends.

A refund that is made again under a new number is no decision about an amount: that one was decided before.
"""

from __future__ import annotations

from frozen_dataclasses import frozen
from payment import problems
from payment.refunds.quotes import Quote
from storage.models import Ending, Refund, RefundKind

UNUSUAL_FACTOR = 5
"""An amount that is more than so many times another is far from it."""


@frozen()
class DecisionChecks:
    """What a decision that was made on a page is checked against.

    ``fingerprint``: of what the page showed (see ``fingerprints``); ``confirmed_fen``: the unusual amount that was
    confirmed explicitly; ``limit_fen``: the most that this administrator may decide alone, None for no limit.
    """

    fingerprint: str = ""
    confirmed_fen: int | None = None
    limit_fen: int | None = None


@frozen()
class Proposal:
    """What an amount is compared with: the one that was proposed, and the one that the policy gives by itself."""

    proposed_fen: int
    policy_fen: int
    may_be_nothing: bool = True
    """An order can end without any money going back; 仅退款 of nothing is none."""


def of_request(refund: Refund) -> Proposal:
    """A user's request: what was asked for. Only a cancellation has an amount by the policy."""
    if refund.kind == RefundKind.CANCEL:
        return Proposal(refund.amount_fen, refund.policy_fen)
    return Proposal(refund.amount_fen, 0, may_be_nothing=False)


def of_refund(offered: Quote) -> Proposal:
    """仅退款 by the office: by the rule, or where that gives nothing, everything that is left. Always a person's
    decision: the order goes on."""
    return Proposal(offered.amount_fen or offered.remaining_fen, 0, may_be_nothing=False)


def of_ending(ending: Ending, offered: Quote) -> Proposal:
    """An order that the office ends. The company's fault: everything; the customer's: by the rule."""
    if ending in (Ending.CANCELLED_BY_COMPANY, Ending.ESCORT_ABSENT):
        return Proposal(offered.remaining_fen, offered.remaining_fen)
    by_rule = 0 if ending == Ending.SERVED else offered.amount_fen
    return Proposal(by_rule, by_rule)


def of_renewal(refund: Refund) -> Proposal:
    """A refund that WeChat closed, made again: the same amount, decided before."""
    return Proposal(refund.amount_fen, refund.amount_fen)


def check_amount(amount_fen: int, proposal: Proposal, checks: DecisionChecks | None) -> None:
    """May this amount be given back? ``checks``: None where there was no page.

    A clerk overrides the policy up to the configured limit; what the policy gives is free. An amount far from the
    proposed one (3.88 for 388) is confirmed explicitly. Raises NothingToRefund, AboveClerkLimit, AmountUnusual.
    """
    if amount_fen < 1 and not proposal.may_be_nothing:
        raise problems.NothingToRefund
    if checks is None:
        return
    limit = checks.limit_fen
    if limit is not None and amount_fen > max(limit, proposal.policy_fen):
        raise problems.AboveClerkLimit(amount_fen, limit)
    if _far_apart(amount_fen, proposal.proposed_fen) and checks.confirmed_fen != amount_fen:
        raise problems.AmountUnusual(amount_fen, proposal.proposed_fen)


def _far_apart(amount_fen: int, proposed_fen: int) -> bool:
    """Is the one so much more than the other that it may be a slip of the finger? Something against nothing is, too."""
    return amount_fen * UNUSUAL_FACTOR < proposed_fen or amount_fen > proposed_fen * UNUSUAL_FACTOR
