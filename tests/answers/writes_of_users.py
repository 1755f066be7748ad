"""What users send."""

from __future__ import annotations

from tests.answers import scenes
from tests.answers.write import NO_PICTURE, Write, act

PATIENT = {
    "if18": "y", "name": "李建国", "sex": "m", "phone": "13822223333", "idcard": "610102195001011234",
    "relation": "父母",
}  # fmt: skip
ORDER = {
    "hospitalId": 1, "department": "心内科", "wantTime": "2026-12-24", "serviceId": 4, "friendid": 1,
    "more": "请早点到", "visitTime": "09:30", "campus": "本部", "meetingPoint": "门诊大厅",
    "contactPhone": "13822223333",
}  # fmt: skip
COMPANY = {
    "id": 1, "kind": "company", "title": "西安仁爱健康管理有限公司", "taxNumber": "91610131MA6U1ABC0T",
    "email": "finance@example.com",
}  # fmt: skip
EVERYBODY = ("stranger", "other", "family", "payer", "escort")
WRITES = (
    # The account
    Write("a login", scenes.nothing, "nobody", "login/", {"code": "as:li:1"}, others=()),
    Write("a logout", scenes.nothing, "owner", "user/logout/", others=()),
    Write("a device that is nobody's", scenes.nothing, "owner", "user/endDevice/", {"id": 99}, others=()),
    Write("the other devices", scenes.nothing, "owner", "user/endDevice/", {"id": 0}, others=()),
    Write(
        "a nickname", scenes.nothing, "owner", "user/setAvatarAndNickname/",
        {"nickname": "小李", "avatarURL": "wxfile://tmp"}, others=(),
    ),
    Write("an avatar", scenes.nothing, "owner", "user/avatar/", upload="avatar", others=()),
    Write("no avatar", scenes.nothing, "owner", "user/avatar/", {}, (), "avatar", NO_PICTURE),
    Write("a picture under another name", scenes.nothing, "owner", "user/avatar/", {}, (), "file"),
    Write("a deletion", scenes.nothing, "owner", "user/deleteMe/", {"confirm": "删除"}, others=()),
    Write("a deletion with an order", scenes.ordered, "owner", "user/deleteMe/", {"confirm": "删除"}, others=()),
    Write(
        "an application", scenes.nothing, "owner", "user/apply2be1caregiver/",
        {"name": "王小芳", "phone": "13811112222"}, others=("escort",),
    ),
    Write(
        "answers to messages", scenes.nothing, "owner", "user/messageAnswers/",
        {"answers": '{{"{template}": "accept"}}'},
    ),
    Write("a phone number", scenes.nothing, "owner", "user/readPhone/", {"code": "made up"}, others=()),
    # Patients
    Write("a patient added", scenes.nothing, "owner", "user/add1friend/", PATIENT, others=()),
    Write(
        "a child added", scenes.nothing, "owner", "user/add1friend/",
        {**PATIENT, "if18": "n", "sex": "w", "relation": "子女", "consentGiven": "y", "guardianConsentGiven": "y"},
        others=(),
    ),
    Write("a patient changed", scenes.nothing, "owner", "user/edit1friend/", {**PATIENT, "id": 1}),
    Write(
        "a patient's name changed", scenes.nothing, "owner", "user/edit1friend/",
        {**PATIENT, "id": 1, "phone": "", "idcard": ""},
    ),
    Write("a patient deleted", scenes.nothing, "owner", "user/delete1friend/", {"id": 1}),
    # Orders
    Write("an order", scenes.nothing, "owner", "user/create1order/", ORDER, others=("stranger",)),
    Write(
        "an order of another price", scenes.nothing, "owner", "user/create1order/", {**ORDER, "shownPrice": "￥1"},
        others=(),
    ),
    Write(
        "an order at another hospital", scenes.nothing, "owner", "user/create1order/",
        {**ORDER, "hospitalId": 0, "hospitalCustom": "别的医院", "perPatient": "y"}, others=(),
    ),
    Write("an order changed", scenes.paying, "owner", "user/create1order/", {**ORDER, "more": "不用", "unpaidId": 1}),
    Write("an order paid", scenes.paying, "owner", "user/pay1order/", {"id": 1}, others=EVERYBODY),
    Write("a paid order paid", scenes.paid, "owner", "user/pay1order/", {"id": 1}, others=EVERYBODY),
    Write("an order deleted", scenes.paying, "owner", "user/delete1order/", {"id": 1}, others=EVERYBODY),
    Write("a paid order deleted", scenes.paid, "owner", "user/delete1order/", {"id": 1}),
    Write("a paid order taken off the list", scenes.ordered, "owner", "user/hide1order/", {"id": 1}, others=()),
    Write("an order taken off the list", scenes.cancelled, "owner", "user/hide1order/", {"id": 1}, others=EVERYBODY),
    Write(
        "a cancellation", scenes.paid, "owner", "user/refund1order/", {"id": 1, "reason": "不去了", "amount": "￥198"},
        others=EVERYBODY,
    ),
    Write(
        "a cancellation for another amount", scenes.paid, "owner", "user/refund1order/",
        {"id": 1, "reason": "不去了", "amount": "￥197"}, others=(),
    ),
    Write(
        "money back", scenes.paid, "owner", "user/refund1order/",
        {"id": 1, "reason": "少做了", "amount": "￥50", "kind": "money_back"}, others=(),
    ),
    Write("a request withdrawn", scenes.asked_back, "owner", "user/withdraw1request/", {"id": 1}, others=EVERYBODY),
    Write(
        "a visit moved", scenes.served, "owner", "user/move1order/",
        {
            "id": 1, "wantTime": "2026-12-23", "visitTime": "14:30", "seenDay": "2026-12-24", "seenTime": "09:30",
            "reason": "孩子考试",
        },
        others=EVERYBODY,
    ),
    Write(
        "a visit moved late", scenes.on_the_eve, "owner", "user/move1order/",
        {
            "id": 1, "wantTime": "2026-12-26", "visitTime": "14:30", "seenDay": "2026-12-24", "seenTime": "09:30",
            "reason": "孩子考试",
        },
        others=(),
    ),
    Write("a request to move withdrawn", scenes.ordered, "other", "user/withdrawMove/", {"id": 2}, ("owner",)),
    Write(
        "a rating", scenes.over, "owner", "user/rate1order/",
        {"id": 1, "stars": 4, "comment": "很好", "tags": '["准时"]'}, others=EVERYBODY,
    ),
    Write("a rating of a visit to come", scenes.served, "owner", "user/rate1order/", {"id": 1, "stars": 4}, ()),
    Write("a payment confirmed in WeChat", scenes.paid, "owner", "user/confirmedService/", {"id": 1}, EVERYBODY),
    Write("a visit confirmed", scenes.served, "owner", "user/confirmVisit/", {"id": 1}, others=EVERYBODY),
    Write("a visit confirmed without an escort", scenes.ordered, "owner", "user/confirmVisit/", {"id": 1}, ()),
    # Sharing
    Write("a card of an order", scenes.served, "owner", "user/inviteMember/", {"id": 1, "role": "payer"}, EVERYBODY),
    Write("a card of a patient", scenes.served, "owner", "user/inviteMember/", {"patientId": 1, "role": "family"}),
    Write("a card accepted", scenes.ordered, "stranger", "user/acceptInvitation/", {"token": "{card}"}, ("owner",)),
    Write(
        "a card of a patient accepted", scenes.ordered, "stranger", "user/acceptInvitation/",
        {"token": "{card_of_patient}"}, ("owner", "family"),
    ),
    Write("a card that is none", scenes.ordered, "stranger", "user/acceptInvitation/", {"token": "nothing"}, ()),
    Write("a card revoked", scenes.ordered, "owner", "user/revokeInvitation/", {"id": 1}, EVERYBODY),
    Write("a member removed", scenes.served, "owner", "user/endMember/", {"id": 1}, EVERYBODY),
    Write("an order left", scenes.served, "family", "user/leaveOrder/", {"id": 1}, ("stranger", "owner")),
    Write("a claim by link", scenes.unpaid, "stranger", "user/claimOrder/", {"token": "{token0}"}, ()),
    Write("a claim by code", scenes.unpaid, "stranger", "user/claimOrder/", {"code": "{code0}"}, ("other",)),
    Write("a claim that is none", scenes.unpaid, "stranger", "user/claimOrder/", {"code": "ABCDE-FGHJK"}, ()),
    # Supplements
    Write(
        "a supplement disputed that is being paid",
        scenes.supplement_being_paid,
        "payer",
        "user/disputeSupplement/",
        {"id": 1, "reason": "没有用过"},
    ),
    Write("a supplement paid", scenes.visited, "payer", "user/paySupplement/", {"id": 1}, EVERYBODY[:3]),
    Write(
        "a supplement disputed", scenes.visited, "payer", "user/disputeSupplement/", {"id": 1, "reason": "没有用过"},
        ("stranger", "other", "family", "escort"),
    ),
    Write(
        "a supplement asked back", scenes.supplements_paid, "payer", "user/refundSupplement/",
        {"id": 1, "reason": "多收了", "amount": "￥10"},
    ),
    Write(
        "a supplement asked back that nobody has paid", scenes.visited, "payer", "user/refundSupplement/",
        {"id": 1, "reason": "多收了", "amount": "￥10"}, (),
    ),
    Write(
        "a supplement's request withdrawn", scenes.supplement_asked_back, "payer", "user/withdrawSupplementRefund/",
        {"id": 1},
    ),
    # Visits
    Write(
        "a consent", scenes.served, "owner", "user/giveVisitConsent/", {"version": "2026-11", "agree": "y"}, ()
    ),
    Write(
        "a consent withdrawn", scenes.visited, "owner", "user/giveVisitConsent/",
        {"version": "2026-11", "agree": "n"}, (),
    ),
    Write(
        "a consent withdrawn with what there is", scenes.visited, "owner", "user/giveVisitConsent/",
        {"version": "2026-11", "agree": "n", "erase": "y"}, (),
    ),
    Write(
        "a consent to what is to be erased", scenes.visited, "owner", "user/giveVisitConsent/",
        {"version": "2026-11", "agree": "y", "erase": "y"}, (),
    ),
    Write(
        "a question", scenes.visited, "owner", "user/askReport/", {"id": 1, "actionId": act(1), "text": "饭前吃吗"},
        ("stranger", "other", "escort", "payer"),
    ),
    Write("a report confirmed", scenes.visited, "owner", "user/confirmReport/", {"id": 1}, EVERYBODY),
    Write("no report confirmed", scenes.served, "owner", "user/confirmReport/", {"id": 1}, ()),
    # After the visit
    Write(
        "a complaint", scenes.served, "owner", "user/complain/",
        {"id": 1, "kind": "service", "actionId": act(1), "text": "陪诊员迟到了半小时"}, EVERYBODY,
    ),
    Write(
        "a suggestion", scenes.served, "owner", "user/complain/",
        {"kind": "suggestion", "actionId": act(1), "text": "希望早一点开门"}, (),
    ),
    Write("a photo of a complaint", scenes.served, "owner", "user/complaintPhoto/", {"actionId": act(2)}, (), "file"),
    Write(
        "no photo of a complaint", scenes.served, "owner", "user/complaintPhoto/", {"actionId": act(2)}, (), "file",
        NO_PICTURE,
    ),
    Write(
        "more of a complaint", scenes.finished, "owner", "user/addToComplaint/",
        {"id": 1, "actionId": act(1), "text": "还有一件事"}, EVERYBODY,
    ),
    Write("an invoice", scenes.over, "owner", "user/requestInvoice/", COMPANY, EVERYBODY),
    Write(
        "an invoice of a person", scenes.over, "owner", "user/requestInvoice/",
        {"id": 1, "kind": "person", "email": ""}, (),
    ),
    Write("an invoice of a visit to come", scenes.served, "owner", "user/requestInvoice/", COMPANY, ()),
    Write("an invoice withdrawn", scenes.finished, "other", "user/withdrawInvoice/", {"id": 2}, ("owner",)),
    Write("an issued invoice withdrawn", scenes.finished, "owner", "user/withdrawInvoice/", {"id": 1}, ()),
)  # fmt: skip
