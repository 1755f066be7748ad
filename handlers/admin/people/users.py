"""Users of the mini-program: list, remark, disable; their data exported or deleted when they ask for it."""

from __future__ import annotations

from accounts import data_export
from accounts.patients import reveal
from accounts.personal_numbers import phone_hashes
from accounts.users import basis_of_decision, check_not_deleted, delete_data, set_disabled
from handlers.admin.base import nothing
from handlers.admin.page import AdminPage
from handlers.admin.paging import ALL_SHOWN, cut, pager
from handlers.admin.people.membership_rows import memberships_of_user
from handlers.admin.people.person import name_of, patients_phones, person_facts
from handlers.admin.remarks import USER_REMARK, save_remark
from handlers.admin.stale_forms import changed_since, fingerprint, fingerprints
from handlers.errors import not_found
from personal.names import clean
from privacy import CUSTOMER_PHONE, masked_phone
from schemas.admin import CustomerPhone, Erasure, UserRemark
from schemas.wire import PROGRESS
from storage import Transaction
from storage.models import ErasureSubject, OfficeCustomer, Role, User

PAGE = 50
SHOWN = 50
"""So many deleted patients are on a user's page."""


class UsersHandler(AdminPage):
    """Users, newest first; found by the beginning of the nickname, their number or a patient's phone."""

    section = "users"

    async def get(self) -> None:
        if self.query_fields.get("show") == "closing":
            await self._show_closing()
            return
        before = self.page_number("before")
        search = clean(self.query_fields.get("q", ""))[:63]
        hashes = phone_hashes(self.services.vault, search) if before is None else ()
        async with self.services.storage.reading() as reader:
            users, last = cut(await reader.users.page(before, PAGE + 1, search), PAGE)
            first = await reader.users.with_patients_phone(hashes, PAGE) if hashes else []
            if search.isascii() and search.isdigit() and len(search) <= 18 and before is None:
                first += [user for user in (await reader.users.get(int(search)),) if user]
            users = first + [
                user for user in users if user not in first
            ]  # beside the page: no row of it is lost
            customers = await reader.customers.some({user.id for user in users})
        self.render(
            "admin/people/users.html",
            users=users,
            customers={user_id: self._customer_words(each) for user_id, each in customers.items()},
            search=search,
            closing=False,
            **pager("before", first=before is None, following=last.id if last else ""),
        )

    async def _show_closing(self) -> None:
        """Who has closed their WeChat account while an order is under way."""
        async with self.services.storage.reading() as reader:
            found = [await reader.users.get(each) for each in await reader.erasure_requests.closing(PAGE)]
        users = [user for user in found if user is not None]
        self.render(
            "admin/people/users.html", users=users, customers={}, search="", closing=True, **ALL_SHOWN
        )

    def _customer_words(self, customer: OfficeCustomer) -> tuple[str, str]:
        """Name and masked phone of a customer without the mini-program."""
        return customer.name, masked_phone(self.services.vault.open(customer.phone_sealed, CUSTOMER_PHONE))


class UserPage(AdminPage):
    """What the acts on a user share."""

    section = "users"

    async def find(self, user_id: str) -> User:
        self.back = "users/"
        user = await self.read_one(lambda reader: reader.users.get(int(user_id)))
        self.back = f"users/{user.id}/"
        return user

    async def show(
        self, user: User, conflict: str | None = None, revealed: dict[int, str] | None = None
    ) -> None:
        """The page; ``conflict``: the remark that was not saved; ``revealed``: phones in full, by patient, 0 for the
        customer's own."""
        at, vault = self.now(), self.services.vault
        async with self.services.storage.reading() as reader:
            counts = await reader.orders.count_by_state(user.id)
            facts = await person_facts(reader, vault, user, self.page_number("before"), at)
            patients = await reader.patients.of_user(user.id)
            deleted = await reader.patients.deleted_of_user(user.id, SHOWN)
            escort = await reader.escorts.of_user(user.id)
            closed = await reader.erasure_requests.get(user.id, ErasureSubject.ACCOUNT)
            shared = await memberships_of_user(reader, user.id)
        self.render(
            "admin/people/user.html",
            user=user,
            counts={PROGRESS[state]: count for state, count in counts.items()},
            patients=patients,
            deleted=deleted,
            escort=escort,
            closed_at=closed.asked_at if closed is not None and closed.done_at is None else None,
            **shared,
            shown=SHOWN,
            conflict=conflict,
            phones=patients_phones(vault, patients + deleted),
            revealed=revealed or {},
            called=name_of(user, facts["customer"], []),
            remark_fingerprint=fingerprint(user.admin_remark),
            fingerprint=fingerprints(basis_of_decision(user)),
            **facts,
            now=at,
            filtered=True,
        )


