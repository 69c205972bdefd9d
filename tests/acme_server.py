"""An ACME authority (RFC 8555) in memory: it checks signatures, nonces and challenges, and issues real certificates."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from customresource_bridge.compat import UTC

_PEM = serialization.Encoding.PEM


class ACMEServer:
    """The authority.

    :ivar issued: the serial numbers of what it issued.
    :ivar revoked: those of what it revoked.
    :ivar refused: the domains that it issues nothing for.
    """

    def __init__(self, server: HTTPServer, *, webroot: Path, refused: str) -> None:
        self.issued: list[int] = []
        self.revoked: list[int] = []
        self.refused = refused
        self._url, self._webroot = server.url_for("/acme").rstrip("/"), webroot
        self._nonces: set[str] = set()
        self._accounts: dict[str, dict[str, str]] = {}
        self._orders: dict[str, dict[str, Any]] = {}
        self._key, self._name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
        for path in ("newNonce", "directory", "newAccount", "newOrder", "revokeCert"):
            server.expect_request(f"/acme/{path}").respond_with_handler(self._answer)
        for kind in ("order", "authz", "challenge", "finalize", "cert"):
            for number in range(9):
                server.expect_request(f"/acme/{kind}/{number}").respond_with_handler(self._answer)

    def _answer(self, request: Request) -> Response:
        _, _, what, *number = request.path.split("/")
        if what in {"newNonce", "directory"}:
            urls = {name: f"{self._url}/{name}" for name in ("newNonce", "newAccount", "newOrder", "revokeCert")}
            return self._said(urls)
        payload, account = self._opened(request)
        if account is None:
            return self._said({"type": "urn:ietf:params:acme:error:badNonce", "detail": "bad"}, 400)
        if what == "newAccount":
            return self._said({"status": "valid"}, 201, Location=self._account(account))
        if what == "newOrder":
            number = [str(len(self._orders))]
            self._orders[number[0]] = {"domains": [item["value"] for item in payload["identifiers"]], "proven": False}
            return self._order(number[0], 201, Location=f"{self._url}/order/{number[0]}")
        if what == "revokeCert":
            self.revoked.append(x509.load_der_x509_certificate(_raw(payload["certificate"])).serial_number)
            return self._said({})
        return getattr(self, f"_{what}")(number[0], 200, payload=payload, account=account)

    def _order(self, number: str, status: int, **more: Any) -> Response:
        order = self._orders[number]
        state = "valid" if "chain" in order else "ready" if order["proven"] else "pending"
        shown = {
            "status": state,
            "authorizations": [f"{self._url}/authz/{number}"],
            "finalize": f"{self._url}/finalize/{number}",
            "certificate": f"{self._url}/cert/{number}",
        }
        return self._said(shown, status, Location=more.get("Location", ""))

    def _authz(self, number: str, _status: int, **_more: Any) -> Response:
        order = self._orders[number]
        state = "invalid" if self.refused in order["domains"] else "valid" if order["proven"] else "pending"
        challenge = {"type": "http-01", "url": f"{self._url}/challenge/{number}", "token": f"token-{number}"}
        shown = {**challenge, "error": {"detail": "No such name"}} if order.get("asked") else challenge
        state = state if order.get("asked") else "pending"
        return self._said({"status": state, "challenges": [{"type": "dns-01"}, shown]})

    def _challenge(self, number: str, _status: int, *, account: dict[str, str], **_more: Any) -> Response:
        order, token = self._orders[number], f"token-{number}"
        found = (self._webroot / ".well-known" / "acme-challenge" / token).read_text()
        canonical = json.dumps(dict(sorted(account.items())), separators=(",", ":")).encode()
        thumbprint = urlsafe_b64encode(sha256(canonical).digest()).rstrip(b"=").decode()
        order["asked"], order["proven"] = True, found == f"{token}.{thumbprint}"
        return self._said({})

    def _finalize(self, number: str, _status: int, *, payload: Any, **_more: Any) -> Response:
        order, request = self._orders[number], x509.load_der_x509_csr(_raw(payload["csr"]))
        names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert order["proven"]
        assert names.get_values_for_type(x509.DNSName) == order["domains"]
        now, serial = datetime.now(UTC), x509.random_serial_number()
        built = x509.CertificateBuilder().subject_name(request.subject).issuer_name(self._name)
        built = built.public_key(request.public_key()).serial_number(serial).add_extension(names, critical=False)
        built = built.not_valid_before(now).not_valid_after(now + timedelta(days=90))
        order["chain"] = built.sign(self._key, hashes.SHA256()).public_bytes(_PEM).decode()
        self.issued.append(serial)
        return self._order(number, 200)

    def _cert(self, number: str, _status: int, **_more: Any) -> Response:
        return Response(self._orders[number]["chain"], content_type="application/pem-certificate-chain")

    def _opened(self, request: Request) -> tuple[Any, dict[str, str] | None]:
        """Return what a signed request says and the key of who says it; None for a nonce that was not given out."""
        body = request.get_json(force=True)
        protected = json.loads(_raw(body["protected"]))
        assert request.content_type == "application/jose+json"
        assert protected["url"] == request.url
        key: dict[str, str] = protected.get("jwk") or self._accounts[protected["kid"]]
        x, y, raw = (_raw(text) for text in (key["x"], key["y"], body["signature"]))
        numbers = ec.EllipticCurvePublicNumbers(int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1())
        signature = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        signed = f"{body['protected']}.{body['payload']}".encode()
        numbers.public_key().verify(signature, signed, ec.ECDSA(hashes.SHA256()))
        if protected["nonce"] not in self._nonces:
            return None, None
        self._nonces.remove(protected["nonce"])
        return json.loads(_raw(body["payload"]) or b"null"), key

    def _account(self, key: dict[str, str]) -> str:
        url = f"{self._url}/account/{key['x']}"
        self._accounts[url] = key
        return url

    def _said(self, value: Any, status: int = 200, **headers: str) -> Response:
        nonce = uuid4().hex
        self._nonces.add(nonce)
        headers = {name: text for name, text in headers.items() if text}
        kind = "application/problem+json" if status == 400 else "application/json"
        return Response(json.dumps(value), status, {**headers, "Replay-Nonce": nonce}, content_type=kind)


def _raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
