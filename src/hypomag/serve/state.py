"""What workers and restarts share, in one SQLite file: tokens already used, cards already shown, feedback.

It holds no patient: a card is known by a keyed hash of whom and what it is about.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from threading import local
from typing import Any

TABLES = """
create table if not exists used (issuer text, jti text, until integer, primary key (issuer, jti)) without rowid;
create index if not exists used_until on used (until);
create table if not exists shown (about text primary key, answered integer, at integer) without rowid;
create table if not exists cards (card text primary key, about text, alerts text, program text, knowledge text,
  at integer) without rowid;
create table if not exists feedback (card text, outcome text, stamp text, suggestions text, reason text, at integer,
  primary key (card, outcome, stamp)) without rowid;
create table if not exists begun (name text primary key, what text, until integer) without rowid;
create table if not exists secret (key blob);
"""
PAGE = "page"
KEPT = 90 * 86_400  # seconds for which shown cards are remembered


class State:
    """One connection a thread to the shared file."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._of_thread = local()
        with self.db as db:
            db.executescript(TABLES)
            db.execute("insert into secret select randomblob(32) where not exists (select 1 from secret)")
            self.secret: bytes = db.execute("select key from secret order by rowid").fetchone()[0]
        file.chmod(0o600)

    @property
    def db(self) -> sqlite3.Connection:
        if not hasattr(self._of_thread, "db"):
            db = sqlite3.connect(self.file, timeout=5)
            db.execute("pragma journal_mode = wal")
            db.execute("pragma synchronous = normal")
            self._of_thread.db = db
        found: sqlite3.Connection = self._of_thread.db
        return found

    def fresh(self, issuer: str, jti: str, until: int) -> bool:
        """Use up a token: True the first time, False ever after, whichever worker asks."""
        with self.db as db:
            made = db.execute("insert or ignore into used values (?, ?, ?)", (issuer, jti, until))
            return made.rowcount == 1

    def forget(self, now: int) -> None:
        """Remove what no longer decides: tokens that ended, cards of long ago."""
        with self.db as db:
            db.execute("delete from used where until < ?", (now,))
            db.execute("delete from begun where until < ?", (now,))
            db.execute("delete from shown where at < ?", (now - KEPT,))
            db.execute("delete from cards where at < ?", (now - KEPT,))

    def begin(self, name: str, what: str, until: int) -> None:
        """Keep what a browser has begun: a launch under way, or its leave to use the page."""
        with self.db as db:
            db.execute("insert or replace into begun values (?, ?, ?)", (name, what, until))

    def end(self, name: str, now: int) -> str | None:
        """What was begun under a name, once."""
        with self.db as db:
            row = db.execute("delete from begun where name = ? returning what, until", (name,)).fetchone()
        return row[0] if row and row[1] >= now and row[0] != PAGE else None

    def may_see(self, name: str, now: int) -> bool:
        """Whether a browser was given leave to use the page and still has it."""
        row = self.db.execute("select until from begun where name = ? and what = ?", (name, PAGE)).fetchone()
        return row is not None and row[0] >= now

    def was_shown(self, about: str) -> tuple[bool, bool]:
        """Whether this card was shown for this encounter, and whether somebody answered it."""
        row = self.db.execute("select answered from shown where about = ?", (about,)).fetchone()
        return row is not None, bool(row and row[0])

    def show(self, about: str, card: str, alerts: Iterable[str], versions: tuple[str, str], now: int) -> None:
        with self.db as db:
            db.execute(
                "insert or ignore into cards values (?, ?, ?, ?, ?, ?)", (card, about, " ".join(alerts), *versions, now)
            )
            if about:
                db.execute("insert or ignore into shown values (?, 0, ?)", (about, now))

    def take_feedback(self, rows: Iterable[tuple[Any, ...]], now: int) -> None:
        """Keep what became of cards; the same said twice is kept once."""
        with self.db as db:
            for row in rows:
                db.execute("insert or ignore into feedback values (?, ?, ?, ?, ?, ?)", (*row, now))
                about = "select about from cards where card = ?"
                db.execute(f"update shown set answered = 1 where about in ({about})", (row[0],))

    def outcomes(self) -> list[tuple[str, str, str, int]]:
        """Alerts, knowledge version, outcome and how often, of the cards we know."""
        return self.db.execute(
            "select c.alerts, c.knowledge, f.outcome, count(*) from feedback f join cards c on c.card = f.card"
            " group by 1, 2, 3 order by 1, 2, 3"
        ).fetchall()
