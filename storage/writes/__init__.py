"""What is written: frozen dataclasses whose fields are columns. Of a change only the fields that were given are set.

A ``…Move`` holds the other columns that are written with a change of state.
"""

from __future__ import annotations

from storage.writes.accounts import AdministratorChange, AdminSessionChange, NewAdminSession, PatientColumns
from storage.writes.after_sales import (
    ComplaintMove,
    InvoiceMove,
    NewComplaint,
    NewComplaintEntry,
    NewComplaintPhoto,
    NewInvoice,
)
from storage.writes.base import KEPT, Kept, columns
from storage.writes.content import ContentMove, NewContentCheck
from storage.writes.escort_pay import NewEarning, NewPayRule, NewPayStatement, PayStatementMove
from storage.writes.office import NewClaim
from storage.writes.orders import (
    NewInvitation,
    NewOrderChange,
    NewRating,
    NewReportEntry,
    NewVisitPhoto,
    NewVisitStep,
    NewVisitTrouble,
    OrderContent,
    OrderMove,
    VisitChange,
)
from storage.writes.payments import (
    AttemptMove,
    NewAttempt,
    NewBill,
    NewOfflineAttempt,
    NewOfflineEntry,
    NewRefund,
    RefundMove,
)
from storage.writes.pushed_events import NewInboxEvent
from storage.writes.qualifications import NewQualification, QualificationMove
from storage.writes.shipping import NewShipment, ShipmentMove, TradeManagementChange
from storage.writes.supplements import NewSupplement, SupplementMove
from storage.writes.transfers import NewTransfer, TransferMove

__all__ = [
    "KEPT",
    "AdminSessionChange",
    "AdministratorChange",
    "AttemptMove",
    "ComplaintMove",
    "ContentMove",
    "InvoiceMove",
    "Kept",
    "NewAdminSession",
    "NewAttempt",
    "NewBill",
    "NewClaim",
    "NewComplaint",
    "NewComplaintEntry",
    "NewComplaintPhoto",
    "NewContentCheck",
    "NewEarning",
    "NewInboxEvent",
    "NewInvitation",
    "NewInvoice",
    "NewOfflineAttempt",
    "NewOfflineEntry",
    "NewOrderChange",
    "NewPayRule",
    "NewPayStatement",
    "NewQualification",
    "NewRating",
    "NewRefund",
    "NewReportEntry",
    "NewShipment",
    "NewSupplement",
    "NewTransfer",
    "NewVisitPhoto",
    "NewVisitStep",
    "NewVisitTrouble",
    "OrderContent",
    "OrderMove",
    "PatientColumns",
    "PayStatementMove",
    "QualificationMove",
    "RefundMove",
    "ShipmentMove",
    "SupplementMove",
    "TradeManagementChange",
    "TransferMove",
    "VisitChange",
    "columns",
]
