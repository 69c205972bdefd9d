"""Where the figures go, and from when on; what is counted is in ``test_app``."""

import os
from pathlib import Path

from customresource_bridge.gateway.http.application import Farewell
from customresource_bridge.gateway.metrics import AnswerOutcome, GatewayMetrics
from customresource_bridge.gateway.settle import SettleOutcome


def test_a_process_writes_from_its_first_answer_on(tmp_path: Path) -> None:
    metrics = GatewayMetrics(folder=tmp_path)
    begun: list[object] = []
    assert metrics._file is not None
    metrics._file._begin = begun.append
    assert begun == []
    metrics.answered(AnswerOutcome.TAKEN)
    metrics.answered(AnswerOutcome.TAKEN)
    assert len(begun) == 1
    metrics._file.write()
    (file,) = tmp_path.iterdir()
    assert file.name.startswith("customresource_gateway_")
    line = f'customresource_gateway_answers_total{{worker="{os.getpid()}",outcome="taken"}} 2'
    assert line in file.read_text().splitlines()


def test_every_outcome_has_its_series() -> None:
    metrics = GatewayMetrics()
    for one in AnswerOutcome:
        metrics.answered(one)
    for settled in SettleOutcome:
        metrics.settled(settled, 0.1)
    for why in Farewell:
        metrics.hung_up(why)
    assert metrics.exposition().count(b"_total{") == len(AnswerOutcome) + len(Farewell)
