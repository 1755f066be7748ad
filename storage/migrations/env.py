"""Run by Alembic; the connection comes from ``storage.migrations``."""

from __future__ import annotations

from alembic import context

from storage.migrations.resuming import pass_over_what_is_done
from storage.schema import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
if context.config.attributes["resumed"]:
    pass_over_what_is_done(context.get_context().impl)
with context.begin_transaction():
    context.run_migrations()
