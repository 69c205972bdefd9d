import logging

import pytest

from customresource_bridge.protocol import Secret


def test_a_secret_is_not_shown_by_accident(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret("s3cr3t")
    logging.getLogger("here").warning("%s %r %s", secret, secret, {"url": secret})
    assert "s3cr3t" not in f"{secret} {secret!r} {[secret]}" + caplog.text
    assert secret.reveal() == "s3cr3t"


def test_an_empty_secret_is_false_and_equal_ones_are_equal() -> None:
    assert not Secret("")
    assert Secret("a") == Secret("a") != Secret("b")
