"""Users, their sessions, patients, consents and erasures: which rows each statement is about."""

from __future__ import annotations

from typing import Any

import pytest

from storage import Storage, Transaction
from storage.models import ConsentKind, ErasureSubject, SentIn
from storage.writes import PatientColumns
from tests.storage.contract import GONE, Added, Counted, Found, Listed, Promise, Swept, Written
from tests.storage.rows import Row

MINE: Row = {"user_id": 1}
THEIRS: Row = {"user_id": 2}
KIND = ConsentKind.VISIT_RECORD
ERASED: Row = {
    "name": "", "name_key": "", "phone_sealed": "", "phone_tail": "", "phone_hash": "",
    "id_kind": "", "id_number_sealed": "", "id_number_hash": "",
}  # fmt: skip
PATIENT: Row = {
    "user_id": 1, "name": "李", "name_key": "li", "phone_sealed": "p", "phone_tail": "1234", "phone_hash": "h",
    "id_kind": "card", "id_number_sealed": "n", "id_number_hash": "i",
}  # fmt: skip
NO_NUMBER: Row = {"id_kind": "", "id_number_sealed": "", "id_number_hash": ""}


async def _renew(tx: Transaction, row: Row) -> Any:
    patient = await tx.patients.get(row["id"])
    if patient is None:
        return 0
    for column in ("phone_sealed", "id_number_sealed"):
        if row["relation"] == column:  # somebody has written it meanwhile
            await tx.connection.execute(
                f"UPDATE patients SET {column} = 'x' WHERE id = :id", {"id": row["id"]}
            )
    told = await tx.patients.renew(patient, PatientColumns(phone_sealed="renewed"))
    for column in ("phone_sealed", "id_number_sealed"):
        if row["relation"] == column:
            await tx.connection.execute(
                f"UPDATE patients SET {column} = :was WHERE id = :id", {"id": row["id"], "was": row[column]}
            )
    return told


