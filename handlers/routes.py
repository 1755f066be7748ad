"""The one list of all routes. Their patterns begin at the server's root; ``base_path`` comes in front."""

from __future__ import annotations

from handlers import admin, documents, escort
from handlers.api import (
    catalog,
    claims,
    confirmations,
    escorts,
    members,
    messages,
    moves,
    order_form,
    order_requests,
    orders,
    own_orders,
    phone_number,
    shown_escorts,
    supplements,
    visits,
)
from handlers.api.account import login, own_data, patients, pictures, profile
from handlers.api.after_sales import complaints, invoices, supplement_payments
from handlers.monitoring import client_errors, health, metrics
from handlers.route_paths import Route
from handlers.wechat import notifications, pushes


def all_routes() -> list[Route]:
    """(pattern, handler[, arguments]) of everything that the product answers."""
    return [
        *login.routes,
        *profile.routes,
        *patients.routes,
        *escorts.routes,
        *orders.routes,
        *order_requests.routes,
        *supplement_payments.routes,
        *moves.routes,
        *confirmations.routes,
        *order_form.routes,
        *own_orders.routes,
        *members.routes,
        *claims.routes,
        *phone_number.routes,
        *messages.routes,
        *own_data.routes,
        *visits.routes,
        *supplements.routes,
        *complaints.routes,
        *invoices.routes,
        *escort.routes,
        *shown_escorts.routes,
        *catalog.routes,
        *notifications.routes,
        *pushes.routes,
        *pictures.routes,
        *admin.routes,
        *documents.routes,
        *client_errors.routes,
        *health.routes,
        *metrics.routes,
    ]
