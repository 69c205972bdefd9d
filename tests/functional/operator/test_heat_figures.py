"""What heat-engine's workers write of themselves for node_exporter, while a stack is made and deleted."""

from collections.abc import Callable
from pathlib import Path

from functional.operator.operators import Operator, wait_for
from functional.plugin.stacks import Stacks, custom, hot
from prometheus_client.parser import text_string_to_metric_families


def total(folder: Path, name: str, **labels: str) -> float:
    """Return a figure's sum over all workers."""
    families = [family for file in folder.glob("*.prom") for family in text_string_to_metric_families(file.read_text())]
    samples = [sample for family in families for sample in family.samples if sample.name == f"customresource_{name}"]
    return sum(sample.value for sample in samples if labels.items() <= sample.labels.items())


def test_each_engine_worker_writes_what_it_did(
    operator: Operator, stacks_of: Callable[[str], Stacks], heat_figures: Path
) -> None:
    def figures() -> tuple[float, float]:
        posted = total(heat_figures, "heat_steps_total", step="posted")
        return posted, total(heat_figures, "heat_answers_total", fate="kept")

    wait_for(lambda: list(heat_figures.glob("*.prom")), 60, "the workers' files")
    posted, kept = figures()
    operator.start()
    stack = stacks_of("demo").create(hot({"who": custom("mistral:crbo_who")})).wait("CREATE_COMPLETE")
    stack.delete().wait("DELETE_COMPLETE")

    def both_requests_are_in() -> bool:
        now_posted, now_kept = figures()  # each worker writes when it is its time
        return now_posted >= posted + 2 and now_kept >= kept + 2

    wait_for(both_requests_are_in, 60, "a Create and a Delete, posted and answered, in the figures")
