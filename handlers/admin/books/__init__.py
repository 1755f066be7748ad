"""The administration: the accountant's month, the owner's reports, exports of the books."""
