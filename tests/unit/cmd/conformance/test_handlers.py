"""The handler that is checked is called where it is; real processes are in the functional tests."""

import pytest
import requests_mock

from customresource_bridge.cmd.conformance.handlers import handler_behind, pauses, show_output
from customresource_bridge.errors import ConfigurationError
from customresource_bridge.provider.ending import Broke, Returned

URL = "http://127.0.0.1:9/handler"


def test_a_url_s_json_is_what_the_handler_returns() -> None:
    with requests_mock.Mocker() as http:
        http.post(URL, json={"Status": "SUCCESS"})
        assert handler_behind(URL)({"RequestType": "Create"}, 5.0) == Returned({"Status": "SUCCESS"})
        assert http.last_request.json() == {"RequestType": "Create"}
        http.post(URL, text="accepted")
        assert handler_behind(URL)({}, 5.0) == Returned(None)
        http.post(URL, status_code=307, headers={"Location": "http://127.0.0.1:9/evil"})
        assert handler_behind(URL)({}, 5.0) == Broke("The handler's URL answered 307")
        http.post(URL, status_code=502)
        assert handler_behind(URL)({}, 5.0) == Broke("The handler's URL answered 502")


def test_what_is_no_url_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="--url ftp://x"):
        handler_behind("ftp://x")


def test_the_time_for_looks_is_over_at_its_end() -> None:
    assert pauses(0.0, total=60)() is True
    assert pauses(60.0, total=0)() is False


def test_what_a_handler_prints_is_shown_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    show_output("one\n\x1b[31mtwo")
    assert capsys.readouterr().err == "    | one\n    | ?[31mtwo\n"
