"""The administrators' side: pages that a browser shows, and the kept endpoints of the old ones."""

from __future__ import annotations

from typing import Any

from handlers.admin import assets, legacy_api
from handlers.admin.accounts import login, me, staff
from handlers.admin.after_sales import complaints, invoices, wechat_complaints
from handlers.admin.books import exports, month, month_files, reports
from handlers.admin.catalog import entry, experts_import, lists, ordering, prices, workbook
from handlers.admin.desk import agenda, board, calling, last_change, news, next_order, proposals
from handlers.admin.money import cases, payments, reconciliation, refunds, supplement_refunds
from handlers.admin.offline import cash_pages, receiving, refunding
from handlers.admin.orders import (
    actions,
    blocked_days,
    calendar,
    change_actions,
    export,
    inviting,
    listing,
    money_actions,
    page,
    plan,
    several,
    visits,
)
from handlers.admin.overview import alarms, audit_log, dashboard, pushes
from handlers.admin.pay import escort as escort_pay
from handlers.admin.pay import exports as pay_exports
from handlers.admin.pay import month as pay_month
from handlers.admin.pay import order as order_pay
from handlers.admin.pay import rules as pay_rules
from handlers.admin.pay import statements as pay_statements
from handlers.admin.pay import transfers as pay_transfers
from handlers.admin.people import (
    content,
    customers,
    escort_profiles,
    escorts,
    leaves,
    memberships,
    qualifications,
    users,
)
from handlers.admin.phone import claiming, discarding, entering, reminding
from handlers.admin.shipping import acts as shipping
from handlers.admin.supplements import acts as supplements

MODULES = (
    login,
    dashboard,
    legacy_api,
    board,
    proposals,
    agenda,
    calling,
    last_change,
    news,
    next_order,
    export,
    listing,
    page,
    actions,
    change_actions,
    blocked_days,
    inviting,
    several,
    plan,
    visits,
    supplements,
    money_actions,
    shipping,
    escort_profiles,
    qualifications,
    escorts,
    leaves,
    calendar,
    pay_month,
    pay_rules,
    pay_statements,
    pay_transfers,
    pay_exports,
    escort_pay,
    order_pay,
    payments,
    refunds,
    supplement_refunds,
    refunding,
    cash_pages,
    entering,
    claiming,
    discarding,
    reminding,
    receiving,
    cases,
    reconciliation,
    complaints,
    wechat_complaints,
    invoices,
    month,
    month_files,
    reports,
    exports,
    prices,
    workbook,
    experts_import,
    lists,
    ordering,
    entry,
    customers,
    content,
    users,
    memberships,
    me,
    staff,
    audit_log,
    alarms,
    pushes,
    assets,
)
routes: list[tuple[Any, ...]] = [route for module in MODULES for route in module.routes]
