"""What an answer must not be, and what must not stand in it."""

from __future__ import annotations

import re
from collections.abc import Collection

from bench.hostile.inputs import Hostile
from bench.hostile.values import SCRIPT
from bench.hostile.wire import Answer
from config import ROOT

INSIDES = (
    *(
        "Traceback (most recent call last)",
        'File "',
        ", line ",
        "site-packages",
        "sqlite3.",
        "aiosqlite",
        "aiomysql",
        "pymysql",
    ),
    *(
        "OperationalError",
        "IntegrityError",
        "ProgrammingError",
        "sqlalchemy",
        "marshmallow",
        'near \\"',
        "SQL syntax",
    ),
    *("SELECT ", "INSERT INTO", "UPDATE ", "DELETE FROM", " FROM orders", " WHERE ", "root:x:0:0"),
    *(str(ROOT), "BEGIN PRIVATE KEY", "HA_PRIVACY_KEY"),
)
"""Words of Python, of the database, of this machine: none of a user's business."""
STATIC = re.compile(r"/static/|/docs/|openapi|/banner|/doctor|/hospital_logo")


def faults(hostile: Hostile, answer: Answer, foreign: Collection[str]) -> list[str]:
    """What is wrong with an answer. ``foreign``: what belongs to somebody else and must not be in it."""
    found = []
    if answer.status >= 500:
        found.append(f"status {answer.status}")
    if answer.status == 0 and hostile.sound:
        found.append("closed without an answer")
    text = answer.body.decode("utf-8", "replace")
    heads = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    if hostile.target is None or not STATIC.search(hostile.target.pattern):
        found += [f"inside: {word}" for word in INSIDES if word in text]
    found += [f"foreign: {word[:3]}…" for word in foreign if word in text or word in heads]
    if answer.kind.startswith("text/html") and SCRIPT in text:
        found.append("a script of the sender's in a page")
    if "hx=1" in answer.headers.get("set-cookie", "") or "x-injected" in answer.headers:
        found.append("a header of the sender's")
    if answer.status >= 300 and "evil.example" in re.sub(r"[?].*", "", answer.headers.get("location", "")):
        found.append("sent to a foreign site")
    return found
