"""A certificate of an ACME authority, such as Let's Encrypt, by the challenge http-01. Needs `cryptography`.

The handler keeps certificates and keys in a folder: there a Create that comes again finds what the first one ordered.
Source: RFC 8555. The page about the gallery has the properties.
"""

import json
import os
import re
import tempfile
import time
from base64 import urlsafe_b64encode
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from common import RefusedError, answer, mark, required
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

_RENEWED_BEFORE = timedelta(days=30)
_PATIENCE = 120.0
_PAUSE = 1.0
_PEM = serialization.Encoding.PEM
_BYTES = 32
_GOOD = {"valid", "ready"}
_NO_NEWS = {"urn:ietf:params:acme:error:alreadyRevoked", "urn:ietf:params:acme:error:badNonce"}


def handler(event, _context):
    """Answer a request for a certificate."""

    def name(properties):
        return f"certificate/{mark(event, *_domains(properties))}"

    def make(thing, properties):
        chain = _kept(thing)
        if chain is None or _end(chain) < datetime.now(timezone.utc) + _RENEWED_BEFORE:
            chain = _order(thing, _domains(properties))
        data = {
            "Certificate": chain,
            "PrivateKey": _file(thing, "key").read_text(),
            "NotAfter": _end(chain).isoformat(),
        }
        return {"Data": data, "NoEcho": True}

    def remove(thing):
        if not re.fullmatch(r"certificate/[0-9a-f]{32}", thing):
            return
        chain = _kept(thing)
        if chain is not None and _end(chain) > datetime.now(timezone.utc):
            _Authority().revoke(chain)
        for kind in ("pem", "key"):
            _file(thing, kind).unlink(missing_ok=True)

    return answer(event, name=name, make=make, remove=remove)


def _domains(properties):
    domains = required(properties, "Domains")
    return [str(domain).lower() for domain in (domains if isinstance(domains, list) else [domains])]


def _file(thing, kind):
    return Path(os.environ["CERTIFICATES"], f"{thing.partition('/')[2]}.{kind}")


def _kept(thing):
    """Return the chain that was ordered for a thing, None where none was or it is no chain."""
    try:
        chain = _file(thing, "pem").read_text()
        _end(chain)
    except (FileNotFoundError, ValueError):
        return None
    return chain


def _end(chain):
    return x509.load_pem_x509_certificate(chain.encode()).not_valid_after_utc


def _key(file):
    """Return the key in a file, which is made where it is not there."""
    if not file.is_file():
        key = ec.generate_private_key(ec.SECP256R1())
        text = key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        with suppress(FileExistsError):  # another request made it meanwhile
            _write(file, text, os.link)
    return serialization.load_pem_private_key(file.read_bytes(), None)


def _write(file, raw, put):
    """Have a file there as a whole or not at all; it is ours alone to read."""
    handle, beside = tempfile.mkstemp(dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as written:
            written.write(raw)
        put(beside, file)
    finally:
        Path(beside).unlink(missing_ok=True)


def _order(thing, domains):
    names = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, domains[0])])
    others = x509.SubjectAlternativeName([x509.DNSName(domain) for domain in domains])
    request = x509.CertificateSigningRequestBuilder().subject_name(names).add_extension(others, critical=False)
    signed = request.sign(_key(_file(thing, "key")), hashes.SHA256())
    chain = _Authority().certificate(domains, signed.public_bytes(serialization.Encoding.DER))
    _write(_file(thing, "pem"), chain.encode(), os.replace)
    return chain


