"""A PostgreSQL of one's own for a test: a cluster in a temporary folder, on a socket, gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SETTINGS = "-c listen_addresses='' -c fsync=off -c full_page_writes=off -c autovacuum=off -c jit=off"


def programs() -> Path | None:
    """The folder with initdb and pg_ctl: on the PATH, or where Debian puts them."""
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "pg_ctl").exists()), None)


def why_not() -> str | None:
    """Why no server can be started here; None where one can."""
    if programs() is None:
        return "no PostgreSQL server is installed (Debian: postgresql)"
    if os.getuid() == 0 and (shutil.which("runuser") is None or _owner() is None):
        return "PostgreSQL refuses to run as root and there is no user postgres to run it as"
    return None


def _owner() -> str | None:
    import pwd

    return "postgres" if any(user.pw_name == "postgres" for user in pwd.getpwall()) else None


@contextmanager
def server() -> Iterator[Any]:
    """A psycopg connection to an empty database, its texts ordered by code point."""
    import psycopg

    place = programs()
    assert place is not None
    as_owner = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="hypomag_pg_"))
    if as_owner:
        shutil.chown(folder, "postgres")

    def run(*command: str) -> None:
        subprocess.run([*as_owner, *command], check=True, capture_output=True, cwd=folder)

    data = str(folder / "data")
    try:
        run(str(place / "initdb"), "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        log = str(folder / "log")
        run(
            str(place / "pg_ctl"),
            "-D",
            data,
            "-w",
            "-l",
            log,
            "-o",
            f"{SETTINGS} -c unix_socket_directories={folder}",
            "start",
        )
        try:
            with psycopg.connect(host=str(folder), user="tester", dbname="postgres", autocommit=True) as connection:
                yield connection
        finally:
            run(str(place / "pg_ctl"), "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
