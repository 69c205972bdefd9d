"""A front and the gateway see the same requests, whatever is sent to the front; what handlers send comes through."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from functional.attack.cases import CASES
from functional.attack.measure import Trial, beside, running
from functional.attack.wire import play
from functional.fronts.fronts import BEGINS, in_front
from functional.gateway.running import Running

GOOD = b'{"Status": "SUCCESS"}'


@pytest.fixture(scope="module", params=list(BEGINS))
def fronted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Return a gateway that is asked through a front."""
    folder: Path = tmp_path_factory.mktemp(request.param)
    with running(None, tls=request.param == "kolla") as gateway:
        behind = urlsplit(gateway.base).port or 0
        certificate = gateway.log.parent / "server.pem"
        with in_front(request.param, behind=behind, folder=folder, certificate=certificate) as port:
            yield replace(gateway, base=f"https://127.0.0.1:{port}")


def test_what_handlers_send_comes_through(fronted: Running) -> None:
    assert fronted.put(GOOD).status == 200
    chunked = fronted.pool.request("PUT", fronted.url(), body=iter([GOOD[:5], GOOD[5:]]), chunked=True, retries=False)
    assert chunked.status == 200
    assert fronted.put(b"x" * 300_000).status == 413
    assert fronted.pool.request("PUT", fronted.url() + "x", body=GOOD, retries=False).status == 403


def test_the_gateway_hears_as_many_requests_as_the_front_has_answered(fronted: Running) -> None:
    played = play(fronted, CASES, seconds=3)
    heard = {name: one.heard + one.after for name, one in played.items()}
    told = {case.name: played[case.name].told.count(200) - case.raw.count(b"GET /healthz HTTP") for case in CASES}
    more = {name: (heard[name], told[name]) for name in heard if heard[name] > max(0, told[name])}
    assert more == {}


def test_slow_clients_are_the_front_s(fronted: Running) -> None:
    for kind in ("silent", "a path, byte by byte", "header lines, byte by byte"):
        assert max(beside(fronted, Trial(kind, 100, settle=0.5))) < 5, kind
