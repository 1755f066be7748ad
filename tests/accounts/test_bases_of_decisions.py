"""Which facts each decision of the office is based on: what a page carries of them is compared by these names."""

from __future__ import annotations

from dataclasses import replace

from accounts import account_changes, users
from accounts.content import deciding
from orders.changing.changes import basis_of_change
from orders.escorts import profiles, qualifications, review
from storage.models import (
    Administrator,
    ContentCheck,
    EscortProfile,
    EscortQualification,
    Reapplication,
    User,
)
from tests.orders.scene import NOON, Scene

ESCORT_DOCUMENT = EscortQualification(
    7, 1, "health", "file.jpg", 10, "pending", "2027-11-30", "", NOON, None, None, None
)


async def test_about_accounts_and_users() -> None:
    admin = Administrator(1, "店主", "hash", "owner", "", 0, NOON - 9, NOON - 5, None, False)
    assert account_changes.basis_of_decision(admin) == {
        "role": "owner",
        "disabled": False,
        "password": NOON - 5,
    }
    assert account_changes.basis_of_decision(replace(admin, disabled_at=NOON))["disabled"] is True
    user = User(1, "oUser", "", "", "", "", NOON, NOON, None, None)
    assert users.basis_of_decision(user) == {"disabled": False, "deleted": False}
    assert users.basis_of_decision(replace(user, disabled_at=1)) == {"disabled": True, "deleted": False}
    assert users.basis_of_decision(replace(user, deleted_at=1)) == {"disabled": False, "deleted": True}


async def test_about_what_users_write(scene: Scene) -> None:
    check = await _check(scene)
    assert deciding.basis_of_decision(check) == {"id": check.id, "state": "unsent", "file": "a.jpg"}


async def _check(scene: Scene) -> ContentCheck:
    from accounts.content import submitting

    await scene.run(lambda tx: submitting.hand_in_avatar(tx, scene.own.owner, "a.jpg", NOON))
    async with scene.storage.reading() as reader:
        found = await reader.content.get(1)
    assert found is not None
    return found


async def test_about_escorts(scene: Scene) -> None:
    async with scene.storage.reading() as reader:
        escort = await reader.escorts.get(scene.escorts[0])
    assert escort is not None
    known = {"state": "approved", "name": "王芳", "phone": "9000"}
    assert review.basis_of_decision(escort, None) == {
        **known,
        "new_name": "",
        "new_phone": "",
        "applied_at": escort.applied_at,
    }
    again = Reapplication(escort.id, "王芳芳", "sealed", "9007", NOON)
    assert review.basis_of_decision(escort, again) == {
        **known,
        "new_name": "王芳芳",
        "new_phone": "9007",
        "applied_at": NOON,
    }
    assert qualifications.basis_of_decision(ESCORT_DOCUMENT) == {
        "state": "pending",
        "file": "file.jpg",
        "expires": "2027-11-30",
    }
    profile = EscortProfile(1, "old.jpg", "十年", 10, NOON, None, "new.jpg", "十一年", 11, NOON)
    basis = profiles.basis_of_decision(profile)
    assert set(basis.values()) == {"new.jpg", "十一年", 11, NOON}
    assert set(basis) == {"portrait", "introduction", "years", "proposed_at"}


async def test_about_a_change_of_an_order(scene: Scene) -> None:
    await scene.served()
    order = await scene.read()
    assert basis_of_change(order) == {
        "visit_date": "2026-12-24",
        "visit_time": "09:30",
        "hospital_id": 1,
        "hospital_name": "西京医院",
        "campus": "本部",
        "meeting_point": "门诊楼大厅",
        "department": "心内科",
        "contact_phone_sealed": "orders.contact_phone(13800138000)",
        "wishes": "请早点到",
        "state": "serving",
        "escort_id": scene.escorts[0],
    }


async def test_which_decisions_there_are_about_an_escort(scene: Scene) -> None:
    async with scene.storage.reading() as reader:
        escort = await reader.escorts.get(scene.escorts[0])
    assert escort is not None
    again = Reapplication(escort.id, "王芳芳", "sealed", "9007", NOON)
    wanted = {
        "pending": (["approve", "reject"], ["approve", "reject"]),
        "approved": (["suspend"], ["approve", "reject", "suspend"]),
        "rejected": (["approve"], ["approve", "reject"]),
        "suspended": (["approve"], ["approve", "reject"]),
    }
    for state, (without, with_application) in wanted.items():
        assert review.decisions(replace(escort, state=state), None) == without
        assert review.decisions(replace(escort, state=state), again) == with_application
    assert review.decisions(replace(escort, name=""), again) == []
