"""Users, their sessions, patients and escort applications of the older system, inside one user's transaction."""

from __future__ import annotations

from typing import Any

from accounts.patients import FORGET_AFTER
from accounts.personal_numbers import id_number_columns, normal_phone, phone_columns
from accounts.tokens import token_hash
from personal.id_numbers import guess_id_kind
from personal.names import search_form
from personal.phones import phone_tail
from privacy import ESCORT_PHONE, Vault
from startup.legacy.conversion import OPENID, RELATIONS, escort_state
from startup.legacy.report import ImportReport, Outcome
from startup.legacy.source import LegacyEscort, LegacyPatient, LegacyUser
from storage import Transaction
from storage.models import NEW_ID, Escort, EscortState, Patient, SentIn, User

DELETED_PATIENT = "已删除的就诊人"
ID_TAKEN = "编号在这里已属于别人"


class PeopleImport:
    """A user who exists already stays unchanged; one who was erased here is not brought back."""

    def __init__(self, tx: Transaction, vault: Vault, report: ImportReport, at: int) -> None:
        self._tx = tx
        self._vault = vault
        self._report = report
        self._at = at

    async def user(self, legacy: LegacyUser) -> int | None:
        """The id of the user here; None when the row is left out."""
        if not OPENID.fullmatch(legacy.openid):
            self._report.leave_out("app_user", legacy.id, "openid 为空或无法识别")
            return None
        known = await self._tx.users.by_openid(legacy.openid)
        if known is not None:
            self._report.count("app_user", Outcome.ALREADY_THERE)
            if known.id != legacy.id:
                self._report.remark("app_user", legacy.id, "已在新系统登录过：数据并入那个账号")
            return known.id
        if (there := await self._tx.users.get(legacy.id)) is not None:
            self._report.leave_out(
                "app_user", legacy.id, "用户已在新系统注销" if there.deleted_at else ID_TAKEN
            )
            return None
        await self._tx.imports.add(
            User(
                id=legacy.id,
                openid=legacy.openid,
                nickname=legacy.nickname[:63],
                avatar_path=legacy.avatar_path[:511],
                avatar_file="",
                admin_remark=legacy.remark,
                created_at=self._at,
                last_login_at=self._at,
                disabled_at=None,
                deleted_at=None,
                nickname_key=search_form(legacy.nickname[:63]),
            )
        )
        self._report.count("app_user", Outcome.IMPORTED)
        return legacy.id

    async def session(self, owner: int, warrant: str) -> int:
        """Let phones that hold the older warrant go on: as a released client's it ends by no time; how many sessions
        that added."""
        hashed = token_hash(warrant)
        if await self._tx.sessions.find(hashed) is not None:
            return 0
        await self._tx.sessions.add(owner, hashed, self._at, self._at, sent_in=SentIn.FIELD)
        return 1

    async def escort(self, owner: int, legacy: LegacyEscort) -> None:
        if await self._tx.escorts.of_user(owner) is not None:
            self._report.count("app_runner", Outcome.ALREADY_THERE)
            return
        taken = await self._tx.escorts.get(legacy.user_id) is not None
        state, phone = escort_state(legacy.status), normal_phone(legacy.phone)
        await self._tx.imports.add(
            Escort(
                id=NEW_ID if taken else legacy.user_id,
                user_id=owner,
                name=legacy.name,
                phone_sealed=self._vault.seal(phone, ESCORT_PHONE),
                phone_tail=phone_tail(phone),
                state=state,
                remark=legacy.status,
                applied_at=self._at,
                decided_at=None if state == EscortState.PENDING else self._at,
            )
        )
        self._report.count("app_runner", Outcome.IMPORTED)

    async def patient(self, owner: int, legacy: LegacyPatient) -> None:
        known = await self._tx.patients.get(legacy.id)
        if known is not None:
            if known.user_id == owner:
                self._report.count("app_friend", Outcome.ALREADY_THERE)
            else:
                self._report.leave_out("app_friend", legacy.id, ID_TAKEN)
            return
        if legacy.sex not in ("m", "w") or legacy.adult not in ("y", "n") or legacy.relation not in RELATIONS:
            self._report.remark(
                "app_friend", legacy.id, "性别、成年与否或关系无法识别：按 男、成年、其他 记，请核对"
            )
        numbers = dict[str, Any](**phone_columns(self._vault, normal_phone(legacy.phone)))
        if legacy.id_number:
            numbers.update(id_number_columns(self._vault, *guess_id_kind(legacy.id_number)))
        await self._tx.imports.add(
            Patient(
                id=legacy.id,
                user_id=owner,
                name=legacy.name,
                adult=legacy.adult != "n",
                sex=legacy.sex if legacy.sex in ("m", "w") else "m",
                **{"id_number_sealed": "", **numbers},
                relation=legacy.relation if legacy.relation in RELATIONS else "其他",
                created_at=self._at,
                deleted_at=self._at if legacy.deleted else None,
                consented_at=None,
                guardian_consented_at=None,
                forget_at=self._at + FORGET_AFTER if legacy.deleted else None,
            )
        )
        self._report.count("app_friend", Outcome.IMPORTED)

    async def patient_of_order(self, owner: int, patient_id: int, name: str) -> tuple[int, str]:
        """Whom an order is for: number and name; ``name`` is what the payment says, if it says any.

        A patient that the older system has deleted wholly, or that is not this user's, is made again as a deleted one
        without phone and ID number."""
        known = await self._tx.patients.get(patient_id)
        if known is not None and known.user_id == owner:
            return known.id, name or known.name
        made = await self._tx.imports.add(
            Patient(
                id=NEW_ID if known is not None else patient_id,
                user_id=owner,
                name=name or DELETED_PATIENT,
                adult=True,
                sex="m",
                phone_sealed="",
                phone_tail="",
                id_number_sealed="",
                relation="其他",
                created_at=self._at,
                deleted_at=self._at,
                consented_at=None,
                guardian_consented_at=None,
                forget_at=None,
            )
        )
        return made, name or DELETED_PATIENT
