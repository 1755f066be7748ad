"""Made-up people: names, numbers with right check digits, what they write. The same seed gives the same people."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from personal.id_numbers import resident_check_character

SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何高林罗"
GIVEN_OLD = ("秀英", "建国", "桂兰", "志强", "玉珍", "德明", "淑芬", "国庆", "凤英", "振华", "秀兰", "永福")
GIVEN_YOUNG = ("洋", "静", "磊", "丽华", "敏", "海燕", "浩", "雨欣", "俊杰", "晓琳", "婷婷", "子轩")
WISHES = (
    *("", "", ""),
    "老人听力不好，请大声一些",
    "需要轮椅",
    "希望女陪诊员",
    "第一次来这家医院，请提前联系",
    "会说陕西话更好",
)
COMMENTS = {
    5: ("非常耐心，老人很满意", "准时到，一路照顾得很周到", "讲得很清楚，下次还找她", ""),
    4: ("挺好的，就是等号时间长", "服务不错"),
    3: ("来得有点晚",),
    2: ("没有提前联系，老人等了半小时",),
}
INTRODUCTIONS = (
    "做了八年护士，熟悉心内科和骨科的流程",
    "耐心细致，会说陕西话，陪过两百多位老人",
    "有护理员证，擅长照顾行动不便的老人",
    "熟悉西京、唐都、交大一附院的门诊和检查流程",
)


@dataclass
class Patient:
    name: str
    sex: str
    born: int
    phone: str
    id_number: str
    relation: str
    id: int = 0

    @property
    def form(self) -> dict[str, Any]:
        """As ``user/add1friend/`` takes it."""
        return {
            "if18": "y",
            "name": self.name,
            "sex": self.sex,
            "phone": self.phone,
            "idcard": self.id_number,
            "idcardKind": "身份证",
            "relation": self.relation,
            "consentGiven": "y",
        }


@dataclass
class Customer:
    login: str
    nickname: str
    patients: list[Patient] = field(default_factory=list)


class People:
    def __init__(self, seed: int = 7) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - made-up data, not secrets
        self._numbers = 0

    def name(self, given: tuple[str, ...]) -> str:
        return self.chance.choice(SURNAMES) + self.chance.choice(given)

    def escort_names(self, count: int) -> list[str]:
        """No two alike."""
        given = ("芳", "小美", "大勇", "秀梅", "丽", "晓燕", "建军", "春花", "敏", "志远", "雪", "慧")
        return [a + b for a, b in zip(self.chance.sample(SURNAMES, count), given, strict=False)]

    def phone(self) -> str:
        """Each only once; of a range that is not given out (1700000…)."""
        self._numbers += 1
        return f"1700000{self._numbers:04d}"

    def patient(self, relation: str) -> Patient:
        chance = self.chance
        old = relation in ("父母", "本人") and chance.random() < 0.8
        born = chance.randint(1940, 1962) if old else chance.randint(1965, 1995)
        sex = chance.choice("mw")
        order = chance.randint(0, 499) * 2 + (1 if sex == "m" else 0)
        digits = f"610103{born}{chance.randint(1, 12):02d}{chance.randint(1, 28):02d}{order:03d}"
        return Patient(
            self.name(GIVEN_OLD if old else GIVEN_YOUNG),
            sex,
            born,
            self.phone(),
            digits + resident_check_character(digits),
            relation,
        )

    def customer(self, number: int) -> Customer:
        relations = self.chance.choice((("父母",), ("父母", "父母"), ("本人",), ("夫妻",), ("本人", "父母")))
        nickname = self.chance.choice(("小", "阿", "")) + self.chance.choice(GIVEN_YOUNG)
        return Customer(f"customer{number}", nickname, [self.patient(each) for each in relations])
