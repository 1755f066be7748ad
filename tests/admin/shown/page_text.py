"""A page of the administration as lines of text: what it says, where it leads, and what its forms would send."""

from __future__ import annotations

import io
import json
import re
import zipfile
from html.parser import HTMLParser

from tornado.httpclient import HTTPResponse

INLINE = {"a", "abbr", "b", "button", "code", "em", "i", "label", "small", "span", "strong", "time"}
CELLS = {"td", "th"}
TOLD = (
    "class", "id", "href", "src", "action", "method", "name", "type", "value", "min", "max", "step", "maxlength",
    "title", "placeholder", "datetime", "colspan", "formaction", "accept", "pattern", "enctype", "aria-label",
    "aria-current",
)  # fmt: skip
"""Attributes that are told with their values; of the next ones it is told that they are there."""
SAID = ("required", "checked", "selected", "disabled", "hidden", "readonly", "multiple", "open", "autofocus")
BY_CHANCE = (
    (re.compile(r'<input name="_xsrf" type="hidden" value="[^"]*">'), ""),
    (re.compile(r'<p class="printed">.*'), ""),
    (re.compile(r'(name="(?:action_id|\w*fingerprint|seen|mark|sealed)"[^>]* value=")[^"]*'), r"\1…"),
    (re.compile(r"\b(?=[0-9A-Za-z]*\d)[0-9a-f]{24,64}\b"), "…"),
    (re.compile(r"(?<![0-9A-Za-z])([RT])20\d{12}[0-9A-Z]{17}"), r"\1…"),
    (re.compile(r"(?<![0-9A-Za-z])(?=\d{14}[0-9A-Z]{0,17}[A-Z])20\d{12}[0-9A-Z]{18}"), "…"),
    (re.compile(r"(?<![0-9A-Za-z])1320\d{12}[0-9A-Z]{5}"), "…"),
    (re.compile(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b"), "…"),
    (re.compile(r"(?<=请求编号 )[0-9a-f]{16}"), "…"),
    (re.compile(r"(?<=token=)[\w-]{22}"), "…"),
    (re.compile(r"\b(?:[A-Z2-7]{4} ?){8}\b"), "…"),
)
"""What is drawn by chance, or stands for what the page has shown."""


class _Reader(HTMLParser):
    """Takes down the title and the main part."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = [""]
        self.listening = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.listening = self.listening or tag in ("main", "title")
        if not self.listening:
            return
        given = dict(attrs)
        told = [f'{name}="{given[name] or ""}"' for name in sorted(TOLD) if name in given]
        told += [f'{name}="{value or ""}"' for name, value in attrs if name.startswith(("data-", "hx-"))]
        told += [name for name in SAID if name in given]
        if tag in CELLS:
            self.lines[-1] += " | "
        elif tag not in INLINE:
            self.lines.append("")
        if told or tag not in (*INLINE, *CELLS):
            self.lines[-1] += f"<{' '.join((tag, *told))}>"

    def handle_endtag(self, tag: str) -> None:
        if self.listening and tag not in INLINE and tag not in CELLS:
            self.lines.append("")
        if tag in ("main", "title"):
            self.listening = False

    def handle_data(self, data: str) -> None:
        if self.listening:
            self.lines[-1] += re.sub(r"\s+", " ", data)


def lines_of(answer: HTTPResponse) -> list[str]:
    """Status, place that follows, file name and content of an answer, without what is drawn by chance."""
    head = [f"{answer.code} {answer.headers.get('Content-Type', '')}"]
    head += [
        f"{name}: {answer.headers[name]}"
        for name in ("Location", "Content-Disposition", "Cache-Control")
        if name in answer.headers
    ]
    return [told for line in [*head, *_content(answer)] if (told := _told(line))]


def _content(answer: HTTPResponse) -> list[str]:
    body, kind = answer.body or b"", answer.headers.get("Content-Type", "")
    if body.startswith(b"PK"):
        return _sheets(body)
    if "html" in kind:
        reader = _Reader()
        reader.feed(body.decode())
        return reader.lines
    if "json" in kind:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=0).splitlines()
    return body.decode().splitlines() if kind.startswith("text/") else [f"{len(body)} bytes"]


def _sheets(body: bytes) -> list[str]:
    """The names of what is in an XLSX file or another archive, and the cells of its tables."""
    lines = []
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        for name in archive.namelist():
            lines.append(name)
            if re.search(r"(sheet\d+|sharedStrings|workbook)\.xml$", name):
                lines += re.split(
                    r"(?=<(?:row|c|si|sheet|col|dataValidation)\b)", archive.read(name).decode()
                )
            elif name.endswith((".csv", ".txt")):
                lines += archive.read(name).decode("utf-8-sig").splitlines()
    return lines


def _told(line: str) -> str:
    line = re.sub(r"\s+", " ", line).strip()
    for pattern, instead in BY_CHANCE:
        line = pattern.sub(instead, line)
    return re.sub(r"(?<=\"request_id\": \")[^\"]*", "…", line)
