"""A filter of orders as SQL: its conditions, and the index that delivers the rows in the order of the list."""

from __future__ import annotations

from typing import Any

from storage.filters import OrderFilter
from storage.models import SETTLED_ORDERS, EscortState, QualificationState

_ESCORT_OFF = (
    "(COALESCE((SELECT e.state FROM escorts e WHERE e.id = escort_id), '') <> :approved "
    "OR EXISTS (SELECT 1 FROM escort_qualifications q WHERE q.escort_id = orders.escort_id "
    "AND q.state = :valid AND q.expires_date <> '' AND q.expires_date < orders.visit_date))"
)
"""Not approved any more, or a document is over by the day of the visit. Asked of one order after the other: a join
would begin at the escorts, of whom most have no order to come."""

_UNANSWERED = (
    "EXISTS (SELECT 1 FROM reminders r WHERE r.order_id = orders.id AND r.kind = 'evening' "
    "AND r.cancelled_at IS NULL AND ((r.audience = 'user' AND orders.user_confirmed_at IS NULL) "
    "OR (r.audience = 'escort' AND orders.escort_confirmed_at IS NULL)))"
)

_RANK_INDEXES = {
    (False, False): "ix_orders_display_rank_id",
    (True, False): "ix_orders_hospital_id_display_rank_id",
    (False, True): "ix_orders_service_id_display_rank_id",
    (True, True): "ix_orders_hospital_id_service_id_display_rank_id",
}
"""By rank: (is a hospital given, is a service given)."""
_MADE_INDEXES = {
    (False, False): "ix_orders_created_at_id",
    (True, False): "ix_orders_hospital_id_created_at_id",
    (False, True): "ix_orders_service_id_created_at_id",
    (True, True): "ix_orders_hospital_id_service_id_created_at_id",
}
"""By the moment at which orders were made."""
_VISIT_INDEXES = {
    (False, False): "ix_orders_visit_date_id",
    (True, False): "ix_orders_hospital_id_visit_date_id",
    (False, True): "ix_orders_service_id_visit_date_id",
    (True, True): "ix_orders_hospital_id_service_id_visit_date_id",
}
"""By the day of the visit."""


def filter_conditions(wanted: OrderFilter) -> tuple[list[str], dict[str, Any]]:
    """Everything but the search and what the orders wait for, as SQL and its parameters."""
    pairs: list[tuple[str, str, Any]] = [
        ("state", "state = :state", wanted.state),
        ("first_date", "visit_date >= :first_date", wanted.first_date),
        ("last_date", "visit_date <= :last_date", wanted.last_date),
        ("made_from", "created_at >= :made_from", wanted.made_from),
        ("made_before", "created_at < :made_before", wanted.made_before),
        ("user_id", "user_id = :user_id", wanted.user_id),
        ("escort_id", "escort_id = :escort_id", wanted.escort_id),
    ]
    where = [sql for _, sql, value in pairs if value]
    values = {name: value for name, _, value in pairs if value}
    if wanted.unassigned:
        where.append("escort_id IS NULL")
    if wanted.overdue_before:
        where += ["state IN ('paid', 'serving')", "visit_date < :overdue_before"]
        values["overdue_before"] = wanted.overdue_before
    if wanted.escort_off_from:
        where += ["state = 'serving'", "visit_date >= :escort_off_from", _ESCORT_OFF]
        values |= {
            "escort_off_from": wanted.escort_off_from,
            "approved": EscortState.APPROVED,
            "valid": QualificationState.APPROVED,
        }
    if wanted.low_rated:
        where += ["low_rating_open = 1", "state NOT IN ('paid', 'serving', 'refunding')"]
    if wanted.unanswered:
        where += ["started_at IS NULL", _UNANSWERED]
    for name in ("hospital_id", "service_id"):
        if (value := getattr(wanted, name)) is not None:
            where.append(f"{name} = :{name}")
            values[name] = value
    return where, values


def rank_index(wanted: OrderFilter) -> str:
    """The index for a list by rank."""
    return _RANK_INDEXES[_places(wanted)]


def day_index(wanted: OrderFilter) -> str:
    """The index for a list by day.

    Most orders are settled and most others are of the last days: only an unsettled state narrows a list much.
    """
    if wanted.low_rated:
        return "ix_orders_low_rating_open_visit_date_id"
    places = _places(wanted)
    return _made_index(wanted, places) if wanted.by_made else _visit_index(wanted, places)


def _places(wanted: OrderFilter) -> tuple[bool, bool]:
    return wanted.hospital_id is not None, wanted.service_id is not None


def _made_index(wanted: OrderFilter, places: tuple[bool, bool]) -> str:
    if wanted.escort_id:
        return "ix_orders_escort_id_created_at_id"
    if wanted.state and (wanted.state not in SETTLED_ORDERS or not any(places)):
        return "ix_orders_state_created_at_id"
    return _MADE_INDEXES[places]


def _visit_index(wanted: OrderFilter, places: tuple[bool, bool]) -> str:
    if wanted.escort_id or (wanted.unassigned and (wanted.state or not any(places))):
        if wanted.state:
            return "ix_orders_escort_id_state_visit_date_id"
        return "ix_orders_escort_id_visit_date_id"
    if wanted.state and (not any(places) or wanted.state not in SETTLED_ORDERS):
        return "ix_orders_state_visit_date_id"
    return _VISIT_INDEXES[places]
