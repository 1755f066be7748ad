"""What people upload: bodies, forms with files, tables as CSV and as workbooks."""

from __future__ import annotations

import io
import zipfile
from functools import cache
from random import Random
from urllib.parse import urlencode

from tornado.httputil import HTTPFile, HTTPInputError, parse_body_arguments

from bench.fuzz.mutation import as_json, spoil, spoil_json
from bench.fuzz.target import Target, check
from handlers.admin.catalog import experts_table
from handlers.admin.catalog.experts_file import decode
from handlers.admin.catalog.workbook import KNOWN, template
from handlers.admin.catalog.workbook_file import MAX_CELL, MAX_ROWS, Sheets, from_json, read_workbook
from handlers.body import parse_body
from handlers.errors import ApiError

FORM = urlencode({"name": "王小明", "phone": "13800138000", "more": "请早点到 & 轮椅", "id": "1"}).encode()
JSON = as_json({"name": "王小明", "id": 1, "photos": ["a", "b"], "more": {"a": None}})
EDGE = "----edge7"
MULTIPART = (
    f'--{EDGE}\r\nContent-Disposition: form-data; name="id"\r\n\r\n1\r\n--{EDGE}\r\nContent-Disposition: form-data; '
    f'name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n--{EDGE}--\r\n'
).encode("latin-1")
TABLES = tuple(
    text.encode(encoding)
    for text in (
        '医院,姓名,职称,科室,专长,介绍\n市中心医院,张医生,主任医师,心内科,冠心病,"从医\n三十年，著有""心"""\n',
        "sep=;\r\n医院;姓名;职称;科室\r\n县医院;李医生;;\r\n",
        "姓名\t医院\t科室\n王医生\t市中心医院\t骨科\n",
    )
    for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16")
)
KINDS = ("application/json", "application/x-www-form-urlencoded", f"multipart/form-data; boundary={EDGE}")


def bodies(random: Random) -> None:
    content = spoil(random, random.choice((FORM, JSON)), (FORM, JSON))
    fields = parse_body(random.choice(KINDS[:2]), content)
    check(all(isinstance(name, str) for name in fields), "a field without a name")


def multipart(random: Random) -> None:
    """As Tornado takes it apart before a handler sees it."""
    content = spoil(random, MULTIPART, (MULTIPART, FORM))
    kind = KINDS[2] if random.random() < 0.8 else spoil(random, KINDS[2].encode(), (b"a",)).decode("latin-1")
    arguments: dict[str, list[bytes]] = {}
    files: dict[str, list[HTTPFile]] = {}
    parse_body_arguments(kind, content, arguments, files)
    received = sum(len(file.body) for sent in files.values() for file in sent)
    check(received <= len(content), "more than was sent")


def tables(random: Random) -> None:
    text = decode(spoil(random, random.choice(TABLES), TABLES))
    lines = experts_table.read(text, {"市中心医院": 1, "县医院": 2}, [])
    check(len(lines) <= MAX_ROWS, "more lines than are taken")


@cache
def workbooks() -> tuple[bytes, ...]:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(template()))
    book.worksheets[0].append(["市中心医院", "三甲", "", "", ""])
    stream = io.BytesIO()
    book.save(stream)
    return template(), stream.getvalue()


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">'
    b'<!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;"><!ENTITY f SYSTEM "file:///etc/passwd">]><a>&e;&f;</a>'
)


def in_the_archive(random: Random) -> None:
    """The zip file itself is damaged, or one of the files in it."""
    content = random.choice(workbooks())
    if random.random() < 0.3:
        _check_sheets(read_workbook(spoil(random, content, workbooks()), KNOWN))
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = random.choice(sorted(parts))
    others = tuple(parts.values())
    parts[name] = BOMB if random.random() < 0.05 else spoil(random, parts[name], others)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, part in parts.items():
            archive.writestr(each, part)
    _check_sheets(read_workbook(stream.getvalue(), KNOWN))


def sent_back(random: Random) -> None:
    """What the page of a dry run sends back."""
    told = {name: [[1, *columns], [2, "市中心医院", "a", "b"]] for name, columns in KNOWN.items()}
    forged = as_json(spoil_json(random, told))
    _check_sheets(from_json(forged.decode(), KNOWN))


def _check_sheets(sheets: Sheets) -> None:
    check(set(sheets) <= set(KNOWN), "a sheet that nobody knows")
    check(
        all(len(cell) <= MAX_CELL for rows in sheets.values() for row in rows for cell in row.cells),
        "a long cell",
    )
    check(all(len(rows) <= MAX_ROWS + 1 for rows in sheets.values()), "too many rows")
    text = "".join(cell for rows in sheets.values() for row in rows for cell in row.cells)
    check("root:" not in text, "a file of this machine")


TARGETS = (
    Target("bodies", bodies, (ApiError,)),
    Target("multipart", multipart, (HTTPInputError,)),
    Target("tables (CSV)", tables, (ApiError,)),
    Target("workbooks (XLSX)", in_the_archive, (ApiError,), 0.1),
    Target("workbooks sent back", sent_back, (ApiError,)),
)
