"""Answers HAProxy whether the MariaDB node beside it is fit to be used: 200, or 503 with the reason.

python -m devstack.cloud.in_venv.galera_check LISTEN NODE CLIENT-OPTIONS        both as address:port
"""

import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pymysql

from devstack.cloud.services.galera_check import unfit

_ASK = "SHOW STATUS WHERE Variable_name IN ('wsrep_ready', 'wsrep_cluster_status', 'wsrep_local_state')"


def ask(node: str, options: str) -> str:
    """Return why the node is not to be used; empty where it is."""
    address, _, port = node.partition(":")
    try:
        with (
            pymysql.connect(
                read_default_file=options, host=address, port=int(port), connect_timeout=2, read_timeout=2
            ) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(_ASK)
            return unfit(dict(cursor.fetchall()))
    except (pymysql.MySQLError, OSError) as error:
        return f"it does not answer: {type(error).__name__}"


def main(listen: str, node: str, options: str) -> None:
    """Answer until the end."""

    class Check(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            reason = ask(node, options)
            # The reason stands in the first line: HAProxy reads no further, and hangs up.
            self.send_response(HTTPStatus.SERVICE_UNAVAILABLE if reason else HTTPStatus.OK, reason or "fit")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Log nothing: it is asked every two seconds."""

    address, _, port = listen.partition(":")
    ThreadingHTTPServer((address, int(port)), Check).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
