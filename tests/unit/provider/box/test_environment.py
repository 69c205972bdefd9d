import pytest

from customresource_bridge.provider.box.environment import passed_on

THEIRS = {
    "OS_PASSWORD": "s",
    "OS_CLOUD": "s",
    "OS_CLIENT_CONFIG_FILE": "s",
    "AWS_SECRET_ACCESS_KEY": "s",
    "AWS_SESSION_TOKEN": "s",
    "https_proxy": "http://user:s@proxy",
    "HTTPS_PROXY": "http://user:s@proxy",
    "LD_PRELOAD": "s",
    "XPATH": "s",
    "CREDENTIALS_DIRECTORY": "s",
    "NOTIFY_SOCKET": "s",
    "LISTEN_FDS": "s",
}


def test_nothing_that_may_be_a_credential_is_passed_on() -> None:
    assert passed_on(THEIRS) == {}


@pytest.mark.parametrize("name", ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "PYTHONPATH", "AWS_REGION", "SSL_CERT_FILE"])
def test_where_things_are_and_the_language_are(name: str) -> None:
    assert passed_on({**THEIRS, name: "x"}) == {name: "x"}


def test_what_is_asked_for_by_name_is() -> None:
    assert passed_on(THEIRS, ["OS_CLOUD", "NONE"]) == {"OS_CLOUD": "s"}
