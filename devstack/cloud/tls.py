"""A private CA, and one certificate of it for the addresses of the APIs; both are kept with what else survives."""

import subprocess
from pathlib import Path

from devstack.cloud.environ import clean
from devstack.cloud.errors import StepFailed
from devstack.cloud.settings import Settings

_DAYS = "365"
_CONFIG = """[req]
distinguished_name = name
prompt = no
[name]
CN = {name}
[extensions]
subjectKeyIdentifier = hash
"""
_AUTHORITY = "basicConstraints = critical, CA:TRUE\nkeyUsage = critical, keyCertSign, cRLSign\n"
_SERVER = (
    "basicConstraints = critical, CA:FALSE\nauthorityKeyIdentifier = keyid\nextendedKeyUsage = serverAuth\n"
    "subjectAltName = {addresses}\n"
)


def server_file(settings: Settings) -> Path:
    """Where the certificate and its key are, as HAProxy wants them."""
    return _folder(settings) / "server.pem"


def make(settings: Settings) -> None:
    """Make what is missing, where the profile has TLS."""
    folder = _folder(settings)
    if not settings.profile.tls or server_file(settings).exists():
        return
    folder.mkdir(mode=0o700, exist_ok=True)
    addresses = ", ".join(f"IP:{address}" for address in settings.profile.addresses)
    _certificate(settings, "ca", _CONFIG.format(name="private CA of the cloud") + _AUTHORITY)
    signed = ("-CA", str(folder / "ca.pem"), "-CAkey", str(folder / "ca.key"))
    _certificate(settings, "api", _CONFIG.format(name="the cloud") + _SERVER.format(addresses=addresses), *signed)
    both = (folder / "api.pem").read_bytes() + (folder / "api.key").read_bytes()
    server_file(settings).touch(mode=0o600)
    server_file(settings).write_bytes(both)


def _certificate(settings: Settings, name: str, config: str, *signed: str) -> None:
    """Make a key and a certificate; without an authority it is signed with its own key."""
    folder, log = _folder(settings), settings.log_file("tls")
    (folder / f"{name}.cnf").write_text(config)
    files = ("-config", f"{name}.cnf", "-extensions", "extensions", "-keyout", f"{name}.key", "-out", f"{name}.pem")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    with log.open("ab") as output:
        command = ("openssl", "req", "-x509", *key, "-days", _DAYS, *files, *signed)
        done = subprocess.run(command, cwd=folder, stdout=output, stderr=output, env=clean(settings), check=False)
    if done.returncode:
        raise StepFailed("tls", f"cannot make {name}.pem", log)


def _folder(settings: Settings) -> Path:
    return settings.cache / "tls"
