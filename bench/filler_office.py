"""What the office leaves in the database of ``bench.filler``: its acts and its cases."""

from __future__ import annotations

import json
import random

from bench.bulk import Bulk
from bench.filler_people import Company
from clock import HOUR
from storage.filters import case_numbers
from storage.models import PAYMENT_MISMATCH


def add_audit(into: Bulk, entries: int, now: int, chance: random.Random, span: int) -> None:
    acts = (
        ("order.assign", "order"),
        ("order.finish", "order"),
        ("order.notes", "order"),
        ("login", "administrator"),
    )
    for entry in range(1, entries + 1):
        act, subject = ("catalog.services.change", "services") if entry % 5_000 == 0 else chance.choice(acts)
        admin = chance.randint(1, 3)
        at = int(now - span + entry * span / entries) - 1
        about = str(chance.randint(1, entries * 2))
        row = (entry, admin, f"clerk{admin}", "192.0.2.1", act, subject, about, "", '{"escort_id": 7}', at)
        into.add("audit_log", row)


def add_cases(into: Bulk, orders: int, now: int, company: Company) -> str:
    """Money that did not agree with its order, nearly all of it handled; WeChat's number of the last one."""
    number, span, cases = "", company.span, max(orders // company.orders_per_case, 1)
    open_every = max(cases // company.open_cases, 1) if company.open_cases else 50
    for case in range(1, cases + 1):
        number, at = f"42099{case:023d}", int(now - span + case * span / cases) - 1
        detail = json.dumps(
            {
                "source": "notification",
                "differs": {"amount": {"expected": 58_800, "found": 100}},
                "wechat": {
                    "transaction_id": number,
                    "out_trade_no": f"20990101{case:024d}",
                    "amount": {"total": 100, "payer_total": 100, "currency": "CNY", "payer_currency": "CNY"},
                    "payer": {"openid": f"o{case:027d}"},
                    "trade_state": "SUCCESS",
                    "trade_type": "JSAPI",
                    "bank_type": "OTHERS",
                },
            }
        )
        done, reference = case % open_every != 0, f"20990101{case:024d}"
        for named in sorted(case_numbers(reference, detail)):
            into.add("case_numbers", (named, case))
        into.add(
            "finance_cases",
            (
                case,
                PAYMENT_MISMATCH,
                reference,
                case,
                detail,
                "closed" if done else "open",
                "已在商户平台退回" if done else "",
                at,
                at + HOUR if done else None,
                1 if done else None,
            ),
        )
    return number
