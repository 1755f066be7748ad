"""``main.py backup FILE`` and ``main.py restore FILE``: everything of an installation in one file, and back.

A backup is a compressed tar: the database as of one moment (SQLite's own copy, or mariadb-dump's text), the folders of
pictures, avatars and bills, with ``--keys`` the configuration and the key files, and at its end ``manifest.json`` with
the hash of each. It is readable by its owner alone and holds personal data.
"""

from startup.backup.problems import BackupFailed

__all__ = ["BackupFailed"]
