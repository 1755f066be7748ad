"""Phone numbers: read however they are written, kept in one normal form.

``13800138000``, ``029-85321234``, ``029-85321234转801``, ``400-800-1234``, ``+16502530000``. Numbers without a
country are Chinese. Source of what numbers exist: Google's libphonenumber; Chinese mobiles are checked by their
length and first two digits alone, because the carriers open new ranges faster than any table follows. The library's
1.6 MB are imported with the first number that is none of these.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from personal.names import invisible

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

REGION, COUNTRY = "CN", 86
_EXTENSION = re.compile(r"(?:转|轉|分机|分機|ext\.?|extension|;ext=|x|#|,)[:. ]*([0-9]{1,6})$", re.IGNORECASE)
_DASHED_EXTENSION = re.compile(r"(0[0-9]{2,3}[- ]?[0-9]{7,8})-([0-9]{1,6})")
_WRITTEN = re.compile(r"\+?[0-9()\-. ]+")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_DASHES = re.compile(r"[\u2010-\u2015\u2043\u2212\u2500\u30fc]")
_LABEL = re.compile(r"(?:tel|电话|手机|座机)[:. ]*", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s\-.()]")
_SERVICE = re.compile(r"1[0-9]{2,4}|9[56][0-9]{3,4}")
"""Emergency, enquiry and company numbers that are dialled without anything in front: 120, 12320, 95588."""


class PhoneError(ValueError):
    """Not a number that one can call; the text says in Chinese what is wrong. Holds no digit of it."""


def read_phone(text: str) -> str:
    """The normal form of a person's number. Raises PhoneError."""
    if _MOBILE.fullmatch(text):
        return text
    main, extension = _parts(text)
    return _normal_form(_parse(main), extension)


def read_service_phone(text: str) -> str:
    """The normal form of a number that is called by everybody: a hospital's may be as short as 120."""
    digits = _SEPARATORS.sub("", _fold(text))
    return digits if _SERVICE.fullmatch(digits) else read_phone(text)


def phone_key(normal: str) -> str:
    """What makes two numbers the same: the whole number with its country, without the extension."""
    main = normal.partition("转")[0]
    if _MOBILE.fullmatch(main):
        return f"+{COUNTRY}{main}"
    import phonenumbers

    try:
        return _called(phonenumbers.parse(main, REGION))
    except phonenumbers.NumberParseException:
        return _SEPARATORS.sub("", main)


def phone_tail(phone: str) -> str:
    """The last four digits of the number, not of its extension: administrators may search for them."""
    return re.sub(r"\D", "", phone.partition("转")[0])[-4:]


def _fold(text: str) -> str:
    """Half-width, without what nobody sees, every dash a hyphen."""
    shown = "".join(c for c in text if not invisible(c))
    latin = "".join(str(unicodedata.decimal(c, c)) for c in unicodedata.normalize("NFKC", shown))
    return " ".join(_DASHES.sub("-", latin).split())


def _parts(text: str) -> tuple[str, str]:
    folded = _fold(text)
    folded = folded[match.end() :] if (match := _LABEL.match(folded)) else folded
    extension = ""
    if found := _EXTENSION.search(folded):
        folded, extension = folded[: found.start()].rstrip(" (-"), found[1]
    elif dashed := _DASHED_EXTENSION.fullmatch(folded):
        folded, extension = dashed[1], dashed[2]
    if not folded:
        raise PhoneError("请填写电话号码")
    if not _WRITTEN.fullmatch(folded):
        several = re.search(r"[/、,;，；或和]", folded)
        raise PhoneError(
            "只能填一个电话号码" if several else "电话号码里只能有数字，分机请写成 029-85321234转801 这样"
        )
    if not re.search(r"[0-9]", folded):
        raise PhoneError("请填写电话号码")
    return folded, extension


def _parse(main: str) -> PhoneNumber:
    import phonenumbers

    digits = _SEPARATORS.sub("", main)
    if digits.startswith("1"):
        _check_mobile(digits)
    try:
        number = phonenumbers.parse(main, REGION)
    except phonenumbers.NumberParseException:
        raise PhoneError(_what_is_wrong(digits)) from None
    if number.country_code != COUNTRY:
        if not phonenumbers.is_possible_number(number) or not _stays_itself(number):
            raise PhoneError("国际号码不对，请检查国家代码和号码")
        return number
    national = str(number.national_number)
    if not number.italian_leading_zero and len(national) == 11 and national.startswith("1"):
        _check_mobile(national)
    elif not phonenumbers.is_valid_number(number):
        if national.startswith("1") and not digits.startswith("0"):
            _check_mobile(national)
        raise PhoneError(_what_is_wrong(digits))
    return number


def _stays_itself(number: PhoneNumber) -> bool:
    """With a zero too many a number would be another one each time that it is read."""
    import phonenumbers

    called = _called(number)
    return _called(phonenumbers.parse(called)) == called


def _called(number: PhoneNumber) -> str:
    """With the country in front, as it is called from everywhere."""
    import phonenumbers

    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _check_mobile(digits: str) -> None:
    if len(digits) != 11:
        raise PhoneError(f"手机号应为 11 位，现在是 {len(digits)} 位")
    if not _MOBILE.fullmatch(digits):
        raise PhoneError("手机号不对，请检查前三位")


def _what_is_wrong(digits: str) -> str:
    if digits.startswith("0"):
        return "座机号码不对，请检查区号和号码"
    if 7 <= len(digits) <= 8:
        return "座机号码请加上区号，例如 029-85321234"
    return "电话号码不对，请检查"


def _normal_form(number: PhoneNumber, extension: str) -> str:
    import phonenumbers

    suffix = f"转{extension}" if extension else ""
    if number.country_code != COUNTRY:
        return _called(number) + suffix
    national = phonenumbers.national_significant_number(number)
    area = phonenumbers.length_of_geographical_area_code(number)
    if _MOBILE.fullmatch(national):
        return national + suffix
    if area:
        return f"0{national[:area]}-{national[area:]}{suffix}"
    kind, kinds = phonenumbers.number_type(number), phonenumbers.PhoneNumberType
    if kind in (kinds.TOLL_FREE, kinds.SHARED_COST) and len(national) == 10:
        return f"{national[:3]}-{national[3:6]}-{national[6:]}{suffix}"
    return f"0{national}{suffix}" if kind == kinds.FIXED_LINE else national + suffix
