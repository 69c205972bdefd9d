"""The search for secrets can fail: each kind is found where it was planted, and what looks like it is not."""

import secrets

import pytest
from cryptography.fernet import Fernet
from functional.secrets_in import IN_EXECUTIONS, NO_ECHO, PATTERNS, secrets_in

TOKEN = Fernet(Fernet.generate_key()).encrypt(b"a token's content, about as long").decode()
HEX = secrets.token_hex(32)
LINE = "2026-11-24 10:00:00.000 4242 DEBUG customresource_bridge.bridge.handling.handler [-] "
PLANTED = {
    "a Fernet token": [f"X-Auth-Token: {TOKEN}", f"PUT https://gateway/v1/{TOKEN}"],
    "Heat's signed query": [
        "http://cfn/v1/waitcondition/arn?SignatureMethod=HmacSHA256&Signature=Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm8%3D",
        f"?AWSAccessKeyId={HEX}",
    ],
    "a pre-signed queue's signature": [f"{{'URL-Signature': '{HEX}'}}", f"zaqar:queue?project=p&signature={HEX}"],
    "a trust id": [f"/v3/OS-TRUST/trusts/{HEX[:32]}", f'"trust_id": "{HEX[:32]}"'],
    "a password": ['{"user": {"name": "demo", "password": "not-for-showing"}}', "password = not-for-showing"],
    "a message's or a claim's id": [
        "DELETE /v2/queues/heat-cr-1/messages/5f1b7d3e-1111-2222-3333-444455556666",
        "PATCH /v2/queues/heat-cr-1/claims/65123abc4567",
        "?claim_id=65123abc4567",
    ],
    "NoEcho data": [f"ResourceProperties: {{'say': '{NO_ECHO}'}}"],
}
HARMLESS = [
    f"Create of R0 [{HEX[:32]}] in chaos/0a1b2c3d: answered, the response was accepted",
    "the token gAAAA... was refused",
    "password: ***",
    "'password': None",
    "POST /v2/queues/heat-cr-1/claims?limit=1",
    "its claim is lost: it ran out",
    "SignatureMethod=HmacSHA256&SignatureVersion=2",
]


def test_each_pattern_is_tried() -> None:
    assert PLANTED.keys() == PATTERNS.keys()
    assert set(IN_EXECUTIONS) <= PATTERNS.keys()


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in PLANTED.items() for text in texts])
def test_a_planted_secret_is_found_and_not_shown(name: str, text: str) -> None:
    found = secrets_in(f"{LINE}first\n{LINE}{text}\n{LINE}last\n")
    assert [one.partition(":")[0] for one in found] == [name]
    assert text not in found[0] or len(text) < 20


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_is_not_found(text: str) -> None:
    assert secrets_in(f"{LINE}{text}\n") == []
