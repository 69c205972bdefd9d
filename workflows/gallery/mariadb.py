"""A database in MariaDB, with a user who has all of it and nothing else. Needs PyMySQL.

The database's comment says which resource made it. The page about the gallery has the properties.
"""

import os
import re

import pymysql
from common import RefusedError, answer, mark, required

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_SHORTEST = 12
_OUR_USER = "SELECT 1 FROM mysql.user WHERE User = %s"
_COMMENT = "SELECT SCHEMA_COMMENT FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = %s"


def handler(event, _context):
    """Answer a request for a database."""
    ours = f"custom resource {mark(event)}"

    def make(thing, properties):
        database, password = _database_of(thing), str(required(properties, "Password"))
        if len(password) < _SHORTEST:
            raise RefusedError(f"Password has {_SHORTEST} characters or more")
        with _Server() as server:
            maker = server.maker(database)
            if maker is None and server.has_user(database):
                raise RefusedError(f"There is a user {database} already, and it is not this resource's")
            if maker not in {None, ours}:
                raise RefusedError(f"There is a database {database} already, and it is not this resource's")
            server.make(database, ours, password)
        return {"Data": {"Database": database, "User": database, "Host": _host(), "Port": _port()}}

    def remove(thing):
        database = _database_of(thing)
        with _Server() as server:
            if database and server.maker(database) == ours:
                server.remove(database)

    return answer(event, name=_name, make=make, remove=remove)


def _name(properties):
    name = str(required(properties, "Database"))
    if not _NAME.fullmatch(name):
        raise RefusedError("Database is a name of up to 32 lower-case letters, digits and _, a letter first")
    return f"mariadb/{name}"


def _database_of(thing):
    """Return an id's database, empty where it is no id of ours."""
    name = thing.removeprefix("mariadb/")
    return name if name != thing and _NAME.fullmatch(name) else ""


def _host():
    return os.environ.get("MARIADB_HOST", "localhost")


def _port():
    return int(os.environ.get("MARIADB_PORT", "3306"))


class _Server:
    """MariaDB, for one request; its errors are told without its texts, which may quote a password."""

    def __enter__(self):
        certificate = os.environ.get("MARIADB_CA")
        self._connection = self._told(
            lambda: pymysql.connect(
                host=_host(),
                port=_port(),
                user=os.environ["MARIADB_USER"],
                password=os.environ["MARIADB_PASSWORD"],
                ssl={"ca": certificate} if certificate else None,
                connect_timeout=30,
                read_timeout=60,
                write_timeout=60,
            )
        )
        return self

    def __exit__(self, *_exception):
        self._connection.close()

    def maker(self, database):
        """Return a database's comment, None where there is no such database."""
        row = self._do(_COMMENT, database)
        return row[0] if row else None

    def has_user(self, name):
        """Return whether there is a user of this name."""
        return bool(self._do(_OUR_USER, name))

    def make(self, database, comment, password):
        """Make a database and its user, or give the user another password; the names were checked."""
        self._do(f"CREATE DATABASE IF NOT EXISTS `{database}` COMMENT %s", comment)
        if self.maker(database) != comment:  # another made it meanwhile
            raise RefusedError(f"There is a database {database} already, and it is not this resource's")
        self._do(f"CREATE USER IF NOT EXISTS `{database}`@`%%` IDENTIFIED BY %s", password)
        self._do(f"ALTER USER `{database}`@`%%` IDENTIFIED BY %s", password)
        self._do(f"GRANT ALL PRIVILEGES ON `{database.replace('_', chr(92) + '_')}`.* TO `{database}`@`%%`", None)

    def remove(self, database):
        """Drop the user first: a database that is left names the maker still."""
        self._do(f"DROP USER IF EXISTS `{database}`@`%%`", None)
        self._do(f"DROP DATABASE IF EXISTS `{database}`", None)

    def _do(self, statement, value):
        def done():
            with self._connection.cursor() as cursor:
                cursor.execute(statement, (value,) if value is not None else ())
                return cursor.fetchone()

        return self._told(done)

    @staticmethod
    def _told(do):
        try:
            return do()
        except pymysql.Error as error:
            code = error.args[0] if error.args else "no number"
            raise RefusedError(f"MariaDB at {_host()}:{_port()}: {type(error).__name__} {code}") from None
