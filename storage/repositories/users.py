"""Users of the mini-program and their sessions."""

from __future__ import annotations

from typing import Any

from personal.names import search_form
from storage.errors import Duplicate
from storage.models import NameKind, SentIn, Session, User
from storage.repositories.base import LAST_CHARACTER, Mapped, Repository, in_list
from storage.repositories.names import Names

_USERS = Mapped("users", User)
_SESSIONS = Mapped("sessions", Session)
_SESSION_AND_USER = (
    f"SELECT {_SESSIONS.aliased('s')}, {_USERS.aliased('u')} FROM sessions s JOIN users u ON u.id = s.user_id "
    "WHERE s.token_hash = :hash"
)
_NAMED = ("nickname_key >= :name", "nickname_key < :name_end")
MAX_LOOKED_UP = 5_000
"""So many users of one nickname are quicker looked up and sorted than met along the list (see order_search.py)."""


class Users(Repository):
    async def get(self, user_id: int) -> User | None:
        return _USERS.one(await self.connection.fetch_one(f"{_USERS.select} WHERE id = :id", {"id": user_id}))

    async def lock(self, user_id: int) -> User | None:
        """The user, locked until the transaction ends."""
        await self._take_turn("users", user_id)
        sql = f"{_USERS.select} WHERE id = :id{self.connection.lock}"
        return _USERS.one(await self.connection.fetch_one(sql, {"id": user_id}))

    async def lock_living(self, user_id: int) -> bool:
        """Lock the user until the transaction ends; False when they are deleted or disabled. Who adds personal data
        locks first, so that it cannot slip in behind an erasure."""
        await self._take_turn("users", user_id)
        row = await self.connection.fetch_one(
            "SELECT 1 FROM users WHERE id = :id AND deleted_at IS NULL AND disabled_at IS NULL"
            f"{self.connection.lock}",
            {"id": user_id},
        )
        return row is not None

    async def by_openid(self, openid: str) -> User | None:
        return _USERS.one(
            await self.connection.fetch_one(f"{_USERS.select} WHERE openid = :openid", {"openid": openid})
        )

    async def find_or_add(self, openid: str, at: int) -> int:
        """The id of the user with this openid, made when there is none; remembers the login."""
        parameters = {"openid": openid, "at": at}
        if await self.connection.execute(
            "UPDATE users SET last_login_at = :at WHERE openid = :openid", parameters
        ):
            found = await self.by_openid(openid)
            assert found is not None
            return found.id
        try:
            return await self._insert(
                "users",
                {
                    "openid": openid,
                    "nickname": "",
                    "avatar_path": "",
                    "avatar_file": "",
                    "admin_remark": "",
                    "created_at": at,
                    "last_login_at": at,
                },
            )
        except Duplicate:  # the same person logged in on two devices at once
            found = await self.by_openid(openid)
            if found is None:
                raise
            return found.id

    async def set_profile(self, user_id: int, nickname: str, avatar_path: str, at: int) -> None:
        before, key = await self._name_key(user_id), search_form(nickname)
        await self.connection.execute(
            "UPDATE users SET nickname = :nickname, nickname_key = :key, avatar_path = :avatar_path, "
            "profile_at = :at WHERE id = :id",
            {"id": user_id, "nickname": nickname, "key": key, "avatar_path": avatar_path, "at": at},
        )
        await Names(self.connection).replace(NameKind.USER, [before], key)

    async def clear_nickname(self, user_id: int) -> None:
        before = await self._name_key(user_id)
        await self.connection.execute(
            "UPDATE users SET nickname = '', nickname_key = '' WHERE id = :id", {"id": user_id}
        )
        await Names(self.connection).let_go(NameKind.USER, [before])

    async def clear_avatar(self, user_id: int) -> None:
        """The file is to be removed once this is committed."""
        await self.connection.execute(
            "UPDATE users SET avatar_path = '', avatar_file = '' WHERE id = :id", {"id": user_id}
        )

    async def _name_key(self, user_id: int) -> str:
        row = await self.connection.fetch_one(
            "SELECT nickname_key FROM users WHERE id = :id", {"id": user_id}
        )
        return str(row[0]) if row else ""

    async def set_avatar_file(self, user_id: int, avatar_file: str, at: int) -> None:
        await self.connection.execute(
            "UPDATE users SET avatar_file = :file, profile_at = :at WHERE id = :id",
            {"id": user_id, "file": avatar_file, "at": at},
        )

    async def avatar_files(self, after: int, limit: int) -> list[tuple[int, str]]:
        """Ids above ``after`` and the names of the uploaded pictures, of users who have one, in order of their ids."""
        rows = await self.connection.fetch_all(
            "SELECT id, avatar_file FROM users WHERE id > :after AND avatar_file <> '' ORDER BY id LIMIT :limit",
            {"after": after, "limit": limit},
        )
        return [(int(row[0]), str(row[1])) for row in rows]

    async def nicknames(self, user_ids: set[int]) -> dict[int, str]:
        """The nicknames of these users, by user."""
        if not user_ids:
            return {}
        in_sql, marks = in_list("id", sorted(user_ids))
        rows = await self.connection.fetch_all(f"SELECT id, nickname FROM users WHERE id IN {in_sql}", marks)
        return {int(row[0]): str(row[1]) for row in rows}

    async def set_remark(self, user_id: int, remark: str) -> int:
        return await self.connection.execute(
            "UPDATE users SET admin_remark = :remark WHERE id = :id", {"id": user_id, "remark": remark}
        )

    async def set_disabled(self, user_id: int, at: int | None) -> int:
        return await self.connection.execute(
            "UPDATE users SET disabled_at = :at WHERE id = :id", {"id": user_id, "at": at}
        )

    async def erase(self, user_id: int, at: int) -> None:
        """Take everything personal out of the row; the books still point at its id."""
        before = await self._name_key(user_id)
        await self.connection.execute(
            "UPDATE users SET openid = :openid, nickname = '', nickname_key = '', avatar_path = '', avatar_file = '', "
            "admin_remark = '', deleted_at = :at WHERE id = :id",
            {"id": user_id, "openid": f"deleted-{user_id}", "at": at},
        )
        await Names(self.connection).let_go(NameKind.USER, [before])

    async def page(self, before: int | None, limit: int, search: str = "") -> list[User]:
        """Users, newest first, below the id ``before``; ``search`` is the beginning of the nickname,
        however it is written."""
        source = f"users{self.connection.index_hint()}"
        where, parameters = ["deleted_at IS NULL"], dict[str, Any](limit=limit)
        if before is not None:
            where.append("id < :before")
            parameters["before"] = before
        if search:
            name = search_form(search)
            if not name:
                return []
            parameters |= {"name": name, "name_end": name + LAST_CHARACTER}
            few = await self._few_named(parameters)
            where += [] if few else list(_NAMED)
            source = few or source
        rows = await self.connection.fetch_all(
            f"SELECT {_USERS.columns} FROM {source} WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT :limit",
            parameters,
        )
        return _USERS.all(rows)

    async def with_patients_phone(self, hashes: tuple[str, ...], limit: int) -> list[User]:
        """Users who have a patient with this phone, newest first; ``hashes``: of the phone, by each key."""
        in_sql, marks = in_list("hash", hashes)
        rows = await self.connection.fetch_all(
            f"{_USERS.select} WHERE deleted_at IS NULL AND id IN (SELECT user_id FROM patients WHERE phone_hash IN "
            f"{in_sql}) ORDER BY id DESC LIMIT :limit",
            {**marks, "limit": limit},
        )
        return _USERS.all(rows)

    async def _few_named(self, parameters: dict[str, Any]) -> str:
        """Where those with such a nickname come from, to be sorted; empty when they are many.

        What very many are called (WeChat's default) is met at once among the newest.
        """
        those = (
            f"SELECT id AS user_id FROM users{self.connection.index_hint('ix_users_nickname_key_id')} "
            f"WHERE {' AND '.join(_NAMED)} LIMIT {MAX_LOOKED_UP + 1}"
        )
        count = await self._count(f"SELECT COUNT(*) FROM ({those}) named", parameters)
        return f"({those}) named CROSS JOIN users ON id = user_id" if count <= MAX_LOOKED_UP else ""


