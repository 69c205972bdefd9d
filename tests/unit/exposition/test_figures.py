"""Prometheus' own parser reads what is written, and each series is there from the beginning."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from customresource_bridge.exposition.figures import Family, FamilyKind, Figures

DONE = Family(
    name="t_done_total", kind=FamilyKind.COUNTER, meaning='What is "done"\\.', labels={"how": ("well", 'b"a\\d\n')}
)
AGE = Family(name="t_age_seconds", kind=FamilyKind.GAUGE, meaning="Age.")
TOOK = Family(
    name="t_took_seconds", kind=FamilyKind.HISTOGRAM, meaning="Time.", labels={"step": ("a", "b")}, bounds=(0.5, 1.0)
)


def read(figures: Figures) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    families = text_string_to_metric_families(figures.exposition().decode())
    return {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}


def value(figures: Figures, name: str, **labels: str) -> float:
    return read(figures)[name, frozenset(labels.items())]


def test_each_series_begins_at_zero() -> None:
    found = read(Figures([DONE, AGE, TOOK]))
    assert set(found.values()) == {0}
    assert len(found) == 2 + 1 + 2 * (3 + 2)


def test_what_is_counted_put_and_observed_is_read() -> None:
    figures = Figures([DONE, AGE, TOOK])
    figures.count("t_done_total", "well")
    figures.count("t_done_total", "well")
    figures.count("t_done_total", 'b"a\\d\n')
    figures.put("t_age_seconds", value=2.5)
    for seconds in (0.5, 0.7, 3.0):
        figures.observe("t_took_seconds", "a", seconds=seconds)
    assert value(figures, "t_done_total", how="well") == 2
    assert value(figures, "t_done_total", how='b"a\\d\n') == 1
    assert value(figures, "t_age_seconds") == 2.5
    assert [value(figures, "t_took_seconds_bucket", step="a", le=le) for le in ("0.5", "1", "+Inf")] == [1, 2, 3]
    assert value(figures, "t_took_seconds_count", step="a") == 3
    assert value(figures, "t_took_seconds_sum", step="a") == pytest.approx(4.2)
    assert value(figures, "t_took_seconds_count", step="b") == 0


def test_each_series_has_the_constant_labels() -> None:
    text = Figures([DONE, AGE]).exposition(worker="7").decode()
    samples = [one for family in text_string_to_metric_families(text) for one in family.samples]
    assert {one.labels["worker"] for one in samples} == {"7"}


def test_no_label_takes_a_value_that_was_not_declared() -> None:
    figures = Figures([DONE, AGE, TOOK])
    with pytest.raises(KeyError):
        figures.count("t_done_total", "from outside")
    with pytest.raises(KeyError):
        figures.put("t_age_seconds", "from outside", value=1)
    with pytest.raises(KeyError):
        figures.observe("t_took_seconds", "from outside", seconds=1)
    assert set(read(figures).values()) == {0}
