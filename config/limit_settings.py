"""The settings of limits: how often who may do what, and how large it may be."""

from __future__ import annotations

from marshmallow import validate

from config.setting import NOT_NEGATIVE, setting
from frozen_dataclasses import frozen


@frozen()
class LimitSettings:
    login_per_minute: int = setting(30, "logins per minute and address; 0: no limit", check=NOT_NEGATIVE)
    order_per_minute: int = setting(60, "order and payment requests per minute and user", check=NOT_NEGATIVE)
    write_per_minute: int = setting(
        60, "other changes per minute and user (patients, profile, application, ratings)", check=NOT_NEGATIVE
    )
    card_per_minute: int = setting(
        20,
        "cards that invite family, opened or accepted per minute and user; nobody guesses one",
        check=NOT_NEGATIVE,
    )
    claim_per_minute: int = setting(
        10,
        "links and codes of orders by phone, opened or claimed per minute and user, so that none can be guessed",
        check=NOT_NEGATIVE,
    )
    phone_number_per_minute: int = setting(
        6, "phone numbers of WeChat read by a tap per minute and user", check=NOT_NEGATIVE
    )
    export_per_minute: int = setting(6, "exports of one's own data per minute and user", check=NOT_NEGATIVE)
    avatar_per_minute: int = setting(10, "uploads of an avatar per minute and user", check=NOT_NEGATIVE)
    admin_login_per_minute: int = setting(
        10, "administrators' logins per minute and address", check=NOT_NEGATIVE
    )
    admin_write_per_minute: int = setting(
        300, "changes and exports per minute and administrator", check=NOT_NEGATIVE
    )
    photo_per_minute: int = setting(
        60, "uploads of photos of visits per minute and escort", check=NOT_NEGATIVE
    )
    complaint_per_minute: int = setting(
        6, "complaints, and additions to them, per minute and user", check=NOT_NEGATIVE
    )
    complaint_photo_per_minute: int = setting(
        20, "uploads of photos of complaints per minute and user", check=NOT_NEGATIVE
    )
    body_kilobytes: int = setting(
        1024,
        "largest request body that is read, avatars too; only administrators' pictures (10 MB each), "
        "photos of visits and complaints, and invoices may be larger",
        check=validate.Range(1, 64 * 1024),
    )
    photo_kilobytes: int = setting(
        10 * 1024, "largest photo of a visit or a complaint that is read", check=validate.Range(1, 64 * 1024)
    )
