"""What an act changed, in words: the rows of the audit log hold names of columns, states, ids and fen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from clock import DAY, shanghai_date
from frozen_dataclasses import frozen
from handlers.admin.catalog.forms import TAKES
from handlers.admin.catalog.questions_form import in_words
from handlers.admin.formats import time_text
from handlers.admin.labels import ENDING, HALF, PROGRESS, ROLES, WAITING
from handlers.admin.money.case_advice import CASES
from handlers.admin.overview.audit_labels import FIELDS, OUTCOMES, SAID, SEARCHES
from handlers.admin.overview.audit_subjects import SUBJECTS, Subject
from money import accounting_yuan
from storage import Reader
from storage.models import CATALOG_TABLES, AuditEntry

Facts = dict[str, Any]
"""What an entry holds of before or after: names of facts, and values."""
_WORDS: dict[str, dict[Any, str]] = {
    "role": ROLES,
    "ending": dict(ENDING),
    "outcome": OUTCOMES,
    "kind": {kind: name for kind, (name, _) in CASES.items()},
    "application": {"new": "新的申请"},
    "what": {"phone": "电话", "contact_phone": "联系电话", "id_number": "证件号码"},
    "search": SEARCHES,
    "takes": dict(TAKES),
    "needs_id_number": {0: "否", 1: "是"},
    "half": dict(HALF),
    "waits_for": dict(WAITING),
}
"""The words of values that are names of something."""
_NAMED = {
    **{"escort": "escorts", "escort_id": "escorts", "assigned_to": "administrators"},
    **{"hospital_id": "hospitals", "service_id": "services"},
}
"""Facts that are the id of a row with a name, and its table."""


_LONG = 40  # a text that is longer gets a line of its own


@frozen()
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
        for table, row_id in _mentioned_rows(entry):
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


def _subject(entry: AuditEntry) -> Subject:
    return SUBJECTS.get(entry.subject, Subject())


def _mentioned_rows(entry: AuditEntry) -> set[tuple[str, int]]:
    found: set[tuple[str, Any]] = set()
    table = _subject(entry).table
    if table and entry.subject_id.isdigit():
        found.add((table, int(entry.subject_id)))
    old, new = _mapping(entry.before_json), _mapping(entry.after_json)
    filter_ = new.get("filter")
    for facts in (old, new, filter_ if isinstance(filter_, dict) else {}):
        for name, value in facts.items():
            if name in _NAMED:
                found |= {
                    (_NAMED[name], row_id) for row_id in (value if isinstance(value, list) else [value])
                }
    if entry.act in _ORDERINGS:
        found |= {(_ORDERINGS[entry.act], row_id) for row_id in _moved_rows(old, new)}
    return {(name, row_id) for name, row_id in found if isinstance(row_id, int) and row_id}


def subject_name(entry: AuditEntry, names: Names) -> str:
    """The name of what an act is about, if it has one."""
    table = _subject(entry).table
    return names.known.get((table, int(entry.subject_id)), "") if entry.subject_id.isdigit() else ""


def subject_path(entry: AuditEntry) -> str:
    """The page of what an act is about, below ``admin/``; empty where there is none."""
    return _subject(entry).page(entry.subject_id)


def changes(entry: AuditEntry, names: Names) -> list[Change]:
    """What an act changed: only what differs, or what it was about."""
    read = _READERS.get(entry.act, _differences)
    return read(entry, _mapping(entry.before_json), _mapping(entry.after_json), names)


def _one_sentence(entry: AuditEntry, old: Facts, new: Facts, names: Names) -> list[Change]:
    return [Change("", "", SAID[entry.act])]


def _differences(entry: AuditEntry, old: Facts, new: Facts, names: Names) -> list[Change]:
    """Fact by fact what it was and what it is."""
    states, found = _subject(entry).states, []
    for name in dict.fromkeys([*old, *new]):
        if name in old and name in new and old[name] == new[name]:
            continue
        before, after = (
            ((name == "state" and states.get(facts[name])) or _text(name, facts[name], names))
            if name in facts
            else ""
            for facts in (old, new)
        )
        if not before and not after:
            continue
        order = new.get(name) if name == "order" else None
        path = SUBJECTS["order"].page(str(order)) if isinstance(order, int) else ""
        found.append(Change(FIELDS.get(name, name), before, f"#{after}" if path else after, path))
    return found


def _mapping(text: str) -> Facts:
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
        rows = value if isinstance(value, list) else [value]
        return "、".join(names.of(_NAMED[name], row_id) for row_id in rows)
    if isinstance(value, int) and name.endswith("_fen"):
        return f"{accounting_yuan(value)} 元"
    if isinstance(value, int) and name.endswith("_at"):
        return time_text(value)
    if name == "questions" and isinstance(value, str):
        return in_words(value)
    if name in _WORDS and value in _WORDS[name]:
        return _WORDS[name][value]
    if isinstance(value, list):
        return "、".join(_text("", each, names) for each in value)
    if isinstance(value, dict):
        return "；".join(f"{FIELDS.get(key, key)} {_text(key, each, names)}" for key, each in value.items())
    return str(value)


# The filter of an export

_IN_FILTERS: dict[str, Callable[[Any, Names], str]] = {
    "unassigned": lambda value, names: "还没有安排",
    "state": lambda value, names: PROGRESS.get(value) or _text("state", value, names),
    "user_id": lambda value, names: f"#{value}",
    "hospital_id": lambda value, names: "其他医院" if value == 0 else _text("hospital_id", value, names),
}
"""What a filter shows in other words than a change does."""


def _export(entry: AuditEntry, old: Facts, new: Facts, names: Names) -> list[Change]:
    wanted, others = new.get("filter"), {name: value for name, value in new.items() if name != "filter"}
    if not isinstance(wanted, dict):
        return _differences(entry, old, new, names)
    return _filter(wanted, names) + _differences(entry, old, others, names)


def _filter(facts: Facts, names: Names) -> list[Change]:
    made = [shanghai_date(facts["made_from"]) if facts.get("made_from") else ""]
    made.append(shanghai_date(facts["made_before"] - DAY) if facts.get("made_before") else "")
    lines = [
        Change("下单", "", _days(*made)),
        Change("就诊", "", _days(facts.get("first_date", ""), facts.get("last_date", ""))),
    ]
    for name, value in facts.items():
        if name not in ("made_from", "made_before", "first_date", "last_date"):
            show = _IN_FILTERS.get(name)
            shown = show(value, names) if show else _text(name, value, names)
            lines.append(Change(FIELDS.get(name, name), "", shown))
    return [line for line in lines if line.new] or [Change("条件", "", "全部订单")]


def _days(first: str, last: str) -> str:
    if first == last:
        return first
    return f"{first} 至 {last}" if first and last else f"{first} 起" if first else f"{last} 及以前"


# The order of the catalog


_ORDERINGS = {f"catalog.{table}.order": table for table in CATALOG_TABLES}


def _moved_rows(old: Facts, new: Facts) -> list[int]:
    """The entries that ``_ordering`` will name."""
    was, now = old.get("ids"), new.get("ids")
    moved = _moved(was, now) if was and now else None
    return [moved[0]] if moved else [int(name) for name in new if name.isdigit()]


def _moved(was: list[int], now: list[int]) -> tuple[int, int, int] | None:
    """The entry that was dragged, and its places before and after, from 1 on; None when several have moved."""
    for old, row_id in enumerate(was):
        new = now.index(row_id) if row_id in now else old
        if new != old and [each for each in was if each != row_id] == [
            each for each in now if each != row_id
        ]:
            return row_id, old + 1, new + 1
    return None


def _ordering(entry: AuditEntry, old: Facts, new: Facts, names: Names) -> list[Change]:
    table, was, now = _ORDERINGS[entry.act], old.get("ids"), new.get("ids")
    if not (isinstance(was, list) and isinstance(now, list)):  # by numbers
        return [
            Change(names.of(table, int(i) if i.isdigit() else i), f"顺序 {old.get(i, '')}", f"{number}")
            for i, number in new.items()
        ]
    if moved := _moved(was, now):
        row_id, before, after = moved
        return [Change(f"拖动 {names.of(table, row_id)}", f"第 {before} 位", f"第 {after} 位")]
    return [Change("重新排列", "", f"{sum(a != b for a, b in zip(was, now, strict=False))} 项")]


_READERS: dict[str, Callable[[AuditEntry, Facts, Facts, Names], list[Change]]] = {
    "order.export": _export,
    **dict.fromkeys(_ORDERINGS, _ordering),
    **dict.fromkeys(SAID, _one_sentence),
}
"""Acts whose facts are not told one by one."""