PROMISES: dict[str, Promise] = {
    "a user": Found("users", {}, lambda tx, row: tx.users.get(row["id"])),
    "a locked user": Found("users", {}, lambda tx, row: tx.users.lock(row["id"])),
    "a user by openid": Found("users", {}, lambda tx, row: tx.users.by_openid(row["openid"]), by="openid"),
    "the remark": Written(
        "users", {}, lambda tx, row: tx.users.set_remark(row["id"], "so"), {"admin_remark": "so"}
    ),
    "a user shut out": Written(
        "users", {}, lambda tx, row: tx.users.set_disabled(row["id"], 5), {"disabled_at": 5}
    ),
    "a user let in again": Written(
        "users", {"disabled_at": 4}, lambda tx, row: tx.users.set_disabled(row["id"], None), {"disabled_at": None}
    ),
    "a picture": Written(
        "users", {}, lambda tx, row: tx.users.set_avatar_file(row["id"], "f.jpg", 9),
        {"avatar_file": "f.jpg", "profile_at": 9}, tells=False,
    ),
    "no picture": Written(
        "users", {"avatar_file": "f", "avatar_path": "p"}, lambda tx, row: tx.users.clear_avatar(row["id"]),
        {"avatar_file": "", "avatar_path": ""}, tells=False,
    ),
    "a profile": Written(
        "users", {}, lambda tx, row: tx.users.set_profile(row["id"], "Li", "p", 9),
        {"nickname": "Li", "nickname_key": "li", "avatar_path": "p", "profile_at": 9}, tells=False,
    ),
    "no nickname": Written(
        "users", {"nickname": "Li", "nickname_key": "li"}, lambda tx, row: tx.users.clear_nickname(row["id"]),
        {"nickname": "", "nickname_key": ""}, tells=False,
    ),
    "pictures page by page": Listed(
        "users", {"avatar_file": "a"}, page=lambda tx, behind, limit: tx.users.avatar_files(behind or 0, limit),
        wrong=[{"avatar_file": ""}], told=lambda found: [each[0] for each in found],
    ),
    "users page by page": Listed(
        "users", {}, page=lambda tx, behind, limit: tx.users.page(behind, limit), wrong=[{"deleted_at": 1}],
        order=("-id",),
    ),
    "users of a name page by page": Listed(
        "users", {"nickname": "Li", "nickname_key": "li"},
        page=lambda tx, behind, limit: tx.users.page(behind, limit, "LI"),
        wrong=[{"deleted_at": 1}, {"nickname_key": "lh"}, {"nickname_key": "lj"}, {"nickname_key": "ali"}],
        also=[{"nickname_key": "lin"}, {"nickname_key": "li a"}], order=("-id",),
    ),
    "a session of a user": Added(
        "sessions", lambda tx: tx.sessions.add(1, "t", 5, 9, SentIn.FIELD, "phone"),
        {"user_id": 1, "token_hash": "t", "created_at": 5, "last_seen_at": 5, "expires_at": 9,
         "sent_in": "field", "device": "phone"},
    ),
    "a used session": Written(
        "sessions", MINE, lambda tx, row: tx.sessions.touch(row["id"], 7, 99, SentIn.HEADER),
        {"last_seen_at": 7, "expires_at": 99, "sent_in": "header"}, tells=False,
    ),
    "a used session in a field": Written(
        "sessions", {**MINE, "sent_in": "field"},
        lambda tx, row: tx.sessions.touch(row["id"], 7, 99, SentIn.HEADER),
        {"last_seen_at": 7, "expires_at": 99, "sent_in": "field"}, tells=False,
    ),
    "sessions last used first": Listed(
        "sessions", {**MINE, "last_seen_at": 5}, limited=lambda tx, _, limit: tx.sessions.of_user(1, limit),
        wrong=[THEIRS], also=[{"last_seen_at": 7}, {"last_seen_at": 7}, {"last_seen_at": 6}],
        order=("-last_seen_at", "-id"),
    ),
    "an own session ended": Written(
        "sessions", MINE, lambda tx, row: tx.sessions.end_owned(row["id"], 1), GONE, wrong=[THEIRS]
    ),
    "other sessions ended": Swept(
        "sessions", MINE, lambda tx: tx.sessions.end_others(1, 44), GONE, wrong=[THEIRS, {"id": 44}]
    ),
    "a session ended": Written("sessions", MINE, lambda tx, row: tx.sessions.end(row["id"]), GONE),
    "all sessions ended": Swept("sessions", MINE, lambda tx: tx.sessions.end_all(1), GONE, wrong=[THEIRS]),
    "expired sessions": Swept(
        "sessions", {"expires_at": 100, "sent_in": "header"}, lambda tx: tx.sessions.sweep(100), GONE,
        wrong=[{"expires_at": 101}, {"sent_in": "field"}, {"sent_in": ""}], also=[{"expires_at": 99}],
    ),
    "a patient": Found("patients", MINE, lambda tx, row: tx.patients.get(row["id"])),
    "an own patient": Found(
        "patients", MINE, lambda tx, row: tx.patients.owned(row["id"], 1), [THEIRS, {"deleted_at": 1}]
    ),
    "patients": Listed(
        "patients", MINE, lambda tx: tx.patients.of_user(1), wrong=[THEIRS, {"deleted_at": 1}]
    ),
    "ID numbers": Listed(
        "patients", {**MINE, "id_number_hash": "a"}, lambda tx: tx.patients.id_numbers_of_user(1),
        wrong=[THEIRS, {"deleted_at": 1}],
    ),
    "patients of a session": Listed(
        "patients", MINE, lambda tx: tx.patients.listed("t"), wrong=[THEIRS, {"deleted_at": 1}],
        beside=[("sessions", {"user_id": 1, "token_hash": "t"}), ("sessions", {"user_id": 2, "token_hash": "u"})],
    ),
    "deleted patients": Listed(
        "patients", {**MINE, "deleted_at": 1},
        limited=lambda tx, _, limit: tx.patients.deleted_of_user(1, limit), wrong=[THEIRS, {"deleted_at": None}],
        order=("-id",),
    ),
    "patients page by page": Listed(
        "patients", MINE, page=lambda tx, behind, limit: tx.patients.page_of_user(1, behind or 0, limit),
        wrong=[THEIRS], also=[{}, {"deleted_at": 1}, {}],
    ),
    "how many patients": Counted(
        "patients", MINE, lambda tx: tx.patients.count_of_user(1), wrong=[THEIRS, {"deleted_at": 1}]
    ),
    "how many patients since when": Counted(
        "patients", {**MINE, "created_at": 50}, lambda tx: tx.patients.counts_of_user(1, 50), wrong=[THEIRS],
        also=[{"created_at": 49}, {"created_at": 51, "deleted_at": 60}, {"created_at": 49, "deleted_at": 60}],
        total=lambda rows: (2, 2, 4) if rows else (0, 0, 0),
    ),
    "an edited patient": Written(
        "patients", MINE, lambda tx, row: tx.patients.edit(row["id"], PatientColumns(name="Wu")),
        {"name": "Wu", "name_key": "wu"}, wrong=[{"deleted_at": 1}],
    ),
    "a deleted patient": Written(
        "patients", MINE, lambda tx, row: tx.patients.delete(row["id"], 1, 5, 9),
        {"deleted_at": 5, "forget_at": 9}, wrong=[THEIRS, {"deleted_at": 1}],
    ),
    "a patient handed over": Written(
        "patients", MINE, lambda tx, row: tx.patients.hand_over(row["id"], 7), {"user_id": 7}, tells=False
    ),
    "a patient to be looked at later": Written(
        "patients", {**MINE, "forget_at": 1}, lambda tx, row: tx.patients.look_again(row["id"], 9),
        {"forget_at": 9}, wrong=[{"forget_at": None}], tells=False,
    ),
    "a forgotten ID number": Written(
        "patients", {**PATIENT, "deleted_at": 1, "forget_at": 2},
        lambda tx, row: tx.patients.forget(row["id"], wholly=False), {**NO_NUMBER, "forget_at": None},
        wrong=[{"deleted_at": None}], tells=False,
    ),
    "a forgotten patient": Written(
        "patients", {**PATIENT, "deleted_at": 1, "forget_at": 2},
        lambda tx, row: tx.patients.forget(row["id"], wholly=True), {**ERASED, "forget_at": None},
        wrong=[{"deleted_at": None}], tells=False,
    ),
    "all patients erased": Swept(
        "patients", {**PATIENT, "deleted_at": 5, "forget_at": 6}, lambda tx: tx.patients.erase_of_user(1, 5),
        {**ERASED, "deleted_at": 5, "forget_at": None}, wrong=[THEIRS], also=[{"deleted_at": None}],
    ),
    "patients to forget": Listed(
        "patients", {"forget_at": 100},
        page=lambda tx, behind, limit: tx.patients.to_forget(100, limit, behind or 0),
        wrong=[{"forget_at": 101}, {"forget_at": None}], also=[{"forget_at": 99}, {}], told=list,
    ),
    "patients without hashes": Listed(
        "patients", {"phone_hash": "", "phone_sealed": "p"},
        page=lambda tx, behind, limit: tx.patients.unread_after(behind or 0, limit),
        wrong=[{"phone_hash": "h"}, {"phone_sealed": ""}],
    ),
    "renewed numbers": Written(
        "patients", PATIENT, _renew, {"phone_sealed": "renewed"},
        wrong=[{"relation": "phone_sealed"}, {"relation": "id_number_sealed"}],
    ),
    "the newest consent": Found(
        "consents", {**MINE, "kind": KIND}, lambda tx, row: tx.consents.newest(row["user_id"], KIND),
        wrong=[THEIRS, {"kind": "other"}], also=[{}, {}], order=("-id",), by="user_id",
    ),
    "consents": Listed("consents", MINE, lambda tx: tx.consents.of_user(1), wrong=[THEIRS]),
    "a consent": Added(
        "consents", lambda tx: tx.consents.add(1, KIND, "v2", 5, withdrawn_at=None),
        {"user_id": 1, "kind": KIND, "version": "v2", "given_at": 5, "withdrawn_at": None},
        told=lambda row: None,
    ),
    "consents withdrawn": Swept(
        "consents", {**MINE, "kind": KIND}, lambda tx: tx.consents.withdraw(1, KIND, 9), {"withdrawn_at": 9},
        wrong=[THEIRS, {"kind": "other"}, {"withdrawn_at": 4}],
    ),
    "an erasure that was asked for": Found(
        "erasure_requests", {**MINE, "what": "phone"},
        lambda tx, row: tx.erasure_requests.get(row["user_id"], ErasureSubject.PHONE),
        wrong=[THEIRS, {"what": "account"}], by="user_id",
    ),
    "erasures page by page": Listed(
        "erasure_requests", {},
        page=lambda tx, behind, limit: tx.erasure_requests.waiting(behind or 0, limit), wrong=[{"done_at": 1}],
    ),
    "how many erasures wait": Counted(
        "erasure_requests", {"what": "phone"}, lambda tx: tx.erasure_requests.count_waiting(ErasureSubject.PHONE),
        wrong=[{"done_at": 1}, {"what": "account"}],
    ),
    "accounts that are closing": Listed(
        "erasure_requests", {"what": "account"},
        limited=lambda tx, _, limit: tx.erasure_requests.closing(limit),
        wrong=[{"done_at": 1}, {"what": "phone"}], told=list, key="user_id",
    ),
    "an erasure that is done": Written(
        "erasure_requests", {}, lambda tx, row: tx.erasure_requests.done(row["id"], 9), {"done_at": 9}, tells=False
    ),
    "an erasure withdrawn": Written(
        "erasure_requests", {**MINE, "what": "phone"},
        lambda tx, row: tx.erasure_requests.withdraw(row["user_id"], ErasureSubject.PHONE, 9), {"done_at": 9},
        wrong=[{"what": "account"}, {"done_at": 1}], key="user_id", tells=False,
    ),
}  # fmt: skip


@pytest.mark.parametrize("promise", PROMISES)
async def test_a_statement_is_about_these_rows_alone(storage: Storage, promise: str) -> None:
    await PROMISES[promise].check(storage)
