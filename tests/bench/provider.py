"""What a provider adds to a handler: one that does nothing is run again and again, by the provider's own runner.

Processor time is that of this process and of all it started. Nothing else should run meanwhile.
"""

import argparse
import resource
import statistics
import tempfile
import time
from pathlib import Path

from customresource_bridge.provider import runner
from customresource_bridge.provider.ending import Returned

HANDLER = "def handler(event, context):\n    return {'PhysicalResourceId': 'x'}\n"
EVENT = {"RequestType": "Create", "RequestId": "r", "ResponseURL": "https://answer.example/v1/responses/" + "x" * 400}


def processor_time() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "mine.py").write_text(HANDLER)
        spec = runner.HandlerSpec(name="mine:handler", folder=Path(folder))
        runner.run(spec, EVENT, seconds=60, show=print)
        times, began = [], processor_time()
        for _ in range(runs):
            start = time.perf_counter()
            ending = runner.run(spec, EVENT, seconds=60, show=print)
            times.append(time.perf_counter() - start)
            assert isinstance(ending, Returned), ending
    close = getattr(runner, "close", None)
    if close:
        close()
    used = (processor_time() - began) / runs
    print(f"{runs} runs: {statistics.median(times) * 1000:.1f} ms each (best {min(times) * 1000:.1f}), ", end="")
    print(f"{used * 1000:.1f} ms of processor time each")


if __name__ == "__main__":
    main()
