"""Numbers and names of people: every text has one normal form or one sentence that says what is wrong."""

from __future__ import annotations

from random import Random

from bench.fuzz.mutation import spoil_text
from bench.fuzz.target import Target, check
from money import read_amount, read_typed_amount
from personal.id_numbers import IdKind, IdNumberError, comparable_id_number, guess_id_kind, read_id_number
from personal.names import clean, name_parts, search_form
from personal.phones import PhoneError, phone_key, phone_tail, read_phone, read_service_phone

PHONES = (
    *(
        "13800138000",
        "029-85321234",
        "029-85321234转801",
        "+16502530000",
        "400-800-1234",
        "+86 138 0013 8000",
        "120",
    ),
    *(
        "(029) 8532 1234",
        "１３８００１３８０００",
        "tel: 010-12345678 ext 12",
        "852-23456789",
        "0085223456789",
        "95588",
    ),
)
ID_NUMBERS = (
    *("610102195001011234", "11010519491231002X", "610102500101123", "E12345678", "H12345678", "M1234567890"),
    *(
        "A123456(3)",
        "12345678",
        "1234567890(A)",
        "911124198108030024",
        "CHN310180010112",
        "PASSPORT: E12345678",
    ),
)
NAMES = (
    "王小明",
    "古丽•买买提",
    "Alexander Wei",
    "José",
    "阿卜杜热合曼·阿卜杜克热木江",
    "𬎆 先生",
    "王 小 明",
)
AMOUNTS = ("198", "￥198.00", "0.01", "1,980.5", "198元", "１９８", "99999999.99")
TODAY = "2026-12-01"
EXAMPLES = ("029-85321234", "12345678")
"""Numbers that the refusals themselves name."""


def phones(random: Random) -> None:
    text = spoil_text(random, random.choice(PHONES), PHONES)
    for read in (read_service_phone, read_phone):
        try:
            normal = read(text)
        except PhoneError as error:
            check(not _quotes(str(error), text), "the refusal quotes the number")
            if read is read_phone:
                raise
            continue
        check(read(normal) == normal, "the normal form of a normal form is another")
        check(len(normal) <= 32 and normal.isprintable(), "a normal form that no column holds")
        check(len(phone_tail(normal)) <= 4 and bool(phone_key(normal)), "a number without an end or a key")


def id_numbers(random: Random) -> None:
    text = spoil_text(random, random.choice(ID_NUMBERS), ID_NUMBERS)
    guessed = guess_id_kind(text)[1]
    check(guess_id_kind(guessed)[1] == guessed, "a guess about a normal form changes it")
    check(comparable_id_number(guessed).isalnum() or not comparable_id_number(guessed), "not comparable")
    read = 0
    for each in IdKind:
        try:
            normal = read_id_number(each, text, TODAY)
        except IdNumberError as error:
            check(not _quotes(str(error), text), "the refusal quotes the number")
            continue
        check(read_id_number(each, normal, TODAY) == normal, "the normal form of a normal form is another")
        check(normal.isascii() and len(normal) <= 32, "a normal form that no column holds")
        read += 1
    if not read:
        raise IdNumberError("of no kind")


def names(random: Random) -> None:
    text = spoil_text(random, random.choice(NAMES), NAMES)
    check(clean(clean(text)) == clean(text), "a clean name can be cleaned")
    form = search_form(text)
    check(
        search_form(form) == form == search_form(clean(text)), "the search form of a search form is another"
    )
    check(len(form) <= 64 and all(form.find(part) >= 0 for part in name_parts(form)), "a part that is none")


def amounts(random: Random) -> None:
    text = spoil_text(random, random.choice(AMOUNTS), AMOUNTS)
    fen = read_amount(text)
    check(fen is None or 0 <= fen < 10**15, "an amount out of all bounds")
    check(0 <= read_typed_amount(text) < 10**15, "an amount out of all bounds")


def _quotes(sentence: str, text: str) -> bool:
    """Does a refusal repeat five digits in a row of what was sent? Those of its own examples are no secret."""
    for example in EXAMPLES:
        sentence = sentence.replace(example, "")
    return any(text[at : at + 5] in sentence for at in range(len(text) - 4) if text[at : at + 5].isdigit())


TARGETS = (
    Target("phone numbers", phones, (PhoneError,)),
    Target("ID numbers", id_numbers, (IdNumberError,)),
    Target("names", names, ()),
    Target("amounts", amounts, (ValueError,)),
)
