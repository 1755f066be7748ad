"""What is counted and logged of refusals: names that the monitoring and its alarms are written for."""

from __future__ import annotations

import logging

import pytest

from accounts.security_events import SecurityEvent, SecurityEvents
from config import ROOT

METRICS = {
    "hospital_security_events": ("Refusals that may be an attack.", "event"),
    "hospital_notifications_refused": ("Notifications that could not be verified.", "reason"),
    "hospital_pushes_refused": ("Pushed messages that could not be verified.", "reason"),
}


def test_the_counters_have_the_names_that_the_operator_was_told() -> None:
    events = SecurityEvents()
    manual = (ROOT / "docs/operation.md").read_text("utf-8")
    found = {}
    for counter in (events.counter, events.refused_notifications, events.refused_pushes):
        (metric,) = counter.collect()
        (label,) = counter._labelnames
        found[metric.name] = (metric.documentation, label)
        assert f"`{metric.name}_total{{{label}}}`" in manual
    assert found == METRICS


def test_every_event_has_a_zero_before_the_first_one_and_its_line_in_the_manual() -> None:
    (metric,) = SecurityEvents().counter.collect()
    totals = {
        sample.labels["event"]: sample.value for sample in metric.samples if sample.name.endswith("_total")
    }
    assert totals == dict.fromkeys(map(str, SecurityEvent), 0)
    manual = (ROOT / "docs/operation.md").read_text("utf-8")
    assert [event for event in SecurityEvent if f"`{event}`" not in manual] == []


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (("203.0.113.9",), "event=forbidden address=203.0.113.9 account=- detail=- request=-"),
        (
            ("2001:db8::1", "user:7", "no_role", "r-1"),
            "event=forbidden address=2001:db8::1 account=user:7 detail=no_role request=r-1",
        ),
        (
            ("a b\nevent=x", "店长", "x=1", "y" * 129),
            f"event=forbidden address=a_b_event_x account=店长 detail=x_1 request={'y' * 128}",
        ),
    ],
)
def test_an_event_is_one_line_and_one_more(
    caplog: pytest.LogCaptureFixture, given: tuple[str, ...], line: str
) -> None:
    caplog.set_level(logging.INFO)
    events = SecurityEvents()
    events.record(SecurityEvent.FORBIDDEN, *given)
    ((name, level, told),) = caplog.record_tuples
    assert (name, level, told) == ("hospital.security", logging.WARNING, line)
    (metric,) = events.counter.collect()
    counted = {
        sample.labels["event"] for sample in metric.samples if sample.name.endswith("_total") and sample.value
    }
    assert counted == {"forbidden"}