class Sessions(Repository):
    async def add(
        self,
        user_id: int,
        token_hash: str,
        at: int,
        expires_at: int,
        sent_in: SentIn | str = "",
        device: str = "",
    ) -> int:
        """``sent_in``: when it is known already how the client sends its token."""
        return await self._insert(
            "sessions",
            {
                "user_id": user_id,
                "token_hash": token_hash,
                "created_at": at,
                "last_seen_at": at,
                "expires_at": expires_at,
                "sent_in": sent_in,
                "device": device,
            },
        )

    async def find(self, token_hash: str) -> tuple[Session, User] | None:
        """The session with this hash, be it over or not, and its user, in one query."""
        row = await self.connection.fetch_one(_SESSION_AND_USER, {"hash": token_hash})
        if row is None:
            return None
        width = len(_SESSIONS.names)
        session, user = _SESSIONS.one(row[:width]), _USERS.one(row[width:])
        assert session is not None
        assert user is not None
        return session, user

    async def touch(self, session_id: int, at: int, expires_at: int, sent_in: SentIn) -> None:
        """It was used: slide the expiry, and remember how the token was sent. Once in a field, it stays so."""
        await self.connection.execute(
            "UPDATE sessions SET last_seen_at = :at, expires_at = :expires_at, "
            "sent_in = CASE WHEN sent_in = 'field' THEN sent_in ELSE :sent_in END WHERE id = :id",
            {"id": session_id, "at": at, "expires_at": expires_at, "sent_in": sent_in},
        )

    async def of_user(self, user_id: int, limit: int) -> list[Session]:
        """The sessions of a user, over or not, last used first."""
        rows = await self.connection.fetch_all(
            f"{_SESSIONS.select} WHERE user_id = :user_id ORDER BY last_seen_at DESC, id DESC LIMIT :limit",
            {"user_id": user_id, "limit": limit},
        )
        return _SESSIONS.all(rows)

    async def end_owned(self, session_id: int, user_id: int) -> int:
        """End a session if it is this user's. Rows deleted."""
        return await self.connection.execute(
            "DELETE FROM sessions WHERE id = :id AND user_id = :user_id",
            {"id": session_id, "user_id": user_id},
        )

    async def end_others(self, user_id: int, but: int) -> int:
        """End every session of a user except one."""
        return await self.connection.execute(
            "DELETE FROM sessions WHERE user_id = :user_id AND id <> :but", {"user_id": user_id, "but": but}
        )

    async def end(self, session_id: int) -> int:
        return await self.connection.execute("DELETE FROM sessions WHERE id = :id", {"id": session_id})

    async def end_all(self, user_id: int) -> int:
        return await self.connection.execute("DELETE FROM sessions WHERE user_id = :id", {"id": user_id})

    async def sweep(self, at: int) -> int:
        """Delete the expired ones. Those of released clients do not expire, and nobody knows yet whose one is that was
        never used."""
        return await self.connection.execute(
            "DELETE FROM sessions WHERE expires_at <= :at AND sent_in = 'header'", {"at": at}
        )
