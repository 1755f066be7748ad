"""Changes that cannot fail to happen: the row is locked, and the state that they start from was read under the lock."""

from __future__ import annotations


class NotChanged(RuntimeError):
    """A fault of the program: a locked row was not in the state that was read under its lock. Nothing is known about
    it any more, and as it passes through the transaction's block, everything is rolled back."""

    def __init__(self) -> None:
        super().__init__("a locked row was not changed")


def must_have_changed(changed: int | bool) -> None:
    """Go on only behind a conditional change that has happened; ``changed`` is what its repository gives back.

    Stands where an ``assert`` would be removed by ``python -O``. Raises NotChanged.
    """
    __tracebackhide__ = True  # the log names the caller (``failures.place``)
    if not changed:
        raise NotChanged
