"""Plays the corpus on the standalone cloud, as its owner would: ``make corpus``, or ``python -m corpus.play NAME ...``.

Each application is ported, its handlers are run by the scripts that the port writes, and its stack is created, updated,
rolled back from an update that fails, and deleted. Of those that need AWS the verdict is shown.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from corpus.applications import BLOCKED, RUNNING, Application
from corpus.synthesis import synthesise
from functional.bridge_process import PROGRAM, environment
from functional.gateway import installed
from functional.gateway.cloud import CloudGateway, gateway_in_front
from functional.tenant import Stack, Tenant
from standalone import logged_in

AT_ONCE = 4
PATIENCE = 400.0


@dataclass(frozen=True)
class Play:
    """One application on a cloud.

    :ivar made: the CDK's folder, and ``out`` the folder of the port.
    """

    application: Application
    cloud: CloudGateway
    tenant: Tenant
    made: Path
    out: Path

    def run(self) -> None:
        """Play it from its port to the deleted stack.

        :raises AssertionError: something went another way; it says how far the providers came.
        """
        report = ported(self.application, self.made, self.out, "--cloud")
        assert report["verdict"]["blocks"] == [], report["verdict"]
        with self._providers(report["handlers"]) as logs:
            try:
                self._live()
            except Exception as error:
                said = "\n".join(f"{log}: {log.read_text()[-3000:]}" for log in logs)
                raise AssertionError(f"{self.application.name}: {error}\n{said}") from error

    def _live(self) -> None:
        name = f"corpus-{self.application.name.lower()}-{uuid4().hex[:6]}"
        body = {"stack_name": name, "timeout_mins": 8, **self._templates(), "parameters": {"Size": "1"}}
        stack = Stack(self.tenant, self.tenant.heat.post("/stacks", json=body).json()["stack"]["id"], name)
        try:
            self._shows(stack, "CREATE_COMPLETE", "1")
            self._update(stack, "2")
            self._shows(stack, "UPDATE_COMPLETE", "2")
            self._update(stack, "broken")
            stack.rolled_back()
            self._shows(stack, "ROLLBACK_COMPLETE", "2")
        finally:
            stack.delete()
        assert len(self._things()) == self.application.kept, self._things()

    def _templates(self) -> dict[str, Any]:
        texts = {file.name: file.read_text() for file in self.out.glob("*.yaml")}
        return {"template": texts.pop("template.yaml"), "files": texts}

    def _update(self, stack: Stack, size: str) -> None:
        body = {**self._templates(), "parameters": {"Size": size}, "disable_rollback": False}
        self.tenant.heat.put(f"/stacks/{stack.name}/{stack.id}", json=body)

    def _shows(self, stack: Stack, status: str, size: str) -> None:
        came_to = stack.wait(seconds=PATIENCE)
        assert came_to == status, f"{came_to}: {stack.reason()}"
        shown = self.application.shown.format(size=size, stack=stack.name)
        assert stack.outputs()["Shown"] == shown, stack.outputs()
        things = self._things()
        assert size in things.values(), things
        assert len(things) == 1 or not self.application.replaces, things

    def _things(self) -> dict[str, str]:
        """Return what the handlers keep, by its path."""
        return {str(file): file.read_text() for file in (self.out / "handlers").glob("*/things/*")}

    @contextmanager
    def _providers(self, handlers: Sequence[dict[str, Any]]) -> Iterator[list[Path]]:
        """Run each handler by its own script; yield the logs."""
        path = os.pathsep.join([str(PROGRAM.parent), os.environ["PATH"]])
        environ = environment(RESPONSE_BASE_URL=self.cloud.base, PATH=path)
        started, logs = [], []
        for handler in handlers:
            home = self.out / "handlers" / handler["name"]
            words = ["/bin/sh", str(home / "provider.sh"), "--ca-file", str(self.cloud.ca_file)]
            if handler["requirements"] and (home / "package.json").exists():
                subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund"], cwd=home, check=True)  # noqa: S607
            elif handler["requirements"]:
                words += ["--python", str(installed.python())]
            logs.append(home.with_suffix(".log"))
            with logs[-1].open("w") as log:
                started.append(subprocess.Popen(words, env=environ, stdout=log, stderr=log))  # noqa: S603
        try:
            yield logs
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait(60)
            for handler in handlers:
                self.tenant.zaqar.delete(f"/queues/{handler['service_token'].removeprefix('zaqar:')}")


def ported(application: Application, made: Path, out: Path, *options: str) -> dict[str, Any]:
    """Port an application and return the report."""
    words = [str(PROGRAM), "port", str(application.template_in(made)), "--output-dir", str(out), "--json", *options]
    done = subprocess.run(words, env=environment(), capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert isinstance(report, dict)
    return report


def played(applications: Sequence[Application], cloud: CloudGateway, folder: Path) -> dict[str, str]:
    """Play applications, some at a time; return what went wrong by their names, nothing where all went well."""
    made = synthesise(folder)
    installed.python()

    def one(application: Application) -> tuple[str, str]:
        began = time.monotonic()
        try:
            Play(application, cloud, Tenant(cloud.demo), made, folder / "ported" / application.name).run()
        except Exception as error:  # each is to be judged by itself
            said = f"{type(error).__name__}: {error}"
        else:
            said = ""
        took = time.monotonic() - began
        print(f"{application.name:16} {'went wrong' if said else 'deleted, all well'}, {took:.0f} s", flush=True)
        return application.name, said

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return {name: said for name, said in pool.map(one, applications) if said}


def main() -> int:
    """Play those that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    known = {application.name: application for application in (*RUNNING, *BLOCKED)}
    parser.add_argument("name", nargs="*", choices=[*known, []], help="an application (all)")
    chosen = [known[name] for name in parser.parse_args().name or known]
    demo = logged_in("demo")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with gateway_in_front(folder, demo) as cloud:
            wrong = played([application for application in chosen if not application.blocks], cloud, folder)
        for application in chosen:
            if application.blocks:
                report = ported(application, folder / "cdk.out", folder / "ported" / application.name)
                reasons = {f["construct"]: f["reason"] for f in report["findings"] if f["blocks"]}
                if set(reasons) != application.blocks:
                    wrong[application.name] = f"it is blocked by {reasons}"
                print(f"{application.name:16} blocked: {'; '.join(reasons.values())}")
    for name, said in wrong.items():
        print(f"\n{name}: {said}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
