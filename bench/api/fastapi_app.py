"""The three requests of the bench as FastAPI, uvicorn and aiomysql (or aiosqlite) would have them: the same tables, the
same statements, the same sealing. A program of its own, with build/bench-packages/ on its path.

    python -m bench.api.fastapi_app PORT < settings.json

Written as lean as its author would: hand-written SQL with the columns that are answered, orjson, no access log. FastAPI
reads annotations when a function is made, so they are no strings here.
"""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import orjson
import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException
from fastapi.responses import Response
from pydantic import BaseModel, Field

from accounts.tokens import token_hash
from bench.api.fastapi_engines import Database, open_database
from clock import DAY, now_ms
from money import amount_text
from personal.id_numbers import comparable_id_number, guess_id_kind
from personal.names import name_parts, search_form
from personal.phones import phone_key, phone_tail, read_phone
from privacy import PATIENT_ID_NUMBER, PATIENT_PHONE, Vault, masked_id_number, masked_phone
from schemas.wire import PROGRESS, day_text, time_text

SESSION = (
    "SELECT s.id, s.user_id, s.created_at, s.last_seen_at, s.expires_at, s.sent_in, u.disabled_at, u.deleted_at "
    "FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.token_hash = %s"
)
PATIENTS = (
    "SELECT id, name, adult, sex, phone_sealed, id_number_sealed, relation FROM patients "
    "WHERE user_id = %s AND deleted_at IS NULL ORDER BY id"
)
ORDERS = (
    "SELECT id, hospital_name, hospital_id, department, visit_date, service_name, service_id, patient_id, created_at, "
    "paid_at, price_fen, state, wishes FROM orders WHERE user_id = %s AND hidden_at IS NULL ORDER BY id DESC LIMIT 500"
)
COUNTS = (
    "SELECT SUM(CASE WHEN deleted_at IS NULL THEN 1 ELSE 0 END), SUM(CASE WHEN created_at >= %s THEN 1 ELSE 0 END), "
    "COUNT(*) FROM patients WHERE user_id = %s"
)
NEW_PATIENT = (
    "INSERT INTO patients (user_id, name, adult, sex, phone_sealed, phone_tail, id_number_sealed, relation, "
    "created_at, id_kind, phone_hash, id_number_hash, name_key) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)


class Json(Response):
    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content)


class NewPatient(BaseModel):
    name: str = Field(min_length=1, max_length=64)
    if18: str = Field(pattern="^[yn]$")
    sex: str = Field(pattern="^[mw]$")
    phone: str = Field(min_length=1, max_length=32)
    idcard: str = Field(min_length=6, max_length=64)
    relation: str = Field(max_length=16)


def patient_row(row: Any, vault: Vault) -> dict[str, Any]:
    number, name, adult, sex, phone, id_number, relation = row
    return {
        "id": number,
        "name": name,
        "if18": "y" if adult else "n",
        "sex": sex,
        "phone": masked_phone(vault.open(phone, PATIENT_PHONE)),
        "idcard": masked_id_number(vault.open(id_number, PATIENT_ID_NUMBER)),
        "relation": relation,
    }


def order_row(row: Any) -> dict[str, Any]:
    return {
        "id": row[0],
        "hospital": row[1],
        "hospitalid": row[2],
        "department": row[3],
        "wantTime": row[4],
        "service": row[5],
        "serviceId": row[6],
        "friendid": row[7],
        "date": day_text(row[8]),
        "paidTime": time_text(row[9]),
        "price": amount_text(row[10]),
        "progress": PROGRESS[row[11]],
        "more": row[12],
    }


async def add_patient(database: Database, vault: Vault, user_id: int, given: NewPatient) -> int:
    at, phone, key = now_ms(), read_phone(given.phone), search_form(given.name)
    kind, number = guess_id_kind(given.idcard)
    number_hash = vault.hash(comparable_id_number(number), PATIENT_ID_NUMBER)
    columns = (
        *(user_id, given.name, given.if18 == "y", given.sex),
        *(vault.seal(phone, PATIENT_PHONE), phone_tail(phone), vault.seal(number, PATIENT_ID_NUMBER)),
        *(given.relation, at, kind, vault.hash(phone_key(phone), PATIENT_PHONE), number_hash, key),
    )
    async with database.transaction() as run:
        lock = "SELECT 1 FROM users WHERE id = %s AND deleted_at IS NULL AND disabled_at IS NULL"
        if not await run.rows(lock + run.for_update, (user_id,)):
            raise HTTPException(401)
        known = await run.rows(
            "SELECT id, id_number_hash FROM patients WHERE user_id = %s AND deleted_at IS NULL", (user_id,)
        )
        for patient, its_hash in known:
            if its_hash == number_hash:
                return int(patient)
        living, today, ever = (await run.rows(COUNTS, (at - DAY, user_id)))[0]
        if (living or 0) >= 50 or (today or 0) >= 100 or ever >= 1000:
            raise HTTPException(409)
        patient_id = await run.insert(NEW_PATIENT, columns)
        parts = name_parts(key)
        listed = "SELECT 1 FROM name_parts WHERE kind = 'patient' AND part = %s AND name_key = %s"
        if parts and not await run.rows(listed + run.in_share_mode, (parts[0], key)):
            marks = ", ".join(["('patient', %s, %s)"] * len(parts))
            values = tuple(value for part in parts for value in (part, key))
            await run.insert(f"INSERT INTO name_parts (kind, part, name_key) VALUES {marks}", values)
        await run.commit()
        return patient_id


def application(settings: dict[str, Any]) -> FastAPI:
    vault = Vault(settings["privacy_key"])
    databases: list[Database] = []

    @asynccontextmanager
    async def opened(_: FastAPI) -> AsyncIterator[None]:
        databases.append(await open_database(settings["database"]))
        yield
        await databases.pop().close()

    app = FastAPI(lifespan=opened, openapi_url=None)

    async def caller(authorization: Annotated[str, Header()] = "") -> int:
        rows = await databases[0].rows(SESSION, (token_hash(authorization.removeprefix("Bearer ")),))
        if not rows or rows[0][6] or rows[0][7] or rows[0][4] <= now_ms():
            raise HTTPException(401)
        return int(rows[0][1])

    Caller = Annotated[int, Depends(caller)]

    @app.get("/healthz/")
    async def healthz() -> Response:
        return Json({"code": 0})

    @app.get("/user/getFriends/")
    async def patients(user_id: Caller) -> Response:
        rows = await databases[0].rows(PATIENTS, (user_id,))
        return Json({"code": 0, "msg": "", "data": [patient_row(row, vault) for row in rows]})

    @app.get("/user/getOrderStatus/")
    async def orders(user_id: Caller) -> Response:
        rows = await databases[0].rows(ORDERS, (user_id,))
        return Json({"code": 0, "data": [order_row(row) for row in rows]})

    @app.post("/user/add1friend/")
    async def add(given: NewPatient, user_id: Caller) -> Response:
        return Json(
            {"code": 0, "id": await add_patient(databases[0], vault, user_id, given), "msg": "添加成功"}
        )

    return app


if __name__ == "__main__":
    uvicorn.run(
        application(json.load(sys.stdin)),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