class UserHandler(UserPage):
    """One user: counts, orders, remark."""

    async def get(self, user_id: str) -> None:
        await self.show(await self.find(user_id))


class RemarkHandler(UserPage):
    """The administrators' remark on a user. What a colleague wrote meanwhile is not overwritten unseen."""

    async def post(self, user_id: str) -> None:
        self.back = f"users/{user_id}/"
        remark, shown = self.load(UserRemark())["remark"], self.shown_fingerprint()
        stale = await save_remark(
            self, USER_REMARK, int(user_id), remark, lambda user: fingerprint(user.admin_remark) != shown
        )
        if stale is None:
            self.redirect_done(self.back, "saved")
        else:
            self.set_status(409)
            await self.show(stale, remark)


class RevealPhoneHandler(UserPage):
    """A patient's phone, or the one that the office has noted of the customer, in full: an audited act."""

    async def post(self, user_id: str) -> None:
        user = await self.find(user_id)
        patient_id = self.load(CustomerPhone())["patient"]

        async def number(tx: Transaction) -> str:
            if not patient_id:
                customer = await tx.customers.get(user.id)
                if customer is None or not customer.phone_sealed:
                    raise not_found()
                return self.services.vault.open(customer.phone_sealed, CUSTOMER_PHONE)
            patient = await tx.patients.get(patient_id)
            if patient is None or patient.user_id != user.id:
                raise not_found()
            return reveal(self.services.vault, patient, "phone")

        act = "patient.reveal.phone" if patient_id else "user.reveal.phone"
        subject = ("patient", patient_id) if patient_id else ("user", user.id)
        phone = await self.audited(act, subject, number, after={"user": user.id, "what": "phone"})
        await self.show(user, revealed={patient_id: phone})


class DisableHandler(UserPage):
    """Disable a user (all sessions end) or let them in again."""

    role = Role.OWNER

    async def post(self, user_id: str, act: str) -> None:
        user = await self.find(user_id)
        shown = self.shown_fingerprint()
        disabled_at = self.now() if act == "disable" else None

        await self.audited(
            f"user.{act}",
            ("user", user.id),
            lambda tx: set_disabled(tx, user.id, disabled_at, lambda now: changed_since(shown, now)),
            {"disabled": user.disabled_at is not None},
            {"disabled": act == "disable"},
        )
        self.redirect_done(self.back, f"{act}d")


class ExportHandler(UserPage):
    """Everything that is stored about a user, for that user: a dangerous act."""

    role = Role.OWNER
    produces = "application/json"

    async def post(self, user_id: str) -> None:
        user = await self.find(user_id)
        asked = "confirm_password" in self.body_fields
        if not await self.confirmed(f"导出用户 #{user.id} 的全部个人资料"):
            return
        if (
            asked
        ):  # a download would leave the page that asks for the password in front, as if nothing had happened
            self.redirect_done(self.back, "confirmed")
            return

        await self.audited("user.export", ("user", user.id), nothing)
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.set_header("Content-Disposition", f"attachment; filename=user-{user.id}.json")
        await self.send_pieces(
            data_export.json_chunks(
                self.services.storage,
                self.services.vault,
                self.services.visit_photos,
                self.services.documents,
                user,
            )
        )


class DeleteHandler(UserPage):
    """Delete a user's personal data at their request; the books stay."""

    role = Role.OWNER

    async def post(self, user_id: str) -> None:
        user = await self.find(user_id)
        check_not_deleted(user)  # before the password is asked for
        self.load(Erasure())
        if not await self.confirmed(f"删除用户 #{user.id} 的个人资料"):
            return
        at = self.now()
        erased = await self.audited("user.delete", ("user", user.id), lambda tx: delete_data(tx, user, at))
        await self.services.remove_erased(erased)
        self.redirect_done(self.back, "deleted")


USER = r"/admin/users/([0-9]{1,18})"
routes = [
    (r"/admin/users/", UsersHandler),
    (rf"{USER}/", UserHandler),
    (rf"{USER}/remark/", RemarkHandler),
    (rf"{USER}/reveal/", RevealPhoneHandler),
    (rf"{USER}/(disable|enable)/", DisableHandler),
    (rf"{USER}/export/", ExportHandler),
    (rf"{USER}/delete/", DeleteHandler),
]
