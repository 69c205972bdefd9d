"""nginx, Apache and HAProxy as the pages configure them, in front of a gateway, on a port of their own."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pages
from functional.gateway.running import PAGE, free_port, wait_for

from devstack.cloud import prerequisites

BEGINS = {"nginx": "server {", "apache2": "<VirtualHost", "haproxy": "global", "kolla": "frontend "}
"""How the configuration of each begins in its page; Kolla's is HAProxy's, too."""
_PACKAGES = {"nginx": "nginx-light", "apache2": "apache2-bin", "haproxy": "haproxy"}
_KOLLA = """defaults
    retries 3
    option redispatch
    timeout http-request 10s
    timeout http-keep-alive 10s
    timeout queue 1m
    timeout connect 10s
    timeout client 1m
    timeout server 1m
    timeout check 10s
"""
"""What Kolla's own configuration has the front inherit."""
_NGINX = "daemon off;\nerror_log {folder}/error.log;\npid {folder}/pid;\nevents {{}}\nhttp {{\n{block}\n}}\n"
_APACHE = """ServerRoot {folder}
ServerName answer.example.org
PidFile {folder}/pid
ErrorLog {folder}/error.log
{modules}
Listen 127.0.0.1:{port}
SSLSessionCache none
{block}
"""
_MODULES = ("mpm_event", "authz_core", "ssl", "proxy", "proxy_http", "socache_shmcb")


def page_block(front: str) -> str:
    """Return what the page has an operator write for a front."""
    page = "docs/how-to/deploy.md" if front == "kolla" else PAGE
    (block,) = (text for _language, text in pages.blocks(page) if text.startswith(BEGINS[front]))
    return block


def configuration(front: str, *, port: int, behind: int, folder: Path, certificate: Path) -> str:
    """Return a whole configuration: the page's, with ports, certificates and logs of the test's own.

    :param certificate: its authority's lies beside it, as ca.pem.
    """
    by = f"{certificate.parent}/ca.pem verifyhost localhost"
    ours = {
        "127.0.0.1:8080": f"127.0.0.1:{behind}",
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "*:443": f"127.0.0.1:{port}",
        "bind :443": f"bind 127.0.0.1:{port}",
        "bind 203.0.113.7:443": f"bind 127.0.0.1:{port}",
        "{{ haproxy_backend_cacert }} verifyhost answer.example.org": by,
        "10.0.0.11:8443": f"127.0.0.1:{behind}",
        "10.0.0.12:8443": f"127.0.0.1:{behind}",
        "10.0.0.13:8443": f"127.0.0.1:{behind}",
        "/etc/haproxy/certificates/haproxy.pem": str(certificate),
        "/etc/ssl/answer.pem": str(certificate),
        "/etc/ssl/answer.key": str(certificate),
        "/var/log/nginx/answer.log": f"{folder}/answer.log",
    }
    block = page_block(front)
    for theirs, mine in ours.items():
        block = block.replace(theirs, mine)
    if front == "kolla":
        return _KOLLA + block
    if front == "haproxy":
        return block
    modules = "\n".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in _MODULES)
    return (_NGINX if front == "nginx" else _APACHE).format(folder=folder, block=block, port=port, modules=modules)


@contextmanager
def in_front(front: str, *, behind: int, folder: Path, certificate: Path) -> Iterator[int]:
    """Run a front of a gateway at a port; yield its own port."""
    prerequisites.provide(_PACKAGES)
    program = str(shutil.which("haproxy" if front == "kolla" else front, path=prerequisites.SEARCH_PATH))
    port, file = free_port(), folder / f"{front}.conf"
    file.write_text(configuration(front, port=port, behind=behind, folder=folder, certificate=certificate))
    command = {
        "nginx": [program, "-c", str(file), "-p", str(folder)],
        "apache2": [program, "-f", str(file), "-D", "FOREGROUND"],
        "haproxy": [program, "-db", "-f", str(file)],
        "kolla": [program, "-db", "-f", str(file)],
    }[front]
    with (folder / f"{front}.out").open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)  # noqa: S603
    try:
        wait_for(port, process)
        assert b"[WARNING]" not in (folder / f"{front}.out").read_bytes()
        yield port
    finally:
        process.terminate()
        process.wait(20)
