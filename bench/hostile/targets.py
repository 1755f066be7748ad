"""What can be attacked: every route with the fields that it takes."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from handlers.routes import all_routes
from tests.http.routes import Known

CLOSED = ("/admin/logout/", "/user/logout/")
"""Nothing is tried by calling these again and again but logging in."""


@dataclass
class Target:
    """``fields``: what a good request may send, each with values that would be taken; ``pattern``: the route's."""

    pattern: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    upload: str = ""
    administration: bool = False


def targets() -> list[Target]:
    """Every route with each of its methods; of the administration's forms the fields come later (``learn``)."""
    found = []
    for pattern, handler, *_ in all_routes():
        if pattern in CLOSED:
            continue
        for method in Known(pattern, handler).methods:
            declared = getattr(getattr(handler, method.lower()), "operation", None)
            fields = {
                item.data_key or name: _values(item)
                for schema in (declared.inputs if declared else [])
                for name, item in schema.fields.items()
            }
            upload = declared.upload if declared else ""
            found.append(Target(pattern, method, fields, upload, pattern.startswith("/admin/")))
    return found


def _values(item: Any) -> list[str]:
    """What a field of a schema would take, as far as its checks tell."""
    checks = item.validate if isinstance(item.validate, list | tuple) else [item.validate]
    for check in checks:
        if choices := getattr(check, "choices", None):
            return [str(choice) for choice in choices]
    if item.data_key == "confirm":
        return ["不"]  # what would delete the attacker
    return ["1", "2", "3", "2027-01-04", "13800138000", "王小明", "09:30"]


class Forms(HTMLParser):
    """The forms and links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[tuple[str, dict[str, list[str]]]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        elif tag == "form":
            self.forms.append((given.get("action", ""), {}))
        elif self.forms and tag in ("input", "textarea", "select", "button") and given.get("name"):
            self.forms[-1][1].setdefault(given["name"], []).append(given.get("value", ""))
            self._last = given["name"]
        elif self.forms and tag == "option" and given.get("value") and self.forms[-1][1]:
            self.forms[-1][1][self._last].append(given["value"])


def learn(known: list[Target], address: str, fields: dict[str, list[str]], foreign: Collection[str]) -> None:
    """Give the fields of a form, which is sent to ``address``, to the targets behind it. What is ``foreign`` is left
    out: whoever sent it would read it again."""
    for target in known:
        if target.administration and re.fullmatch(target.pattern, address):
            for name, values in fields.items():
                kept = target.fields.setdefault(name, [])
                kept += [v for v in values if v not in kept and not any(word in v for word in foreign)][:8]
            target.fields.pop("_xsrf", None)
