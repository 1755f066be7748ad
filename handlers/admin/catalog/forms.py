"""The catalog's tables as an administrator edits them: which fields a form has, and what may be written into each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from marshmallow import Schema, ValidationError, fields

from frozen_dataclasses import frozen
from handlers.admin.catalog.questions_form import check_questions
from handlers.admin.catalog.uploads import MAX_UPLOAD_MB
from personal.phones import read_service_phone
from schemas.admin import Yuan
from schemas.base import Choice, Day, Input, Text, Whole
from schemas.personal import Phone
from storage.models import Takes

_BETWEEN_WORDS = re.compile(r"[\s、，,；;]+")
_COORDINATE = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,10})?")
LINK = re.compile(r"/?pages/[0-9A-Za-z_/-]{1,100}(\?[0-9A-Za-z_=&%-]{0,100})?")


@frozen()
class FormField:
    """``kind``: text, long, lines, words, yuan, number, phone, hospital, picture, day, choice, questions or flag.
    ``longest``: characters."""

    name: str
    label: str
    kind: str = "text"
    longest: int = 64
    shortest: int = 0
    hint: str = ""
    side: int = 1200
    """Of a picture: its longest side is made this long at the most, in px."""
    longest_line: int = 0
    """Of lines: characters of each; they are tidied up then."""
    choices: Mapping[str, str] = field(default_factory=dict)
    """Of a choice: what is stored, and what it is called; the first one is meant where nothing is sent."""


@frozen()
class Table:
    """A table of the catalog. ``columns``: fields that the list shows; ``price`` is money and needs the owner."""

    name: str
    label: str
    fields: tuple[FormField, ...]
    columns: tuple[str, ...]
    title: str
    priced: bool = False
    empty: str = ""
    schema: Schema = field(init=False)

    def __post_init__(self) -> None:
        declared = {item.name: _field(item) for item in self.fields}
        made = Input.from_dict(declared, name=f"{self.name.capitalize()}Form")
        object.__setattr__(self, "schema", made())

    @property
    def of_a_hospital(self) -> bool:
        return any(item.kind == "hospital" for item in self.fields)

    @property
    def pictures(self) -> tuple[FormField, ...]:
        return tuple(item for item in self.fields if item.kind == "picture")


@frozen()
class Coordinate:
    """A degree in China, as GCJ-02 writes it. No longitude of China is a latitude of it, so that swapped ones show."""

    label: str
    least: float
    most: float
    example: str

    def holds(self, degrees: float) -> bool:
        return self.least <= degrees <= self.most


LONGITUDE = Coordinate("经度", 73.4, 135.1, "108.9402")
LATITUDE = Coordinate("纬度", 3.8, 53.6, "34.2658")


def _coordinate(own: Coordinate, other: Coordinate) -> Callable[[str], None]:
    def check(text: str) -> None:
        if not _COORDINATE.fullmatch(text):
            raise ValidationError(f"应为坐标，例如 {own.example}")
        degrees = float(text)
        if other.holds(degrees):
            raise ValidationError(f"经度和纬度好像填反了：这像是{other.label}，{own.label}例如 {own.example}")
        if not own.holds(degrees):
            raise ValidationError(
                f"不在中国境内，{own.label}应在 {own.least} 到 {own.most} 之间，例如 {own.example}"
            )

    return check


def _link(text: str) -> None:
    if text and not LINK.fullmatch(text):
        raise ValidationError("应为小程序页面路径，例如 /pages/services/services")


_CHECKS: dict[str, Callable[[str], None]] = {
    "longitude": _coordinate(LONGITUDE, LATITUDE),
    "latitude": _coordinate(LATITUDE, LONGITUDE),
    "link": _link,
}


class TidyList(Text):
    """Words or lines, each once, without the empty ones."""

    def __init__(self, longest: int, separator: str, longest_entry: int, label: str) -> None:
        self.separator = separator
        self.longest_entry = longest_entry or 16
        super().__init__(0, longest, metadata={"label": label}, load_default="")

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        found = _BETWEEN_WORDS.split(text) if self.separator == " " else text.split("\n")
        entries = list(dict.fromkeys(filter(None, (" ".join(entry.split()) for entry in found))))
        if long := [entry for entry in entries if len(entry) > self.longest_entry]:
            raise ValidationError(f"「{long[0][:12]}…」太长，每个不能超过 {self.longest_entry} 个字")
        return self.separator.join(entries)


def _field(item: FormField) -> Any:
    meta = {"label": item.label}
    if item.kind == "yuan":
        return Yuan(1, item.label, data_key=item.name)
    if item.kind in ("number", "hospital"):
        return Whole(0 if item.kind == "number" else 1, 1_000_000_000, metadata=meta)
    if item.kind == "flag":
        return fields.Boolean(load_default=False, metadata=meta)
    if item.kind == "day":
        return Day(metadata=meta)
    if item.kind == "choice":
        first = next(iter(item.choices))
        return Choice(tuple(item.choices), metadata=meta, required=False, load_default=first)
    if item.kind == "questions":
        questions = Text(0, item.longest, metadata=meta, load_default="")
        questions.validators.append(check_questions)
        return questions
    if item.kind == "words" or item.longest_line:
        return TidyList(item.longest, " " if item.kind == "words" else "\n", item.longest_line, item.label)
    options: dict[str, Any] = {"load_default": ""} if item.shortest == 0 else {}
    made = Text(item.shortest, item.longest, metadata=meta, **options)
    if item.kind == "phone":
        return Phone(read_service_phone, item.longest, metadata=meta, required=False, **options)
    check = _CHECKS.get(item.name)
    if check:
        made.validators.append(check)
    return made


def _picture(name: str, label: str, side: int, hint: str = "") -> FormField:
    return FormField(
        name, label, "picture", 255, 0, f"{hint}JPG、PNG 或 WebP，不超过 {MAX_UPLOAD_MB} MB，会自动缩小", side
    )


TAKES: dict[str, str] = {
    Takes.HALF: "半天（上午或下午）",
    Takes.DAY: "全天（上午和下午）",
    Takes.ERRAND: "代办（同一个半天可以办几单）",
}
HOSPITALS = Table(
    "hospitals",
    "医院",
    (
        FormField("name", "名称", shortest=2),
        FormField("grade", "等级", longest=16, hint="例如 三甲"),
        FormField("kind", "类型", longest=32, hint="例如 综合医院"),
        FormField("phone", "电话", "phone", longest=32, hint="例如 029-85321234"),
        FormField("address", "地址", longest=255),
        FormField(
            "longitude",
            "经度",
            longest=16,
            shortest=1,
            hint="GCJ-02 坐标（腾讯、高德地图上查到的），用于导航，例如 108.9402",
        ),
        FormField("latitude", "纬度", longest=16, shortest=1, hint="GCJ-02 坐标，例如 34.2658"),
        FormField("campuses", "院区", "lines", 2_000, hint="每行一个；下单时可以选", longest_line=64),
        FormField(
            "meeting_points",
            "见面地点",
            "lines",
            2_000,
            hint="每行一个，例如 门诊楼一层大厅",
            longest_line=128,
        ),
        FormField(
            "departments", "科室", "lines", 2_000, hint="每行一个；没列出的客户可以自己写", longest_line=64
        ),
        FormField("introduction", "介绍", "long", 10_000),
        _picture("logo", "标志", 256),
        _picture("picture", "照片", 1200),
    ),
    ("name", "grade", "kind"),
    "name",
    empty="添加第一家合作医院，小程序首页会马上显示。",
)
SERVICES = Table(
    "services",
    "服务",
    (
        FormField("name", "名称", shortest=2, hint="同名的几项是同一服务的不同规格"),
        FormField("unit", "规格", longest=16, shortest=1, hint="写给客户看的，例如 半天、天、次"),
        FormField("takes", "占用陪诊员", "choice", choices=TAKES, hint="安排和名额都按它算"),
        FormField("price_fen", "价格（元）", "yuan"),
        FormField("summary", "一句话简介", longest=127),
        FormField("introduction", "说明", "long", 10_000),
        FormField("included", "包含的内容", "lines", 4_000, hint="每行一项"),
        FormField("notice", "须知", "long", 4_000),
        FormField(
            "needs_id_number", "医院登记要用就诊人的证件号码", "flag", hint="不勾选，客户可以不填证件号码"
        ),
        FormField("questions", "下单时要问客户的", "questions", 4_000, hint="例如 要取什么报告"),
        FormField(
            "step_nodes",
            "陪诊过程的节点",
            "lines",
            1_000,
            hint="每行一个，例如 取号；不写就用通用的",
            longest_line=32,
        ),
        FormField("keywords", "搜索词", "words", 255, hint="客户还会怎样找它，用空格隔开，例如 代办 取药"),
        _picture("picture", "图片", 1200),
    ),
    ("name", "unit", "price_fen"),
    "name",
    priced=True,
    empty="添加第一项服务和它的价格。",
)
EXPERTS = Table(
    "experts",
    "专家",
    (
        FormField("hospital_id", "医院", "hospital"),
        FormField("name", "姓名", shortest=1),
        FormField("title", "职称", hint="例如 主任医师"),
        FormField("department", "科室"),
        FormField("specialty", "专长", longest=255),
        FormField("introduction", "介绍", "long", 10_000),
        FormField("sample", "示例数据", "flag", hint="小程序里会注明是示例"),
        _picture("picture", "照片", 600),
    ),
    ("name", "title", "department", "hospital_id", "sample"),
    "name",
    empty="逐位添加，或用表格一次导入。",
)
BANNERS = Table(
    "banners",
    "轮播图",
    (
        FormField("title", "标题", hint="给看不见图片的人"),
        FormField("link", "点开的页面", longest=255, hint="小程序页面路径，可以不填"),
        _picture("picture", "图片", 1500, "宽图，建议 1500×640；"),
    ),
    ("title", "link"),
    "title",
    empty="添加首页顶部轮播的图片。",
)
SHOWCASES = Table(
    "showcases",
    "案例",
    (
        FormField("hospital_id", "医院", "hospital"),
        FormField("title", "标题", longest=127, shortest=2),
        FormField("body", "内容", "long", 10_000, hint="不要写能认出患者的信息"),
        FormField("service_name", "服务"),
        FormField("visit_date", "日期", "day"),
    ),
    ("title", "hospital_id", "visit_date"),
    "title",
    empty="把完成得好的陪诊写成案例，显示在医院页面。",
)
TABLES = {table.name: table for table in (HOSPITALS, SERVICES, EXPERTS, BANNERS, SHOWCASES)}
