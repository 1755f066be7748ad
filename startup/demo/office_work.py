"""What the office does at the end of a day, beside giving orders to escorts."""

from __future__ import annotations

import html

from startup.demo.phones import Refusal, form_on
from startup.demo.story import Booked, Company


async def decide_about_supplements(company: Company) -> None:
    """The clerk opens what escorts have proposed; most families pay, one now and then does not agree."""
    proposals, company.proposals = company.proposals, []
    for booked, number in proposals:
        try:
            await _open(company, booked, number)
        except Refusal as error:
            company.refused.append(str(error))
            continue
        drawn = company.chance.random()
        if drawn < 0.7:
            parameters = await booked.phone.post("user/paySupplement/", id=number)
            await booked.phone.pay(parameters["payment"])
        elif drawn < 0.85:
            reason = "这笔钱当时没有说，请解释一下"
            await booked.phone.post("user/disputeSupplement/", id=number, reason=reason)


async def _open(company: Company, booked: Booked, number: int) -> None:
    page, path = f"orders/{booked.id}/", f"orders/{booked.id}/supplements/{number}/open/"
    shown = await company.clerk.page(page)
    form = form_on(shown, path)
    fields = {name: html.unescape(_field(shown, path, name)) for name in ("amount", "reason")}
    await company.clerk.act(path, {**form, **fields})


def _field(page: str, path: str, name: str) -> str:
    """What a field of the form that is sent to ``path`` holds."""
    form = page.partition(path)[2].partition("</form>")[0]
    return form.partition(f'name="{name}"')[2].partition('value="')[2].partition('"')[0]
