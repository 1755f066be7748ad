"""Users, patients and escorts of ``bench.filler``."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from bench.bulk import Bulk
from clock import DAY
from personal.id_numbers import IdKind, comparable_id_number
from personal.names import name_parts, search_form
from personal.phones import phone_key
from privacy import ESCORT_PHONE, PATIENT_ID_NUMBER, PATIENT_PHONE, Vault
from storage.models import EscortState, NameKind

SPAN = 730 * DAY
"""How much time the rows are spread over, until now."""
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任"
)
GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂玉华建国志文红梅春海燕雪峰林波宁浩宇欣怡梓涵子轩"


@dataclass(frozen=True)
class Company:
    """What does not follow from the number of orders. ``regular_orders``: so many of the newest ten thousand are of the
    first user and were served by the first escort. ``after_sales``: with all that follows an order."""

    span: int = SPAN
    escorts: int | None = None
    regular_orders: int = 0
    after_sales: bool = False
    orders_per_case: int = 1_000
    open_cases: int = 0


AS_BEFORE = Company()


@dataclass
class People:
    """Who is there, by position: patient ``n`` belongs to ``owner[n]`` and is called ``name[n]``."""

    users: int
    escorts: int
    name: list[str]
    owner: list[int]
    phone_tail: str
    phone: str
    """Of the last patient."""
    escort_names: dict[int, str] = field(default_factory=dict)


FREQUENT_GIVEN = "建国"
"""What one patient in 150 is called, whatever the surname."""
SYLLABLES = (
    "古丽",
    "买买提",
    "艾力",
    "阿依",
    "努尔",
    "热依",
    "木沙",
    "帕提",
    "克里木",
    "吐尔逊",
    "卓玛",
    "扎西",
    "次仁",
)


def _name(chance: random.Random) -> str:
    """A full name; the surname's place in the list decides how common it is. Some are of other peoples, and longer."""
    dice = chance.random()
    if dice < 0.02:
        return "·".join("".join(chance.choices(SYLLABLES, k=2)) for _ in range(2))
    if dice < 0.02 + 1 / 150:
        return chance.choice(SURNAMES) + FREQUENT_GIVEN
    surname = SURNAMES[min(int(chance.expovariate(0.075)), len(SURNAMES) - 1)]
    return surname + chance.choice(GIVEN) + (chance.choice(GIVEN) if chance.random() < 0.7 else "")


def add_people(
    into: Bulk, orders: int, vault: Vault, now: int, chance: random.Random, company: Company = AS_BEFORE
) -> People:
    users, patients = max(orders * 3 // 10, 1), max(orders * 4 // 10, 1)
    escorts = company.escorts if company.escorts is not None else max(orders // 1_250, min(orders, 3))
    phone, id_number = (
        vault.seal("13800001234", PATIENT_PHONE),
        vault.seal("11010519491231002X", PATIENT_ID_NUMBER),
    )
    id_hash = vault.hash(comparable_id_number("11010519491231002X"), PATIENT_ID_NUMBER)
    begin, step = now - company.span, company.span / users
    nicknames: set[str] = set()
    for user in range(1, users + 1):
        at = int(begin + user * step)
        nickname = "微信用户" if chance.random() < 0.6 else f"{_name(chance)[1:]}{chance.randrange(1000)}"
        nicknames.add(nickname)
        into.add(
            "users", (user, f"o{user:027d}", nickname, "", "", "", at, at, None, None, search_form(nickname))
        )
    people = People(users, escorts, [], [], "", "")
    for patient in range(1, patients + 1):
        people.name.append(_name(chance))
        people.owner.append(patient if patient <= users else chance.randint(1, users))
        people.phone_tail, sex = f"{chance.randrange(10_000):04d}", chance.choice("mw")
        people.phone = f"13{patient % 100_000:05d}{people.phone_tail}"
        about = (
            people.owner[-1],
            people.name[-1],
            1,
            sex,
            phone,
            people.phone_tail,
            id_number,
            "本人",
            begin,
            None,
            begin,
            None,
            None,
            IdKind.RESIDENT,
            vault.hash(phone_key(people.phone), PATIENT_PHONE),
            id_hash,
            search_form(people.name[-1]),
        )
        into.add("patients", (patient, *about))
    sealed = vault.seal("13900005678", ESCORT_PHONE)
    for escort in range(1, escorts + 1):
        state = EscortState.APPROVED if escort % 10 else EscortState.PENDING
        people.escort_names[escort] = name = _name(chance)
        into.add(
            "escorts", (escort, escort, name, sealed, "5678", state, "", begin, begin, search_form(name))
        )
        if company.after_sales:
            into.add("escort_profiles", (escort, "", "做了八年护士", 8, begin, None, "", "", 0, None))
    for kind, names in ((NameKind.USER, nicknames), (NameKind.PATIENT, set(people.name))):
        for key in sorted({search_form(name) for name in names}):
            for part in sorted(name_parts(key)):
                into.add("name_parts", (kind, part, key))
    return people
