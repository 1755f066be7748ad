"""The one search of the office: a name, a phone or its end, an order, a number of WeChat's, and the people it means.

Words are combined, in any order: each of them must be true of a person. ID numbers are never searched for.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from frozen_dataclasses import frozen
from personal.names import MIN_PART, clean, search_form
from personal.phones import PhoneError, phone_key, phone_tail, read_phone
from privacy import CUSTOMER_PHONE, ESCORT_PHONE, PATIENT_PHONE, PrivacyError, Vault
from storage import Reader
from storage.filters import MAX_WORDS, ORDER_NUMBER, WHOLE_NUMBER

MAX_SEARCH, MIN_END, MAX_PHONE = 64, 4, 15
"""Characters of a search; digits of an end of a phone, and of a phone."""
PHONES = {"patients": PATIENT_PHONE, "office_customers": CUSTOMER_PHONE, "escorts": ESCORT_PHONE}
"""The context under which the phones of a table are sealed."""


@frozen()
class FoundPeople:
    """Whom a search means; ``many``: there are more of them than it looks at."""

    ids: frozenset[int]
    many: bool = False


def read_search(text: str) -> str:
    """What was typed, without what cannot be seen, in half-width."""
    return unicodedata.normalize("NFKC", clean(text))[:MAX_SEARCH].strip()


async def find_people(reader: Reader, vault: Vault, search: str) -> FoundPeople:
    """Who is meant by a search (``read_search``): by the whole of it or, when no one matches that, by all its words.

    A single character beside a longer word is not looked for by itself, where it would only begin a name: whom the
    others mean must have it anywhere in one.
    """
    whole = await _find(reader, vault, search)
    words = [word for word in dict.fromkeys(search.split()) if search_form(word)][:MAX_WORDS]
    if whole.ids or len(words) < 2:
        return whole
    single = [word for word in words if _is_character(word)]
    if len(single) == len(words):
        single = []
    found = {word: await _find(reader, vault, word) for word in words if word not in single}
    certain = [each.ids for each in found.values() if not each.many]
    names = tuple(search_form(word) for word in words if word in single or found[word].many)
    if not certain:
        longest = max(names, key=len)
        ids, many = await reader.people.named(longest, tuple(name for name in names if name != longest))
        return FoundPeople(frozenset(ids), many)
    ids = set(frozenset.intersection(*certain))
    for name in names:
        ids = await reader.people.having_name(ids, name)
    return FoundPeople(frozenset(ids))


def _is_character(word: str) -> bool:
    name = search_form(word)
    return len(name) < MIN_PART and not name.isdecimal()


async def _find(reader: Reader, vault: Vault, text: str) -> FoundPeople:
    """Who is meant by this alone."""
    if WHOLE_NUMBER.fullmatch(text):
        return FoundPeople(frozenset(await reader.people.with_money_number(text)))
    number = text.removeprefix("#")
    found: set[int] = set()
    if ORDER_NUMBER.fullmatch(number):
        found |= await reader.people.owners([int(number)])
    if not text.startswith("#"):
        if ORDER_NUMBER.fullmatch(number):
            found |= await reader.people.existing(int(number))
        found |= await _with_phone(reader, vault, text)
    name = search_form(text)
    if found or not name or text.startswith("#") or name.isdecimal():
        return FoundPeople(frozenset(found))
    named, many = await reader.people.named(name)
    return FoundPeople(frozenset(named), many)


async def _with_phone(reader: Reader, vault: Vault, text: str) -> set[int]:
    """Whose phone, or patient's phone, is this or ends like this."""
    try:
        phone = read_phone(text)
    except PhoneError:
        digits = "".join(c for c in text if c not in " -")
        if not (digits.isascii() and digits.isdecimal() and MIN_END <= len(digits) <= MAX_PHONE):
            return set()
        return await _matching(
            reader, vault, digits[-MIN_END:], lambda known: _digits(known).endswith(digits)
        )
    key = phone_key(phone)
    found = await reader.people.with_phone(
        vault.hashes(key, PATIENT_PHONE), vault.hashes(key, CUSTOMER_PHONE)
    )
    return found | await _matching(reader, vault, phone_tail(phone), lambda known: phone_key(known) == key)


async def _matching(reader: Reader, vault: Vault, tail: str, wanted: Callable[[str], bool]) -> set[int]:
    """The users whose phone has this end and is the one that is wanted."""
    found = set()
    for table, context in PHONES.items():
        for user_id, sealed in await reader.people.phones_ending(tail, table):
            try:
                if wanted(vault.open(sealed, context)):
                    found.add(user_id)
            except PrivacyError:  # sealed under a key that is not configured: cannot be compared
                continue
    return found


def _digits(phone: str) -> str:
    """The number without its extension."""
    return "".join(c for c in phone.partition("转")[0] if c.isdecimal())
