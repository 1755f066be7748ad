"""Patients are added with every consent that is needed, and deleted only when that was meant."""

from __future__ import annotations

from tests.browser.clients import PATIENT, ApiUser
from tests.browser.flows import to_step
from tests.browser.phone import Phone

CONSENT = "我单独同意处理上面的敏感个人信息"
GUARDIAN = "我是其监护人或已取得监护人同意"


def test_a_minor_needs_both_consents_and_their_time_is_kept(phone: Phone, person: ApiUser) -> None:
    phone.open("pages/patient-edit/patient-edit")
    phone.tap("护照")
    phone.write("姓名", "李小宝")
    phone.tap("子女")
    phone.write("证件号码", "AB1234567")
    phone.tap("男")
    phone.tap("未满 18 岁")
    phone.write("联系电话", PATIENT["phone"])
    phone.tap("保存")
    phone.see("未成年人需要监护人同意", "需要您单独同意，我们才能保存这些信息")
    phone.tap(GUARDIAN, exact=False)
    phone.not_see("未成年人需要监护人同意")
    phone.tap(CONSENT, exact=False)
    phone.tap(CONSENT, exact=False)  # taken back
    phone.tap("保存")
    phone.see("需要您单独同意，我们才能保存这些信息")
    assert phone.requests("user/add1friend/") == []
    phone.tap(CONSENT, exact=False)
    phone.tap("保存")
    phone.until_path("pages/patients/patients")
    phone.see("李小宝", "未成年人")
    [patient] = person.get("user/export/")["data"]["patients"]
    assert (patient["if18"], patient["idcardKind"], patient["idcard"]) == ("n", "护照", "AB1234567")
    assert patient["consentTime"] == patient["guardianConsentTime"] != ""


def test_a_patient_is_deleted_after_asking_and_can_be_kept(phone: Phone, person: ApiUser) -> None:
    person.add_patient()
    phone.open("pages/patients/patients").see("李建国")
    phone.tap("删除")
    phone.see("确定删除“李建国”吗？")
    phone.tap_sheet(".mp-modal .cancel")
    phone.not_see("确定删除")
    assert phone.requests("user/delete1friend/") == []
    phone.tap("删除")
    phone.see("确定删除“李建国”吗？")
    phone.tap_sheet(".mp-modal .ok")
    phone.see("还没有就诊人")
    assert person.get("user/getFriends/")["data"] == []


def test_a_patient_is_changed_and_the_numbers_stay_unless_they_are_typed_again(
    phone: Phone, person: ApiUser
) -> None:
    person.add_patient(name="阿卜杜热合曼·阿卜杜克热木江·吐尔孙")
    phone.open("pages/patients/patients").see("阿卜杜热合曼·阿卜杜克热木江·吐尔孙")
    phone.tap("修改")
    phone.until_path("pages/patient-edit/patient-edit")
    phone.see("不改就不填")
    phone.write("姓名", "阿卜杜热合曼·吐尔孙")
    phone.tap("填座机或国外号码")
    phone.write("联系电话", "029-85321234转801")
    phone.tap("保存")
    phone.until_path("pages/patients/patients")
    phone.see("阿卜杜热合曼·吐尔孙", "029*****1234转801")
    [patient] = person.get("user/export/")["data"]["patients"]
    assert (patient["phone"], patient["name"]) == ("029-85321234转801", "阿卜杜热合曼·吐尔孙")


def test_the_case_is_named_and_what_was_written_survives_leaving(phone: Phone, person: ApiUser) -> None:
    person.get("user/me/")
    phone.open("pages/patients/patients").see("还没有就诊人")
    phone.tap("添加就诊人")
    phone.until_path("pages/patient-edit/patient-edit")
    phone.write("姓名", "王桂花")
    phone.write("证件号码", "11010519491231002")
    phone.field("姓名").focus()
    phone.see("少一位：身份证号是 18 位，现在是 17 位", "110105 1949 1231 002")
    phone.write("联系电话", "1389123456")
    phone.field("姓名").focus()
    phone.see("手机号应为 11 位，现在是 10 位")
    phone.back()
    phone.until_path("pages/patients/patients")
    phone.tap("添加就诊人")
    phone.until_path("pages/patient-edit/patient-edit")
    assert phone.field("姓名").input_value() == "王桂花"
    assert phone.field("联系电话").input_value() == "1389123456"
    assert person.get("user/getFriends/")["data"] == []


def test_a_patient_without_an_id_number_completes_it_where_a_service_needs_it(
    phone: Phone, person: ApiUser
) -> None:
    # 代开药品 needs none: the form does not ask for one.
    phone.open("pages/order/order?serviceId=6&hospitalId=1").write("需要我们做什么", "代交住院费")
    to_step(phone, 2)
    phone.tap("添加就诊人")
    phone.see("现在不用填")
    phone.write("姓名", "李建国")
    phone.tap("父母")
    phone.tap("男")
    phone.tap("已满 18 岁")
    phone.write("联系电话", "13822223333")
    phone.tap("我单独同意处理上面的敏感个人信息", exact=False)
    phone.tap("保存")
    phone.until_path("pages/order/order")
    phone.see("李建国（父母）")
    assert person.get("user/getFriends/")["data"][0]["idcard"] == ""
    # 全程陪诊 does.
    phone.open("pages/order/order?serviceId=4&hospitalId=1")
    to_step(phone, 2)
    phone.see("这项服务要用证件号码挂号")
    phone.tap("去补上")
    phone.until_path("pages/patient-edit/patient-edit")
    phone.write("证件号码", PATIENT["idcard"])
    phone.tap("我单独同意处理上面的敏感个人信息", exact=False)
    phone.tap("保存")
    phone.until_path("pages/order/order")
    phone.not_see("这项服务要用证件号码挂号")
