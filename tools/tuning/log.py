"""Where a study is kept: a list of entries that only grows, in one order for all who write.

An entry is written whole or not at all, and only as the one with the next number: whoever has decided
something without knowing the newest entry is refused, reads it, and decides again. So a study that
several processes work on is a sequence of decisions each of which was right when it was taken, and a
process that is killed at any moment has either taken its last one or not.
"""

import fcntl
import json
import os
import sqlite3
import time

from . import TuningError


def open_log(url, name):
    """`journal:FILE`, `sqlite:///FILE` or `postgresql://USER@HOST/DATABASE`."""
    kind, _, rest = url.partition(":")
    if kind == "journal":
        if not rest:
            raise TuningError("journal: needs a file, as in journal:study.journal")
        return FileLog(rest)
    if kind == "sqlite" and rest.startswith("///"):
        if not rest[3:]:  # which SQLite takes for a database that goes with its connection
            raise TuningError("sqlite: needs a file, as in sqlite:///study.db")
        return SqliteLog(rest[3:], name)
    if kind in ("postgresql", "postgresql+psycopg2"):
        return PostgresLog("postgresql:" + rest, name)
    raise TuningError(f"{url}: a study is kept in journal:FILE, sqlite:///FILE or postgresql://USER@HOST/DATABASE")


class FileLog:
    """A line for each entry. The lock is the system's, which lets go of it when its holder is killed."""

    def __init__(self, path):
        self._path, self._offset, self._count = path, 0, 0
        try:
            os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
            # Unbuffered: what is written is in the file or it is not.
            self._file = open(path, "a+b", buffering=0)
            folder = os.open(os.path.dirname(os.path.abspath(path)), os.O_RDONLY)
        except OSError as error:
            raise TuningError(f"{path}: {error.strerror}") from None
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def read(self):
        """Texts of the entries that this object has not returned yet."""
        return self._locked(fcntl.LOCK_SH, self._read)

    def append(self, number, text):
        """False, and nothing is written, if there is an entry of that number already."""
        return self._locked(fcntl.LOCK_EX, lambda: self._append(number, text))

    def _locked(self, kind, work):
        fcntl.flock(self._file, kind)
        try:
            return work()
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _read(self):
        lines = self._rest()[0]
        self._offset += sum(map(len, lines)) + len(lines)
        self._count += len(lines)
        return [line.decode("utf-8", "replace") for line in lines]

    def _rest(self):
        """(whole lines, what follows them) from where this object has read to."""
        self._file.seek(self._offset)
        *lines, torn = self._file.readall().split(b"\n")
        return lines, torn

    def _append(self, number, text):
        lines, torn = self._rest()
        if self._count + len(lines) != number:
            return False
        if torn:  # of somebody who was killed while he wrote; nobody has read it
            self._file.truncate(self._file.tell() - len(torn))
        data = text.encode() + b"\n"
        while data:
            data = data[self._file.write(data):]
        os.fsync(self._file.fileno())
        return True


class SqlLog:
    """A row for each entry, whose number is its key: of two writers of one number one is refused."""

    TABLE = ("create table if not exists cinta_tune (study text not null, number integer not null, "
             "entry text not null, primary key (study, number))")
    tries = 5

    def __init__(self, where, name):
        self._where, self._name, self._count, self._connection = where, name, 0, None
        self._run(self.TABLE)

    def read(self):
        rows = self._run("select entry from cinta_tune where study = ? and number >= ? order by number",
                         (self._name, self._count)).fetchall()
        self._count += len(rows)
        return [text for text, in rows]

    def append(self, number, text):
        # Where the connection breaks one cannot know whether it was written: tried again, it is refused,
        # and its writer finds what it has decided among the others' decisions.
        return self._run("insert into cinta_tune values (?, ?, ?) on conflict do nothing",
                         (self._name, number, text)).rowcount == 1

    def _run(self, text, values=()):
        for left in reversed(range(self.tries)):
            try:
                if self._connection is None:
                    self._connection = self.connect()
                cursor = self._connection.cursor()
                cursor.execute(text.replace("?", self.mark), values)
                return cursor
            except self.errors as error:
                self._connection = None
                if not left:
                    raise TuningError(f"{self._where}: {str(error).strip().splitlines()[0]}") from None
                time.sleep(0.5)


class SqliteLog(SqlLog):
    mark, errors = "?", sqlite3.Error
    tries = 1  # it waits for others by itself

    def connect(self):
        return sqlite3.connect(self._where, timeout=120, isolation_level=None)


class PostgresLog(SqlLog):
    mark = "%s"

    def __init__(self, where, name):
        try:
            import psycopg2
        except ImportError:
            raise TuningError("postgresql: needs psycopg2 (Debian: python3-psycopg2)") from None
        self._module, self.errors = psycopg2, psycopg2.Error
        super().__init__(where, name)

    def connect(self):
        """Nothing waits for ever: neither for a server that has gone nor for a lock."""
        out = self._module.connect(self._where, connect_timeout=10, keepalives_idle=30,
                                   options="-c statement_timeout=60000")
        out.autocommit = True
        return out


def exists(url):
    """Whether there may be a study; what is in a database is known when it is read."""
    kind, _, path = url.partition(":")
    path = path[3:] if kind == "sqlite" else path
    return kind not in ("journal", "sqlite") or os.path.exists(path)


def parse(text, number):
    try:
        entry = json.loads(text)
        if not isinstance(entry, dict) or "do" not in entry:
            raise ValueError
        return entry
    except ValueError:
        raise TuningError(f"entry {number + 1} of the study's storage is none of cinta tune: {text[:40]!r}") from None
