"""What an act changed, in words: the rows of the audit log hold names of columns, states, ids and fen."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from clock import DAY, shanghai_date
from handlers.admin.formats import time_text
from handlers.admin.labels import ENDING, ESCORT_STATUS, PROGRESS, REFUND_STATE, ROLE
from handlers.admin.money.case_advice import CASES
from handlers.admin.overview.audit_labels import FIELDS, OUTCOMES, SAID, SEARCHES
from money import accounting_yuan
from storage import Reader
from storage.models import CATALOG_TABLES, AuditEntry

_WORDS: dict[str, dict[Any, str]] = {
    "role": dict(ROLE),
    "ending": dict(ENDING),
    "outcome": OUTCOMES,
    "kind": {kind: name for kind, (name, _) in CASES.items()},
    "application": {"new": "新的申请"},
    "what": {"phone": "电话", "id_number": "证件号码"},
    "search": SEARCHES,
}
"""The words of values that are names of something."""
_STATES: dict[str, dict[Any, str]] = {
    "order": dict(PROGRESS),
    "escort": dict(ESCORT_STATUS),
    "refund": dict(REFUND_STATE),
}
"""The words of states, by what is in them: an escort and a refund are both ``approved``, in different words."""
_NAMED = {"escort": "escorts", "escort_id": "escorts", "hospital_id": "hospitals", "service_id": "services"}
"""Facts that are the id of a row with a name, and its table."""
_PAGES = {
    "order": "orders/{}/",
    "escort": "runners/{}/",
    "refund": "refunds/{}/",
    "case": "cases/{}/",
    "user": "users/{}/",
    "administrator": "accounts/#account-{}",
    **{table: f"catalog/{table}/{{}}/" for table in CATALOG_TABLES},
}
_LONG = 40
"""A text that is longer gets a line of its own."""


@dataclass(frozen=True)
class Change:
    """A line about an act: what it is about, what it was and what it became; ``path``: the page of what it became."""

    label: str
    old: str
    new: str
    path: str = ""

    @property
    def long(self) -> bool:
        return len(self.old) + len(self.new) > _LONG


@dataclass
class Names:
    """The names of the rows that acts are about, by table and id."""

    known: dict[tuple[str, int], str] = field(default_factory=dict)

    def of(self, table: str, row_id: Any) -> str:
        """``王芳（#3）``, or the number alone when nothing is known by it."""
        name = self.known.get((table, row_id)) if isinstance(row_id, int) else ""
        return f"{name}（#{row_id}）" if name else f"#{row_id}"


async def read_names(reader: Reader, entries: Iterable[AuditEntry]) -> Names:
    """The names that ``changes`` and the column of what the acts are about will want: a query per table."""
    wanted: dict[str, set[int]] = {}
    for entry in entries:
        for table, row_id in _mentioned(entry):
            wanted.setdefault(table, set()).add(row_id)
    known: dict[tuple[str, int], str] = {}
    for table, ids in wanted.items():
        if table == "escorts":
            found = {escort.id: escort.name for escort in await reader.escorts.some(ids)}
        elif table == "administrators":
            found = {each.id: each.name for each in await reader.administrators.all()}
        else:
            found = await reader.catalog.names(table, ids)
        known |= {(table, row_id): name for row_id, name in found.items()}
    return Names(known)


def _mentioned(entry: AuditEntry) -> set[tuple[str, int]]:
    found: set[tuple[str, Any]] = set()
    table = {"escort": "escorts", "administrator": "administrators"}.get(entry.subject, entry.subject)
    if (table in CATALOG_TABLES or table != entry.subject) and entry.subject_id.isdigit():
        found.add((table, int(entry.subject_id)))
    old, new = _mapping(entry.before_json), _mapping(entry.after_json)
    filter_ = new.get("filter")
    for facts in (old, new, filter_ if isinstance(filter_, dict) else {}):
        found |= {(_NAMED[name], value) for name, value in facts.items() if name in _NAMED}
    if _is_order(entry):
        was, now = old.get("ids"), new.get("ids")
        ids = (
            [moved[0]]
            if was and now and (moved := _moved(was, now))
            else [int(i) for i in new if i.isdigit()]
        )
        found |= {(entry.subject, row_id) for row_id in ids}
    return {(name, row_id) for name, row_id in found if isinstance(row_id, int) and row_id}


def subject_name(entry: AuditEntry, names: Names) -> str:
    """The name of what an act is about, if it has one."""
    table = {"escort": "escorts", "administrator": "administrators"}.get(entry.subject, entry.subject)
    return names.known.get((table, int(entry.subject_id)), "") if entry.subject_id.isdigit() else ""


