"""What one of heat-engine's workers does for all that waits, in a process of its own: times, as JSON on stdout.

Run with Heat's Python and configuration, ``python in_engine.py CONF_DIR ROWS``; it takes nothing over and posts as the
monitor does.
"""

import json
import logging as std_logging
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from customresource_bridge.bridge.operator.threads import choose_threads

choose_threads()  # else Heat's modules load eventlet

from heat.common import config, messaging  # noqa: E402
from heat.common import context as heat_context  # noqa: E402
from heat.db import api as db_api  # noqa: E402
from heat.engine import resources, template  # noqa: E402
from oslo_config import cfg  # noqa: E402
from oslo_log import log as logging  # noqa: E402
from sqlalchemy import text  # noqa: E402

from customresource_bridge.plugin.delivery import signing_user  # noqa: E402
from customresource_bridge.plugin.heat import queries  # noqa: E402
from customresource_bridge.plugin.waiting import process, takeover  # noqa: E402


def main() -> None:
    folder, rows = Path(sys.argv[1]), int(sys.argv[2])
    logging.register_options(cfg.CONF)
    files = ["--config-file", str(folder / "heat.conf"), "--config-dir", str(folder / "heat.conf.d")]
    cfg.CONF(files, project="heat", prog="heat-engine")
    config.set_config_defaults()
    logging.setup(cfg.CONF, "heat-engine")
    std_logging.disable(std_logging.WARNING)
    messaging.setup()
    template._get_template_extension_manager()
    resources.initialise()
    print(json.dumps(measured(rows)))


def measured(rows: int) -> dict[str, Any]:
    """Return the seconds of each, and of which number of rows."""
    scan = _timed(lambda: takeover.scan(is_alive=lambda _engine: True, take=lambda *_: None))
    waiting = [one.row_id for one in queries.waiting(heat_context.get_admin_context())]
    kept = _timed(lambda: takeover.kept_until(waiting[:1000]))
    clean_up = _timed(signing_user.remove_left_behind)
    some = waiting[:: max(1, len(waiting) // max(1, rows))][:rows]
    attend = process.monitor().attend
    due(some)
    began, cpu = time.monotonic(), time.process_time()
    for row_id in some:
        assert attend(row_id, anew=True) is not None, f"row {row_id} is no one's"
    count = max(1, len(some))
    return {
        "waiting": len(waiting),
        "scan": scan,
        "kept": kept,
        "clean_up": clean_up,
        "attend": (time.monotonic() - began) / count,
        "attend_cpu": (time.process_time() - cpu) / count,
        "rows": len(some),
    }


def due(row_ids: list[int]) -> None:
    """Have the leases of some rows end now, so that they are posted once more."""
    with db_api.context_manager.writer.using(heat_context.get_admin_context()) as session:
        for row_id in row_ids:
            session.execute(
                text(
                    "UPDATE resource_data SET value = CONCAT_WS(' ', SUBSTRING_INDEX(value, ' ', 1), :at, '5 1', :at) "
                    "WHERE resource_id = :row AND `key` = 'custom_resource.request'"
                ),
                {"at": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()), "row": row_id},
            )


def _timed(call: Callable[[], object]) -> float:
    call()
    began = time.monotonic()
    call()
    return time.monotonic() - began


if __name__ == "__main__":
    main()
