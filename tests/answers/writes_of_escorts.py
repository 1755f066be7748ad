"""What escorts send, and what no user does."""

from __future__ import annotations

import json

from tests.answers import scenes
from tests.answers.write import NO_PICTURE, Write, act
from tests.visits.scenario import REPORT

OTHERS = ("owner", "stranger", "applicant", "other escort")
BODY = json.dumps(REPORT, ensure_ascii=False)
MET = {
    "id": 1,
    "actionId": act(1),
    "kind": "met",
    "note": "血压偏高",
    "latitude": "34.2",
    "longitude": "108.9",
}
LEAVE = {"day": "2026-12-24", "half": "am", "on": "y", "reason": "看牙"}
WRITES = (
    Write("an invitation accepted", scenes.ordered, "escort", "escort/accept/", {"id": 1}, OTHERS),
    Write("an invitation declined", scenes.ordered, "escort", "escort/decline/", {"id": 1, "reason": "太远"}, OTHERS),
    Write("leave", scenes.nothing, "escort", "escort/leave/", LEAVE, ("owner", "applicant")),
    Write("leave on a day with an order", scenes.served, "escort", "escort/leave/", {**LEAVE, "half": "day"}, ()),
    Write("leave given back", scenes.ordered, "escort", "escort/leave/", {**LEAVE, "day": "2026-12-20", "on": "n"}, ()),
    Write("a job confirmed", scenes.served, "escort", "escort/confirmJob/", {"id": 1}, OTHERS),
    Write("a step", scenes.on_the_way, "escort", "escort/step/", MET, OTHERS),
    Write(
        "a step with the phone's time", scenes.on_the_way, "escort", "escort/step/",
        {**MET, "kind": "departed", "phoneTime": 1_798_075_800_000, "latitude": "34.2", "longitude": ""}, (),
    ),
    Write("a step without consent", scenes.without_consent, "escort", "escort/step/", MET, ()),
    Write("a node", scenes.on_the_way, "escort", "escort/step/", {**MET, "kind": "node", "node": "取药"}, ()),
    Write("the last step", scenes.on_the_way, "escort", "escort/step/", {**MET, "kind": "done"}, ()),
    Write("a call", scenes.on_the_way, "escort", "escort/called/", {"id": 1, "actionId": act(1)}, OTHERS),
    Write(
        "a trouble", scenes.on_the_way, "escort", "escort/trouble/",
        {"id": 1, "actionId": act(1), "kind": "late", "note": "堵车", "phoneTime": 1_798_075_800_000}, OTHERS,
    ),
    Write(
        "an absence too early", scenes.on_the_way, "escort", "escort/trouble/",
        {"id": 1, "actionId": act(1), "kind": "absent"}, (),
    ),
    Write("a photo of the report", scenes.on_the_way, "escort", "escort/photo/", {"id": 1, "actionId": act(3)},
          OTHERS, "file"),
    Write(
        "the last photo that is allowed", scenes.one_photo_allowed, "escort", "escort/photo/",
        {"id": 1, "actionId": act(3)}, (), "file",
    ),
    Write("a photo without consent", scenes.without_consent, "escort", "escort/photo/",
          {"id": 1, "actionId": act(3)}, (), "file"),
    Write(
        "a supplement", scenes.on_the_way, "escort", "escort/supplement/",
        {"id": 1, "actionId": act(1), "kind": "outlay", "amount": "38.5", "reason": "代付挂号费"}, OTHERS,
    ),
    Write(
        "a supplement that is too much", scenes.on_the_way, "escort", "escort/supplement/",
        {"id": 1, "actionId": act(1), "kind": "overtime", "amount": "99999", "reason": "多陪了"}, (),
    ),
    Write("a receipt", scenes.proposed, "escort", "escort/supplementReceipt/",
          {"id": 1, "actionId": "propose-0-0123456789"}, OTHERS, "file"),
    Write("a draft", scenes.on_the_way, "escort", "escort/report/", {"id": 1, "version": 0, "body": BODY}, OTHERS),
    Write("a report", scenes.drafted, "escort", "escort/sendReport/", {"id": 1, "version": 1}, OTHERS),
    Write("an older report", scenes.drafted, "escort", "escort/sendReport/", {"id": 1, "version": 0}, ()),
    Write(
        "an addition", scenes.visited, "escort", "escort/addToReport/",
        {"id": 1, "actionId": act(1), "text": "下次要空腹"}, OTHERS,
    ),
    Write(
        "an answer", scenes.visited, "escort", "escort/answerQuestion/",
        {"id": 1, "actionId": act(1), "questionId": 1, "text": "饭后半小时"}, OTHERS,
    ),
    Write(
        "a profile", scenes.served, "escort", "escort/profile/", {"introduction": "护士出身", "years": 5, "shown": "n"},
        ("owner", "applicant"),
    ),
    Write(
        "a portrait taken away", scenes.served, "escort", "escort/profile/",
        {"introduction": "护士出身", "years": 5, "shown": "y", "removePortrait": "y"}, (),
    ),
    Write("a portrait", scenes.served, "escort", "escort/portrait/", {}, ("owner", "applicant"), "portrait"),
    Write("no portrait", scenes.served, "escort", "escort/portrait/", {}, (), "portrait", NO_PICTURE),
    Write("a portrait under another name", scenes.served, "escort", "escort/portrait/", {}, (), "file"),
    Write(
        "no photo", scenes.on_the_way, "escort", "escort/photo/", {"id": 1, "actionId": act(3)}, (), "file", NO_PICTURE
    ),
    Write(
        "a photo under another name", scenes.on_the_way, "escort", "escort/photo/", {"id": 1, "actionId": act(3)}, (),
        "portrait",
    ),
    Write(
        "no receipt", scenes.proposed, "escort", "escort/supplementReceipt/",
        {"id": 1, "actionId": "propose-0-0123456789"}, (), "file", NO_PICTURE,
    ),
    Write(
        "no document", scenes.served, "escort", "escort/qualification/", {"kind": "health", "expiresOn": "2027-11-30"},
        (), "file", NO_PICTURE,
    ),
    Write(
        "a document", scenes.served, "escort", "escort/qualification/", {"kind": "health", "expiresOn": "2027-11-30"},
        ("owner", "applicant"), "file",
    ),
    Write(
        "a document that is over", scenes.served, "escort", "escort/qualification/",
        {"kind": "health", "expiresOn": "2026-11-18"}, (), "file",
    ),
    Write("a statement confirmed", scenes.finished, "escort", "escort/confirmStatement/", {"id": 1}, OTHERS),
    Write(
        "a statement questioned", scenes.finished, "escort", "escort/questionStatement/",
        {"id": 1, "text": "少了一单"}, OTHERS,
    ),
    Write("a transfer received", scenes.transferring, "escort", "escort/receiveTransfer/", {"id": 1}, OTHERS),
    Write("no transfer received", scenes.finished, "escort", "escort/receiveTransfer/", {"id": 1}, ()),
    Write("a transfer checked", scenes.transferring, "escort", "escort/checkTransfer/", {"id": 1}, OTHERS),
    Write("no transfer checked", scenes.finished, "escort", "escort/checkTransfer/", {"id": 1}, ()),
    # What no user sends
    Write(
        "a script error", scenes.nothing, "nobody", "client/errors/",
        {"message": "x is '13800138000' 12345", "page": "pages/a", "version": "1 '2'", "system": "iOS 123456"}, (),
    ),
    Write("a script error without a place", scenes.nothing, "nobody", "client/errors/", {"message": "x"}, ()),
    *(
        Write(f"a notification without a signature: {path}", scenes.nothing, "nobody", f"wechatpay/{path}/", {}, ())
        for path in ("notify", "refund-notify", "complaint-notify", "transfer-notify")
    ),
    Write("a push without a signature", scenes.nothing, "nobody", "wechat/push/", {}, ()),
)  # fmt: skip
