"""Every act of the administrators' side: which route does it, what it needs, and what the log says of it."""

from __future__ import annotations

from typing import Any

from tests.admin.account_preparations import (
    ENTRIES,
    app_with_a_code,
    clerk,
    disabled_clerk,
    disabled_user,
    entry,
    myself,
    new_colleague,
    new_entry,
    owning_clerk,
    second_device,
    second_factor,
    table_of_experts,
    user,
    visitor,
)
from tests.admin.act import Act as Act
from tests.admin.act_preparations import (
    OTHER,
    alarm,
    assigned,
    assigned_and_another_escort,
    blocked_day,
    case,
    day_before,
    day_to_block,
    decision,
    escort,
    escort_on_leave,
    escort_who_phones,
    finished_in_the_fields,
    invited,
    nothing,
    order,
    order_and_escort,
    order_in_the_fields,
    order_of_a_patient,
    order_to_change,
    order_to_move,
    order_to_refund,
    order_with_a_contact,
    overbooked,
    plan_of_tomorrow,
    proposal,
    push_given_up,
    rated_low,
    recorded_visit,
    refund,
    shared_order,
    ticked_order,
)
from tests.admin.acts_about_books import month_that_is_over, price_to_come, price_to_enter, workbook_to_import
from tests.admin.acts_about_cash import (
    cash_of_today,
    order_in_cash,
    order_to_correct,
    order_to_receive,
    refund_by_hand,
)
from tests.admin.acts_about_pay import PAY
from tests.admin.acts_about_people import PEOPLE
from tests.admin.acts_after_sales import NUMBER, about_complaint, about_invoice
from tests.admin.acts_at_the_desk import (
    order_of_a_patient_to_call,
    picked_order,
    proposed_order,
    ticked_to_export,
)
from tests.admin.acts_by_phone import (
    caller,
    phone_order,
    phone_order_with_a_code,
    phone_order_with_a_link,
)
from tests.admin.clients import PASSWORD
from tests.admin.supplements import order_that_takes_one, paid_supplement, proposed_supplement

ANOTHER_PASSWORD = {"old": PASSWORD, "password": OTHER, "again": OTHER}


def catalog() -> list[Act]:
    acts = []
    for table, fields in ENTRIES.items():
        changed = {"title": "改过了"} if "title" in fields else {"name": "改过了"}
        for path, name, ready, more in (
            ("new", "create", new_entry(table), {}),
            ("{id}", "change", entry(table), changed),
            ("order", "order", entry(table, about=""), {"position-1": "77", "was-1": "10"}),
            ("{id}/archive", "archive", entry(table), {}),
            ("{id}/restore", "restore", entry(table, archived=True), {}),
        ):
            acts.append(
                Act(f"catalog/{table}/{path}/", f"catalog.{table}.{name}", table, ready, more, alone=False)
            )
    return acts


def after_sales() -> list[Act]:
    complaints: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("reveal", "reveal", {}),
        ("assign", "assign", {"admin_id": 1}),
        ("note", "note", {"text": "已电话核实"}),
        ("answer", "answer", {"text": "非常抱歉"}),
        ("close", "close", {"text": "已退一半"}),
    )
    invoices = (
        ("reveal", "reveal.email", about_invoice()),
        ("file", "reveal.file", about_invoice("issued")),
        ("issue", "issue", about_invoice(file=True, number=NUMBER)),
        ("replace", "replace", about_invoice("issued", file=True, number=NUMBER)),
        ("reject", "reject", about_invoice(note="税号不对")),
        ("demand-reversal", "demand_reversal", about_invoice("issued", note="抬头写错")),
        ("reverse", "reverse", about_invoice("to_reverse", number=NUMBER)),
    )
    return [
        *(
            Act(f"complaints/{{id}}/{path}/", f"complaint.{name}", "complaint", about_complaint(**fields))
            for path, name, fields in complaints
        ),
        *(
            Act(f"invoices/{{id}}/{path}/", f"invoice.{name}", "invoice", ready)
            for path, name, ready in invoices
        ),
    ]


