"""The assignment desk: waiting orders beside the half-days of the escorts, proposals, a day on a phone, what is new."""
