"""The text of a pushed message, JSON or XML, as one mapping whose leaves are texts.

Both formats tell the same: numbers are texts, as in XML; keys lose blanks around them (WeChat's own sample has
some). The text may come from anybody: its size, depth and number of values are bounded, XML has no document type
(thus no entities), and a key that stands twice in an object is refused: who reads it must not depend on chance.
"""

from __future__ import annotations

import json
from typing import Any
from xml.parsers import expat

from wechat.push.refusals import BadMessage

MAX_BYTES = 64 * 1024
"""Of a body. The longest documented message has a few kilobytes."""
MAX_DEPTH = 12
MAX_VALUES = 2_000
MAX_KEY = 64

Fields = dict[str, Any]
"""Texts, lists and further mappings of these."""


def read_fields(text: bytes) -> Fields:
    """The fields of a message in either format. Raises BadMessage."""
    if len(text) > MAX_BYTES:
        raise BadMessage("too long")
    try:
        decoded = text.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise BadMessage("not UTF-8") from None
    return _read_xml(decoded) if decoded.startswith("<") else _read_json(decoded)


def _read_json(text: str) -> Fields:
    counter = _Counter()
    try:
        value = json.loads(
            text,
            parse_int=str,
            parse_float=str,
            parse_constant=_refuse_constant,
            object_pairs_hook=counter.object,
        )
    except (ValueError, RecursionError):
        raise BadMessage("no JSON") from None
    if not isinstance(value, dict):
        raise BadMessage("no JSON object")
    return {key: counter.normal(each, 1) for key, each in value.items()}


def _refuse_constant(name: str) -> Any:
    raise BadMessage("no number")


class _Counter:
    """Brings values into their form, up to a number of them."""

    def __init__(self) -> None:
        self._left = MAX_VALUES

    def _take(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise BadMessage("too many values")

    def object(self, pairs: list[tuple[str, Any]]) -> Fields:
        fields: Fields = {}
        for key, value in pairs:
            name = key.strip()
            if not 0 < len(name) <= MAX_KEY or name in fields or not _storable(name):
                raise BadMessage("a key that is empty, too long or there twice")
            fields[name] = value
        return fields

    def normal(self, value: Any, depth: int) -> Any:
        self._take()
        if depth > MAX_DEPTH:
            raise BadMessage("too deep")
        if isinstance(value, dict):
            return {key: self.normal(each, depth + 1) for key, each in value.items()}
        if isinstance(value, list):
            return [self.normal(each, depth + 1) for each in value]
        if value is None:
            return ""
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if not _storable(text):
            raise BadMessage("half a character")
        return text


def _storable(text: str) -> bool:
    r"""JSON's ``\ud800`` is half a character, which no database takes."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _read_xml(text: str) -> Fields:
    reader = _XmlReader()
    try:
        reader.parse(text)
    except (expat.ExpatError, ValueError):
        raise BadMessage("no XML") from None
    return reader.fields()


class _XmlReader:
    """``<xml><Event>…</Event><List>…</List><List>…</List></xml>``: an element with children is a mapping, one without
    a text; repeated ones are a list."""

    def __init__(self) -> None:
        self._parser = parser = expat.ParserCreate("UTF-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.ProcessingInstructionHandler = self._refuse
        self._open: list[tuple[str, Fields, list[str]]] = [("", {}, [])]
        self._left = MAX_VALUES

    def parse(self, text: str) -> None:
        self._parser.Parse(text.encode("utf-8"), True)

    def fields(self) -> Fields:
        (root,) = self._open[0][1].values()
        if not isinstance(root, dict):
            raise BadMessage("an empty document")
        return root

    def _refuse(self, *_: Any) -> None:
        raise BadMessage("a document type or an instruction")

    def _start(self, name: str, _: Any) -> None:
        self._left -= 1
        if self._left < 0 or len(self._open) > MAX_DEPTH + 1 or len(name) > MAX_KEY:
            raise BadMessage("too many elements, too deep or with too long a name")
        self._open.append((name, {}, []))

    def _end(self, _: str) -> None:
        name, children, texts = self._open.pop()
        value: Any = children or "".join(texts).strip()
        parent = self._open[-1][1]
        if name not in parent:
            parent[name] = value
        elif isinstance(parent[name], list):
            parent[name].append(value)
        else:
            parent[name] = [parent[name], value]

    def _text(self, text: str) -> None:
        self._open[-1][2].append(text)
