"""Names, phones and ID numbers: one normal form each, and an error that says which case it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personal.id_numbers import IdKind, IdNumberError, comparable_id_number, guess_id_kind, read_id_number
from personal.names import clean, is_han, search_form
from personal.phones import PhoneError, phone_key, phone_tail, read_phone, read_service_phone
from schemas.wire import ID_KINDS

TODAY = "2026-11-29"


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("王 小明", "王小明"),
        ("王\u200b小明", "王小明"),
        ("王\u2060小\u00ad明\ufeff", "王小明"),
        ("王\u3000小明", "王小明"),
        ("\u202d王小明\u202c", "王小明"),
        ("古丽•买买提", "古丽·买买提"),
        ("古丽・买买提", "古丽·买买提"),
        ("古丽‧买买提", "古丽·买买提"),
        ("古丽･买买提", "古丽·买买提"),
        ("古丽∙买买提", "古丽·买买提"),
        ("古丽●买买提", "古丽·买买提"),
        ("古丽. 买买提", "古丽·买买提"),
        ("ALEXANDER WEI", "Alexander Wei"),
        ("Ａｌｅｘａｎｄｅｒ　Ｗｅｉ", "alexanderwei"),
        ("Jose\u0301", "José"),
        ("JOSE", "José"),
        ("葛\U000e0100城", "葛城"),
        ("\uf9e1", "李"),
        ("王\u2800小明", "王小明"),
        ("王\ufffc小明", "王小明"),
    ],
)
def test_names_that_look_alike_are_one_name(written: str, found: str) -> None:
    assert search_form(written) == search_form(found) != ""


@pytest.mark.parametrize(
    ("one", "other"), [("王小明", "王小朋"), ("王𬎆", "王"), ("Wei", "Wie"), ("😀", "😁")]
)
def test_names_that_differ_stay_apart(one: str, other: str) -> None:
    assert search_form(one) != search_form(other)


def test_a_name_is_shown_as_it_was_written_without_what_nobody_sees() -> None:
    assert clean(" 王 小明\u200b ") == "王 小明"
    assert clean("古丽•买买提") == "古丽•买买提"
    assert clean("Jose\u0301\tWei") == clean("Jose\u200b\u0301 Wei") == "José Wei"
    assert search_form("\u1100\u200d\u1161") == search_form("\u1100·\u1161") == search_form("가") == "가"
    assert clean("王\U000323b0") == "王\U000323b0", "a character that this Python does not know yet"
    assert (
        search_form("·•")
        == search_form("--")
        == search_form("\u2800\u2800")
        == search_form("\u0300\u0301")
        == ""
    )
    assert clean("\u2800\u2800\ufffc") == ""
    assert clean("张\x01三\x7f") == clean("张\x00三\x9f") == "张三", "control characters are seen by nobody"
    assert clean("e\x01\u0301") == "é"
    assert clean("王\t小\x1f明\x85") == "王 小 明", "these are blanks"


def test_chinese_characters_of_every_block_are_chinese() -> None:
    assert all(is_han(c) for c in "王㐀𬎆\U0003134f\U000323b0〇々")
    assert not any(is_han(c) for c in "aé·あ김😀 1")


@given(st.text())
def test_normal_forms_of_names_are_stable(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert len(search_form(text)) <= 64
    assert search_form(clean(text)) == search_form(text)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("13800138000", "13800138000"),
        ("\u202d138 0013 8000\u202c", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("＋８６ 13800138000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("0086 138 0013 8000", "13800138000"),
        ("电话：13800138000", "13800138000"),
        ("029-85321234", "029-85321234"),
        ("（029）8532–1234", "029-85321234"),
        ("+86 29 8532 1234", "029-85321234"),
        ("02985321234", "029-85321234"),
        ("0915 3212345", "0915-3212345"),
        ("010-62345678", "010-62345678"),
        ("029-85321234转801", "029-85321234转801"),
        ("029-85321234 分机：801", "029-85321234转801"),
        ("029-85321234-801", "029-85321234转801"),
        ("029 8532 1234 ext. 801", "029-85321234转801"),
        ("4008001234", "400-800-1234"),
        ("+852 6123 4567", "+85261234567"),
        ("+1 (650) 253-0000", "+16502530000"),
        ("+44 7911 123456", "+447911123456"),
    ],
)
def test_a_phone_has_one_normal_form_however_it_is_written(written: str, normal: str) -> None:
    assert read_phone(written) == normal
    assert read_phone(normal) == normal


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("------", "请填写电话号码"),
        ("", "请填写电话号码"),
        ("1389123456", "手机号应为 11 位，现在是 10 位"),
        ("123456", "手机号应为 11 位，现在是 6 位"),
        ("138001380001", "手机号应为 11 位，现在是 12 位"),
        ("+86 1389123456", "手机号应为 11 位，现在是 10 位"),
        ("12345678901", "手机号不对，请检查前三位"),
        ("85321234", "座机号码请加上区号"),
        ("0101234567", "座机号码不对"),
        ("13800138000/13900139000", "只能填一个"),
        ("13800138000、13900139000", "只能填一个"),
        ("13800138000a", "只能有数字"),
        ("abcdefg", "只能有数字"),
        ("+999 12345", "不对"),
        ("999999", "不对"),
    ],
)
def test_what_is_no_phone_is_refused_with_its_case(written: str, said: str) -> None:
    with pytest.raises(PhoneError, match=said):
        read_phone(written)


def test_two_writings_of_one_phone_are_the_same_and_an_extension_makes_no_difference() -> None:
    assert phone_key("029-85321234转801") == phone_key("029-85321234") == "+862985321234"
    assert phone_key("13800138000") == "+8613800138000"
    assert phone_tail("029-85321234转801") == "1234"


def test_a_hospital_may_have_a_short_number() -> None:
    assert [read_service_phone(number) for number in ("120", "12320", "9 5 5 8 8", "400 800 1234")] == [
        "120",
        "12320",
        "95588",
        "400-800-1234",
    ]
    with pytest.raises(PhoneError):
        read_service_phone("1389123456")


@given(st.text(max_size=40))
def test_any_text_is_a_phone_or_refused(text: str) -> None:
    try:
        normal = read_phone(text)
    except PhoneError:
        return
    assert read_phone(normal) == normal
    assert phone_key(normal)


@pytest.mark.parametrize(
    ("written", "kind", "normal"),
    [
        ("E12345678", IdKind.PASSPORT, "E12345678"),
        ("ｅ１２３４５６７８", IdKind.PASSPORT, "E12345678"),
        ("PASSPORT-E12345678", IdKind.PASSPORT, "E12345678"),
        ("EA1234567", IdKind.PASSPORT, "EA1234567"),
        ("H12345678", IdKind.HONG_KONG_MACAU, "H12345678"),
        ("M1234567800", IdKind.HONG_KONG_MACAU, "M1234567800"),
        ("A123456（7）", IdKind.HONG_KONG_MACAU, "A123456(7)"),
        ("12345678", IdKind.TAIWAN, "12345678"),
        ("11010519491231002x", IdKind.RESIDENT, "11010519491231002X"),
        ("110105 1949 1231 0023", IdKind.RESIDENT, "110105194912310023"),
        ("110105491231002", IdKind.RESIDENT, "110105491231002"),
        ("911101199001010010", IdKind.FOREIGN_RESIDENT, "911101199001010010"),
        ("USA110199010112", IdKind.FOREIGN_RESIDENT, "USA110199010112"),
        ("X" * 32, None, "X" * 32),
    ],
)
def test_the_kind_of_an_id_number_is_guessed_by_its_shape(
    written: str, kind: IdKind | None, normal: str
) -> None:
    assert guess_id_kind(written) == (kind, normal)


@pytest.mark.parametrize(
    ("kind", "written", "normal"),
    [
        (IdKind.RESIDENT, "１１０１０５ 19491231 002ｘ", "11010519491231002X"),
        (IdKind.PASSPORT, "e1234-5678", "E12345678"),
        (IdKind.HONG_KONG_MACAU, "h12345678", "H12345678"),
        (IdKind.HONG_KONG_MACAU, "A123456（7）", "A123456(7)"),
        (IdKind.HONG_KONG_MACAU, "A1234567", "A123456(7)"),
        (IdKind.TAIWAN, "1234 5678", "12345678"),
        (IdKind.TAIWAN, "1234567890(A)", "1234567890(A)"),
        (IdKind.FOREIGN_RESIDENT, "usa110199010112", "USA110199010112"),
        (IdKind.FOREIGN_RESIDENT, "911124198108030024", "911124198108030024"),
    ],
)
def test_an_id_number_of_a_kind_is_read_into_its_normal_form(kind: IdKind, written: str, normal: str) -> None:
    assert read_id_number(kind, written, TODAY) == normal
    assert read_id_number(kind, normal, TODAY) == normal


@pytest.mark.parametrize(
    ("kind", "written", "said"),
    [
        (IdKind.RESIDENT, "11010519491231002", "少一位"),
        (IdKind.RESIDENT, "1101051949123100", "少二位"),
        (IdKind.RESIDENT, "11010519491231002X", ""),
        (IdKind.RESIDENT, "110105194912310021", "第 18 位不对"),
        (IdKind.RESIDENT, "1101051949123100211", "多一位"),
        (IdKind.RESIDENT, "110105491231002", "是 15 位旧号码"),
        (IdKind.RESIDENT, "1101O519491231002X", "第 5 位不对，应为数字"),
        (IdKind.RESIDENT, "11010519491231002Y", "第 18 位不对，应为数字或 X"),
        (IdKind.RESIDENT, "11010519491331002X", "出生日期"),
        (IdKind.RESIDENT, "110105209912310028", "出生日期"),
        (IdKind.RESIDENT, "", "请填写"),
        (IdKind.PASSPORT, "ABCDEFGH", "护照号码是"),
        (IdKind.HONG_KONG_MACAU, "H1234567", "少一位"),
        (IdKind.HONG_KONG_MACAU, "12345678", "H 或 M"),
        (IdKind.TAIWAN, "1234567", "少一位"),
        (IdKind.TAIWAN, "H12345678", "8 位数字"),
        (IdKind.FOREIGN_RESIDENT, "USA11019901011", "少一位"),
        (IdKind.FOREIGN_RESIDENT, "911124198108030025", "第 18 位不对"),
    ],
)
def test_a_wrong_id_number_is_refused_with_its_case(kind: IdKind, written: str, said: str) -> None:
    if not said:
        assert read_id_number(kind, written, TODAY)
        return
    with pytest.raises(IdNumberError, match=said):
        read_id_number(kind, written, TODAY)


def test_each_changed_digit_of_a_resident_number_is_noticed() -> None:
    good = "11010519491231002X"
    for place in range(17):
        bad = good[:place] + str((int(good[place]) + 1) % 10) + good[place + 1 :]
        with pytest.raises(IdNumberError):
            read_id_number(IdKind.RESIDENT, bad, TODAY)


def test_one_id_number_is_the_same_however_it_is_written() -> None:
    for one, other in (
        ("A123456（7）", "a1234567"),
        ("PASSPORT-E12345678", "e1234 5678"),
        ("110105491231002", "11010519491231002x"),
        ("H12345678", "Ｈ１２３４５６７８"),
    ):
        assert comparable_id_number(one) == comparable_id_number(other)
    assert comparable_id_number("E12345678") != comparable_id_number("E12345679")


@given(st.sampled_from(IdKind), st.text(max_size=40))
def test_any_text_is_an_id_number_or_refused(kind: IdKind, text: str) -> None:
    guess_id_kind(text)
    comparable_id_number(text)
    try:
        normal = read_id_number(kind, text, TODAY)
    except IdNumberError:
        return
    assert read_id_number(kind, normal, TODAY) == normal


PEOPLE = json.loads((Path(__file__).parents[1] / "data" / "people.json").read_text("utf-8"))


def said(read: Callable[[], object]) -> str:
    try:
        read()
    except (PhoneError, IdNumberError) as error:
        return str(error)
    return ""


@pytest.mark.parametrize(("text", "problem"), PEOPLE["phones"])
def test_the_server_says_of_a_phone_what_the_form_says(text: str, problem: str) -> None:
    assert said(lambda: read_phone(text)) == problem


@pytest.mark.parametrize(("kind", "text", "problem"), PEOPLE["id_numbers"])
def test_the_server_says_of_an_id_number_what_the_form_says(kind: str, text: str, problem: str) -> None:
    assert said(lambda: read_id_number(ID_KINDS[kind], text, "2026-11-23")) == problem