def _base64(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


class _Authority:
    """An ACME server, and our account there."""

    def __init__(self):
        self._key = _key(Path(os.environ["CERTIFICATES"], "account.pem"))
        self._nonce, self._account = "", ""
        self._urls = json.loads(_opened(Request(os.environ["ACME_DIRECTORY"]))[1])
        contact = os.environ.get("ACME_CONTACT")
        wanted = {"termsOfServiceAgreed": True, **({"contact": [f"mailto:{contact}"]} if contact else {})}
        self._account = self._post(self._urls["newAccount"], wanted)[0]["Location"]

    def certificate(self, domains, request):
        """Return a certificate's chain for a signing request."""
        wanted = {"identifiers": [{"type": "dns", "value": domain} for domain in domains]}
        headers, order = self._post(self._urls["newOrder"], wanted)
        for url in order["authorizations"]:
            self._prove(url)
        self._until_good(headers["Location"])
        self._post(order["finalize"], {"csr": _base64(request)})
        return self._post(self._until_good(headers["Location"], {"valid"})["certificate"], None)[1]

    def revoke(self, chain):
        """Have a certificate revoked; one that was is no fault."""
        certificate = x509.load_pem_x509_certificate(chain.encode())
        raw = certificate.public_bytes(serialization.Encoding.DER)
        self._post(self._urls["revokeCert"], {"certificate": _base64(raw)})

    def _prove(self, url):
        authorization = self._post(url, None)[1]
        if authorization["status"] != "pending":
            return
        (challenge,) = [item for item in authorization["challenges"] if item["type"] == "http-01"]
        if not re.fullmatch(r"[A-Za-z0-9_-]+", challenge["token"]):
            raise RefusedError("The authority's token is none")
        file = Path(os.environ["WEBROOT"], ".well-known", "acme-challenge", challenge["token"])
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{challenge['token']}.{self._thumbprint()}")
        try:
            self._post(challenge["url"], {})
            self._until_good(url)
        finally:
            file.unlink()

    def _until_good(self, url, good=frozenset(_GOOD)):
        """Return what a URL shows as soon as its status is good."""
        ends_at = time.monotonic() + _PATIENCE
        while (shown := self._post(url, None)[1])["status"] not in good:
            if shown["status"] == "invalid":
                errors = [item["error"]["detail"] for item in shown.get("challenges", []) if "error" in item]
                raise RefusedError(f"The authority refuses: {'; '.join(errors) or shown.get('error')}")
            if time.monotonic() > ends_at:
                raise RefusedError(f"The authority did not decide within {_PATIENCE:g} s")
            time.sleep(_PAUSE)
        return shown

    def _jwk(self):
        point = self._key.public_key().public_numbers()
        x, y = (_base64(number.to_bytes(_BYTES, "big")) for number in (point.x, point.y))
        return {"crv": "P-256", "kty": "EC", "x": x, "y": y}

    def _thumbprint(self):
        return _base64(sha256(json.dumps(self._jwk(), sort_keys=True, separators=(",", ":")).encode()).digest())

    def _post(self, url, payload):
        """Do one signed call; return the headers, and what came, decoded where it is JSON."""
        problem = None
        for _ in range(3):
            try:
                return self._posted(url, payload)
            except HTTPError as error:
                self._nonce = error.headers.get("Replay-Nonce", "")
                said = json.loads(error.read() or b"{}")
                problem = f"The authority answered {error.code}: {said.get('detail')}"
                if said.get("type") not in _NO_NEWS:
                    break
                if said["type"].endswith("alreadyRevoked"):
                    return {}, {}
        raise RefusedError(problem)

    def _posted(self, url, payload):
        if not self._nonce:
            self._nonce = _opened(Request(self._urls["newNonce"], method="HEAD"))[0]["Replay-Nonce"]
        identity = {"kid": self._account} if self._account else {"jwk": self._jwk()}
        protected = _base64({"alg": "ES256", "nonce": self._nonce, "url": url, **identity})
        body = {"protected": protected, "payload": "" if payload is None else _base64(payload)}
        signature = self._key.sign(f"{body['protected']}.{body['payload']}".encode(), ec.ECDSA(hashes.SHA256()))
        body["signature"] = _base64(b"".join(part.to_bytes(_BYTES, "big") for part in decode_dss_signature(signature)))
        headers, text = _opened(Request(url, json.dumps(body).encode(), {"Content-Type": "application/jose+json"}))
        self._nonce = headers.get("Replay-Nonce", "")
        return headers, json.loads(text) if "json" in headers.get("Content-Type", "") else text


def _opened(request):
    try:
        with urlopen(request, timeout=30) as response:
            return response.headers, response.read().decode()
    except HTTPError:
        raise
    except (URLError, OSError) as error:
        raise RefusedError(f"{request.full_url}: {getattr(error, 'reason', error)}") from None
