"""What the page on deployment tools has carried out: its images' steps, and its commands."""

import shlex
import sys
from pathlib import Path

import pages
import pytest
from functional.kit.steps import UV, here, run, stages
from releases.installed import RELEASES

PAGE = "docs/how-to/deploy.md"
IMAGES = [text for _language, text in pages.blocks(PAGE) if text.startswith("FROM ") and "heat" in text.split()[1]]
INTO_HEAT, *BESIDE_HEAT = pages.commands(PAGE)
FOUND = """
import sys
from importlib.metadata import entry_points
sys.path[:] = [path for path in sys.path if path]  # not where these tests run, which has it installed too
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


def beside(root: Path, wheels: Path) -> None:
    """Carry out the page's commands with the folder as their root, by pip itself: uv would upgrade unasked."""
    index = f"--quiet --no-index --find-links {wheels}"
    for command in BESIDE_HEAT:
        mine = command.replace(" /opt/", f" {root}/opt/").replace("python3 -m", f"{sys.executable} -m")
        run(["sh", "-c", mine.replace(" install ", f" install {index} ")])


def test_beside_a_distribution_s_heat_a_folder_in_its_path_is_enough(wheels: Path, tmp_path: Path) -> None:
    beside(tmp_path, wheels)
    (path,) = [line.partition("=PYTHONPATH=")[2] for line in pages.read(PAGE).splitlines() if "=PYTHONPATH=" in line]
    folder = f"{tmp_path}{path}"
    # -S: without what is installed here otherwise.
    assert run(["env", f"PYTHONPATH={folder}", sys.executable, "-S", "-c", FOUND]).startswith(folder)


def test_the_same_commands_upgrade_it_and_nothing_of_the_older_one_stays(wheels: Path, tmp_path: Path) -> None:
    beside(tmp_path, wheels)
    (entry_points,) = tmp_path.glob("**/customresource_bridge-*.dist-info")
    package = entry_points.parent / "customresource_bridge"
    entry_points.rename(entry_points.with_name("customresource_bridge-0.0.1.dist-info"))
    (package / "of_an_older_version.py").touch()
    beside(tmp_path, wheels)
    assert list(tmp_path.glob("**/customresource_bridge-*.dist-info")) == [entry_points]
    assert not (package / "of_an_older_version.py").exists()
