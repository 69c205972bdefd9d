"""What the page on deployment tools has carried out: its images' steps, its commands, and what HAProxy is to read."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pages
import pytest
from functional.fronts.fronts import configuration
from functional.kit.steps import UV, here, run, stages
from releases.installed import RELEASES

from devstack.cloud.prerequisites import SEARCH_PATH

PAGE = "docs/how-to/deploy.md"
IMAGES = [text for _language, text in pages.blocks(PAGE) if text.startswith("FROM ")]
INTO_HEAT, BESIDE_HEAT = pages.commands(PAGE)
FOUND = """
from importlib.metadata import entry_points
points = entry_points(group="heat.constraints")
print(*[point.dist.locate_file("") for point in points if point.value.startswith("customresource_bridge")])
"""
"""Says where Python finds what Heat is led to the plugin by."""


def install(command: str, root: Path, wheels: Path, *, series: str = "") -> None:
    """Run pip's command with the folder as its root, with a series' constraints and this package's wheel."""
    words = [word for word in here(shlex.split(command), root) if word != "--no-cache-dir"]
    if series:
        words[words.index("--constraint") + 1] = str(RELEASES / series / "upper-constraints.txt")
    run([*words, "--find-links", str(wheels)])


def environment(command: str, root: Path) -> Path:
    """Make the Python environment of pip's command; return its Python."""
    folder = root / shlex.split(command)[0].lstrip("/").removesuffix("/bin/pip")
    run([UV, "venv", "--quiet", "--python", sys.executable, str(folder)])
    return folder / "bin" / "python"


def test_there_is_an_image_of_each_tool_that_has_images() -> None:
    assert [text.split()[1].split("/")[1] for text in IMAGES] == ["openstack.kolla", "airshipit"]


@pytest.mark.parametrize("file", IMAGES, ids=["kolla", "helm"])
def test_the_step_of_an_image_puts_the_plugin_into_heat_engine_s_environment(
    file: str, wheels: Path, tmp_path: Path
) -> None:
    ((image, steps),) = stages(file).items()
    assert [instruction for instruction, _ in steps] == ["USER", "RUN", "USER"]
    assert steps[0][1] == "root"
    command = steps[1][1]
    python = environment(command, tmp_path)
    install(command, tmp_path, wheels, series=image.partition(":")[2].partition("-")[0])
    assert run([str(python), "-c", FOUND]).startswith(str(python.parents[1]))


def test_pip_puts_the_plugin_into_heat_s_environment(wheels: Path, tmp_path: Path) -> None:
    python = environment(INTO_HEAT, tmp_path)
    install(INTO_HEAT, tmp_path, wheels, series=INTO_HEAT.partition("/upper/")[2].split()[0])
    assert run([str(python), "-c", FOUND]).startswith(str(python.parents[1]))


def test_beside_a_distribution_s_heat_a_folder_in_its_path_is_enough(wheels: Path, tmp_path: Path) -> None:
    install(BESIDE_HEAT, tmp_path, wheels)
    (path,) = [line.partition("=PYTHONPATH=")[2] for line in pages.read(PAGE).splitlines() if "=PYTHONPATH=" in line]
    folder = f"{tmp_path}{path}"
    # -S: without what is installed here otherwise.
    assert run(["env", f"PYTHONPATH={folder}", sys.executable, "-S", "-c", FOUND]).startswith(folder)


if shutil.which("haproxy", path=SEARCH_PATH):  # a machine with it; `make attack` runs it before a gateway

    def test_haproxy_takes_its_file(tmp_path: Path) -> None:
        certificate = tmp_path / "haproxy.pem"
        made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=answer.example.org"]
        run([*made, "-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "chain")])
        certificate.write_text((tmp_path / "chain").read_text() + (tmp_path / "key").read_text())
        file = tmp_path / "haproxy.cfg"
        file.write_text(configuration("kolla", port=8443, behind=8443, folder=tmp_path, certificate=certificate))
        program = str(shutil.which("haproxy", path=SEARCH_PATH))
        said = subprocess.run([program, "-c", "-f", str(file)], capture_output=True, text=True, check=False)  # noqa: S603
        assert (said.returncode, "WARNING" in said.stderr) == (0, False), said.stderr
