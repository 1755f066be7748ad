"""Who changed it last: asked by every page that refused because something had changed since it was opened."""

from __future__ import annotations

from handlers.admin.last_changes import SUBJECTS, last_change
from handlers.admin.page import AdminPage
from handlers.errors import not_found

OWNERS_ONLY = "accounts"


def page_of(folder: str, row_id: str) -> str:
    """Where to go on from here, below ``admin/``: the page of the thing itself, where it has one."""
    if folder == OWNERS_ONLY:
        return f"{folder}/"
    return f"{folder}/{row_id}/" if folder in SUBJECTS else f"catalog/{folder}/{row_id}/"


class LastChangeHandler(AdminPage):
    """The last change of what a page is about, by whom and when, as a line of that page."""

    async def get(self, folder: str, row_id: str) -> None:
        said = ""
        if folder != OWNERS_ONLY or self.owner:
            async with self.services.storage.reading() as reader:
                kind = SUBJECTS.get(folder, folder)
                said = await last_change(reader, kind, int(row_id), self.caller.id, self.now())
        if not said and not self.fragment:
            raise not_found()
        template = "last_change" if self.fragment else "last_change_page"
        self.render(f"admin/desk/{template}.html", said=said, changed_page=page_of(folder, row_id))


routes = [
    (
        r"/admin/last-change/(orders|refunds|cases|runners|users|accounts|hospitals|services|experts|banners|showcases)"
        r"/([0-9]{1,18})/",
        LastChangeHandler,
    )
]