def subject_path(entry: AuditEntry) -> str:
    """The page of what an act is about, below ``admin/``; empty where there is none."""
    if entry.subject == "bill":
        try:
            return f"reconcile/?before={date.fromisoformat(entry.subject_id) + timedelta(1)}"
        except (ValueError, OverflowError):
            return ""
    if entry.subject == "alarm":
        return "alarms/"
    return _PAGES[entry.subject].format(entry.subject_id) if _is_number(entry) else ""


def _is_number(entry: AuditEntry) -> bool:
    return entry.subject in _PAGES and entry.subject_id.isascii() and entry.subject_id.isdigit()


def changes(entry: AuditEntry, names: Names) -> list[Change]:
    """What an act changed: only what differs, or what it was about."""
    old, new = _mapping(entry.before_json), _mapping(entry.after_json)
    if _is_order(entry):
        return _order(entry.subject, old, new, names)
    found = [Change("", "", SAID[entry.act])] if entry.act in SAID else []
    for name in dict.fromkeys([*old, *new]):
        if entry.act in SAID or (name in old and name in new and old[name] == new[name]):
            continue
        if name == "filter" and isinstance(new[name], dict):
            found += _filter(new[name], names)
            continue
        states = _STATES.get(entry.subject, {}) if name == "state" else {}
        before, after = (
            states.get(facts[name]) or _text(name, facts[name], names) if name in facts else ""
            for facts in (old, new)
        )
        if not before and not after:
            continue
        path = _PAGES["order"].format(new[name]) if name == "order" and isinstance(new.get(name), int) else ""
        found.append(Change(FIELDS.get(name, name), before, f"#{after}" if path else after, path))
    return found


def _mapping(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text) if text else {}
    except ValueError:
        return {"": text}
    return value if isinstance(value, dict) else {"": value}


def _text(name: str, value: Any, names: Names) -> str:
    if value is None:
        return "没有" if name in _NAMED else ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if name in _NAMED:
        return names.of(_NAMED[name], value)
    if isinstance(value, int) and name.endswith("_fen"):
        return f"{accounting_yuan(value)} 元"
    if isinstance(value, int) and name.endswith("_at"):
        return time_text(value)
    if name in _WORDS and value in _WORDS[name]:
        return _WORDS[name][value]
    if isinstance(value, list):
        return "、".join(_text("", each, names) for each in value)
    if isinstance(value, dict):
        return "；".join(f"{FIELDS.get(key, key)} {_text(key, each, names)}" for key, each in value.items())
    return str(value)


# The filter of an export


def _filter(facts: dict[str, Any], names: Names) -> list[Change]:
    made = [shanghai_date(facts["made_from"]) if facts.get("made_from") else ""]
    made.append(shanghai_date(facts["made_before"] - DAY) if facts.get("made_before") else "")
    lines = [
        Change("下单", "", _days(*made)),
        Change("就诊", "", _days(facts.get("first_date", ""), facts.get("last_date", ""))),
    ]
    for name, value in facts.items():
        if name in ("made_from", "made_before", "first_date", "last_date"):
            continue
        shown = "还没有安排" if name == "unassigned" else _text(name, value, names)
        if name == "state":
            shown = _STATES["order"].get(value, shown)
        elif name == "user_id":
            shown = f"#{value}"
        elif name == "hospital_id" and value == 0:
            shown = "其他医院"
        label = {"unassigned": "陪诊员", "escort_id": "陪诊员", "hospital_id": "医院", "service_id": "服务"}
        lines.append(Change(label.get(name, FIELDS.get(name, name)), "", shown))
    return [line for line in lines if line.new] or [Change("条件", "", "全部订单")]


def _days(first: str, last: str) -> str:
    if first == last:
        return first
    return f"{first} 至 {last}" if first and last else f"{first} 起" if first else f"{last} 及以前"


# The order of the catalog


def _is_order(entry: AuditEntry) -> bool:
    return entry.subject in CATALOG_TABLES and entry.act.endswith(".order")


def _moved(was: list[int], now: list[int]) -> tuple[int, int, int] | None:
    """The entry that was dragged, and its places before and after, from 1 on; None when several have moved."""
    for old, row_id in enumerate(was):
        new = now.index(row_id) if row_id in now else old
        if new != old and [each for each in was if each != row_id] == [
            each for each in now if each != row_id
        ]:
            return row_id, old + 1, new + 1
    return None


def _order(table: str, old: dict[str, Any], new: dict[str, Any], names: Names) -> list[Change]:
    was, now = old.get("ids"), new.get("ids")
    if not (isinstance(was, list) and isinstance(now, list)):  # by numbers
        return [
            Change(names.of(table, int(i) if i.isdigit() else i), f"顺序 {old.get(i, '')}", f"{number}")
            for i, number in new.items()
        ]
    if moved := _moved(was, now):
        row_id, before, after = moved
        return [Change(f"拖动 {names.of(table, row_id)}", f"第 {before} 位", f"第 {after} 位")]
    return [Change("重新排列", "", f"{sum(a != b for a, b in zip(was, now, strict=False))} 项")]