ACTS = [
    Act("login/", "login", "administrator", visitor),
    Act("logout/", "logout", "administrator", myself),
    Act("orders/{id}/assign/", "order.assign", "order", order_and_escort),
    Act("orders/{id}/unassign/", "order.unassign", "order", assigned, {"reason": "换人"}),
    Act("orders/{id}/invite/", "order.invite", "order", order_and_escort, {"everybody": "y", "pay": "80"}),
    Act("orders/{id}/invitations/{id}/withdraw/", "order.withdraw_invitation", "order", invited),
    Act("orders/{id}/reassign/", "order.reassign", "order", assigned_and_another_escort),
    Act("orders/several/", "order.assign", "order", ticked_order, {"do": "assign", "half": "am"}),
    Act("orders/several/notes/", "order.notes", "order", ticked_order, {"note": "已电话确认"}),
    Act("orders/export/ticked/", "order.export", "order", ticked_to_export),
    Act("orders/{id}/call/patient/", "order.call.patient", "order", order_of_a_patient_to_call),
    Act("orders/{id}/call/escort/", "order.call.escort", "order", assigned),
    Act("desk/", "order.assign", "order", picked_order),
    Act("desk/commit/", "order.assign", "order", proposed_order),
    Act("runners/plan/reveal/", "plan.reveal", "plan", plan_of_tomorrow),
    Act("orders/{id}/finish/", "order.finish", "order", order()),
    Act("orders/{id}/reopen/", "order.reopen", "order", order("finished")),
    Act("orders/{id}/notes/", "order.notes", "order", order(), {"notes": "早到", "version": 0}),
    Act("orders/{id}/supplements/", "supplement.make", "order", order_that_takes_one),
    Act(
        "orders/{id}/supplements/{id}/open/",
        "supplement.open",
        "order",
        proposed_supplement,
        {"amount": "38.50"},
    ),
    Act(
        "orders/{id}/supplements/{id}/withdraw/",
        "supplement.withdraw",
        "order",
        proposed_supplement,
        {"note": "已减免"},
    ),
    Act("orders/{id}/rating/", "order.rating", "order", rated_low),
    Act("orders/{id}/visit/", "order.reveal.record", "order", recorded_visit, {"what": "record"}),
    Act("orders/{id}/visit/", "order.reveal.photos", "order", recorded_visit, {"what": "photos"}),
    Act(
        "orders/{id}/troubles/{id}/close/",
        "order.trouble",
        "order",
        recorded_visit,
        {"resolution": "已联系", "then": "keep"},
    ),
    Act(
        "orders/{id}/questions/{id}/answer/",
        "order.answer",
        "order",
        recorded_visit,
        {"text": "饭后", "action_id": "answer-of-the-office"},
    ),
    Act("orders/{id}/change/", "order.change", "order", order_to_change),
    Act("orders/{id}/move/", "order.move.accept", "order", order_to_move, {"decision": "accept"}),
    Act(
        "orders/{id}/move/",
        "order.move.refuse",
        "order",
        order_to_move,
        {"decision": "refuse", "note": "那天没有人"},
    ),
    Act("orders/{id}/overbooked/", "order.overbooked", "order", overbooked),
    Act("days/", "day.block", "day", day_to_block),
    Act("days/{id}/open/", "day.open", "day", blocked_day),
    Act("orders/{id}/answer/", "order.rating_answer", "order", rated_low, {"answer": "谢谢，我们会改进"}),
    Act("orders/{id}/reveal/contact/", "order.reveal.contact_phone", "order", order_with_a_contact),
    Act("orders/{id}/reveal/", "patient.reveal.phone", "patient", order_of_a_patient, {"what": "phone"}),
    Act(
        "orders/{id}/reveal/",
        "patient.reveal.id_number",
        "patient",
        order_of_a_patient,
        {"what": "id_number"},
    ),
    Act(
        "orders/{id}/refund/",
        "refund.start",
        "refund",
        order_to_refund,
        {"amount": "588", "reason": "x"},
        False,
    ),
    Act(
        "orders/{id}/cancel/",
        "order.cancel",
        "order",
        order_to_refund,
        {"ending": "cancelled_by_company", "amount": "588", "reason": "x"},
        False,
    ),
    Act("orders/{id}/ask/", "order.ask", "order", order("unpaid")),
    Act("orders/edit/finishState/", "order.finish", "order", order_in_the_fields, {"status": "已完成"}),
    Act("orders/edit/finishState/", "order.reopen", "order", finished_in_the_fields, {"status": "已付款"}),
    Act("orders/edit/notes/", "order.notes", "order", order_in_the_fields, {"notes": "早到"}),
    Act("orders/export/", "order.export", "order", nothing, method="GET"),
    Act("runners/{id}/approve/", "escort.approve", "escort", decision("approve")),
    Act("runners/{id}/reject/", "escort.reject", "escort", decision("reject")),
    Act("runners/{id}/suspend/", "escort.suspend", "escort", decision("suspend", "approved")),
    Act("runners/{id}/profile/approve/", "escort.profile.approve", "escort", proposal("approve")),
    Act("runners/{id}/profile/reject/", "escort.profile.reject", "escort", proposal("reject")),
    Act("runners/{id}/verify/", "escort.verify", "escort", escort()),
    Act("runners/{id}/unverify/", "escort.unverify", "escort", escort()),
    Act("runners/{id}/leave/take/", "escort.leave.take", "escort", escort_who_phones),
    Act("runners/{id}/leave/give-back/", "escort.leave.give_back", "escort", escort_on_leave),
    Act("runners/{id}/remark/", "escort.remark", "escort", escort(), {"status": "可靠"}),
    Act("runners/{id}/reveal/", "escort.reveal.phone", "escort", escort()),
    Act("runners/edit/{id}/", "escort.remark", "escort", escort(), {"status": "可靠"}),
    Act("refunds/{id}/approve/", "refund.approve", "refund", refund(), {"amount": "588"}, False),
    Act("refunds/{id}/reject/", "refund.reject", "refund", refund(), {"note": "晚了"}, False),
    Act("refunds/{id}/renew/", "refund.renew", "refund", refund("closed"), {}, False),
    Act("refunds/{id}/retry/", "refund.retry", "refund", refund("processing"), {}, False),
    Act("refunds/{id}/withdraw/", "refund.withdraw", "refund", refund("approved"), {}, False),
    Act("orders/new/", "order.phone", "order", caller),
    Act("orders/{id}/claim/", "claim.create", "order", phone_order),
    Act("orders/{id}/claim/revoke/", "claim.revoke", "order", phone_order_with_a_code),
    Act("orders/{id}/link/", "claim.link", "order", phone_order_with_a_link),
    Act("orders/{id}/discard/", "order.discard", "order", phone_order, {"reason": "记错了"}),
    Act("cash/export/?day={id}", "cash.export", "cash", cash_of_today, method="GET"),
    Act("supplements/{id}/refund/", "refund.start", "refund", paid_supplement),
    Act("refunds/{id}/paid-back/", "refund.paid_back", "refund", refund_by_hand),
    Act("orders/{id}/receipt/", "offline.receipt", "order", order_to_receive),
    Act("orders/{id}/receipt/reverse/", "offline.reverse", "order", order_in_cash),
    Act("orders/{id}/receipt/correct/", "offline.correct", "order", order_to_correct),
    Act("cases/{id}/close/", "case.close", "case", case, {"note": "已核对"}, False),
    Act("cases/{id}/review/", "case.review", "case", case, {}, False),
    Act("cases/{id}/release/", "case.release", "case", case, {}, False),
    Act("reconcile/", "reconcile.run", "bill", day_before, {}, False),
    Act("books/close/", "month.close", "month", month_that_is_over),
    Act("exports/file/", "books.export", "ledger", nothing, method="GET"),
    Act("alarms/seen/", "alarm.seen", "alarm", alarm),
    Act("pushes/{id}/retry/", "push.retry", "push", push_given_up),
    Act("pushes/{id}/discard/", "push.discard", "push", push_given_up),
    *(Act(*each) for each in PAY),
    *PEOPLE,
    Act("users/{id}/remark/", "user.remark", "user", user, {"remark": "老客户"}),
    Act("users/{id}/members/{id}/end/", "user.end_member", "user", shared_order),
    Act("users/{id}/disable/", "user.disable", "user", user),
    Act("users/{id}/enable/", "user.enable", "user", disabled_user),
    Act("users/{id}/export/", "user.export", "user", user),
    Act("users/{id}/delete/", "user.delete", "user", user, {"confirm": "删除"}),
    Act("accounts/", "account.create", "administrator", new_colleague),
    Act("accounts/{id}/disable/", "account.disable", "administrator", clerk),
    Act("accounts/{id}/enable/", "account.enable", "administrator", disabled_clerk),
    Act("accounts/{id}/owner/", "account.role", "administrator", clerk),
    Act("accounts/{id}/accountant/", "account.role", "administrator", clerk),
    Act("accounts/{id}/clerk/", "account.role", "administrator", owning_clerk),
    Act("accounts/{id}/password/", "account.password", "administrator", clerk, {"password": OTHER}),
    Act("accounts/{id}/end-sessions/", "account.end_sessions", "administrator", clerk),
    Act("accounts/{id}/unlock/", "account.unlock", "administrator", clerk),
    Act("me/password/", "account.own_password", "administrator", myself, ANOTHER_PASSWORD),
    Act("me/sessions/{id}/end/", "account.end_session", "administrator", second_device),
    Act("me/sessions/others/end/", "account.end_session", "administrator", myself),
    Act("me/totp/enable/", "account.totp_on", "administrator", app_with_a_code),
    Act("me/totp/disable/", "account.totp_off", "administrator", second_factor),
    Act("catalog/prices/", "price.enter", "services", price_to_enter),
    Act("catalog/prices/{id}/withdraw/", "price.withdraw", "services", price_to_come),
    Act("catalog/workbook/", "catalog.workbook.import", "import", workbook_to_import, {}, False),
    *after_sales(),
    *catalog(),
    Act("catalog/experts/import/", "catalog.experts.import", "experts", table_of_experts, {}, False),
]

NO_ACTS = {
    "desk/suggest/": "shows proposals, and changes nothing",
    "me/totp/start/": "shows a new secret that is stored nowhere",
}
"""Routes that are posted to, and leave nothing in the log."""
