"""The database of the bench: two years of business, and users who are logged in."""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import dataclass
from pathlib import Path

from accounts.tokens import new_token, token_hash
from bench.admin import filled_database
from bench.rolling import id_number
from clock import now_ms
from config import Settings
from storage import open_storage

ORDERS_PER_USER = 10 / 3
"""As ``bench.filler`` has them."""
MAX_SESSIONS = 20_000
BODIES = 150_000
SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周", "伟芳娜敏静丽强磊军洋勇艳杰娟涛"
DAYS_30 = 30 * 24 * 3600 * 1000


@dataclass(frozen=True)
class Prepared:
    tokens: Path
    """A session token a line, in any order."""
    bodies: Path
    """A patient to be added a line, no two with the same ID number."""


async def prepare(settings: Settings, users: int) -> Prepared:
    """Fill the database, and log users in. Raises what the engine raises."""
    await asyncio.to_thread(filled_database, settings, round(users * ORDERS_PER_USER))
    chance = random.Random(11)  # a choice for a measurement, not a secret
    chosen = chance.sample(range(1, users + 1), min(users, MAX_SESSIONS))
    prepared = Prepared(settings.data / "tokens.txt", settings.data / "bodies.txt")
    prepared.tokens.write_text("\n".join(await _log_in(settings, chosen)))
    prepared.bodies.write_text("\n".join(_body(number, chance) for number in range(BODIES)))
    return prepared


async def _log_in(settings: Settings, users: list[int]) -> list[str]:
    """A session for each of the users: their tokens."""
    tokens, at = [new_token() for _ in users], now_ms()
    storage = open_storage(settings.database, settings.data)
    await storage.open()
    try:
        for start in range(0, len(users), 500):
            part = list(zip(users[start : start + 500], tokens[start : start + 500], strict=True))
            rows = ", ".join(f"(:user_{n}, :hash_{n}, :at, :at, :until, 'header')" for n in range(len(part)))
            values: dict[str, object] = {"at": at, "until": at + DAYS_30}
            for n, (user, token) in enumerate(part):
                values |= {f"user_{n}": user, f"hash_{n}": token_hash(token)}
            async with storage.transaction() as tx:
                columns = "user_id, token_hash, created_at, last_seen_at, expires_at, sent_in"
                await tx.connection.execute(f"INSERT INTO sessions ({columns}) VALUES {rows}", values)
                await tx.commit()
    finally:
        await storage.close()
    return tokens


def _body(number: int, chance: random.Random) -> str:
    name = chance.choice(SURNAMES) + chance.choice(GIVEN) + chance.choice(GIVEN)
    patient = {"name": name, "if18": "y", "sex": chance.choice("mw"), "relation": "父母"}
    return json.dumps({**patient, "phone": f"138{number:08d}", "idcard": id_number(number)})
