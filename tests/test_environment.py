"""The images and the environment of conda: the same steps from files that exist, run as far as they need no network."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from processes import run

ROOT = Path(__file__).parents[1]
DOCKER = (ROOT / "Dockerfile").read_text(encoding="utf-8")
APPTAINER = (ROOT / "apptainer.def").read_text(encoding="utf-8")
CONDA = yaml.safe_load((ROOT / "environment.yaml").read_text(encoding="utf-8"))
CATALOGUE = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text(encoding="utf-8"))


def instructions(name):
    """Return the arguments of each instruction of this name in the Dockerfile."""
    return re.findall(rf"^{name} (.*)$", DOCKER, re.MULTILINE)


def section(name):
    """Return the lines of a section of the definition for Apptainer."""
    (text,) = re.findall(rf"^%{name}\n(.*?)(?=^%|\Z)", APPTAINER, re.MULTILINE | re.DOTALL)
    return [line.strip() for line in text.splitlines() if line.strip()]


def test_both_images_take_the_same_steps():
    assert re.findall(r"^From: (.*)$", APPTAINER, re.MULTILINE) == instructions("FROM")
    assert section("files") == instructions("COPY")
    assert section("post") == instructions("RUN")
    assert section("environment") == [f"export {line}" for line in instructions("ENV")]


@pytest.fixture
def image(tmp_path):
    """A folder in which the steps ran that need no network; `make` only said what it would do."""
    if subprocess.run(["git", "rev-parse"], cwd=ROOT, capture_output=True).returncode != 0:
        pytest.skip("this is no clone of a repository")
    assert run(["git", "clone", "--quiet", "--no-checkout", ROOT, tmp_path / "source"]).returncode == 0
    for step in instructions("RUN"):
        if "apt-get" not in step:
            here = step.replace("/source", f"{tmp_path}/source").replace("/erac-vaml", f"{tmp_path}/erac-vaml")
            done = run(
                ["sh", "-euc", here.replace("make ", "make --dry-run ")],
                cwd=tmp_path,
                env=os.environ | {"GIT_CONFIG_SYSTEM": str(tmp_path / "gitconfig")},
            )
            assert done.returncode == 0, done.stderr
    return tmp_path / "erac-vaml"


def test_the_steps_install_the_lock_files(image):
    planned = run(["make", "--dry-run", ".venv/.complete"], cwd=image).stdout
    installed = re.findall(r"pip install .*-r (\S+)", planned)
    assert installed == ["requirements.lock", "requirements-torch.lock"]
    assert all((image / name).exists() for name in installed)


def test_the_image_has_what_its_commands_name(image):
    for target in ("demo", "test"):
        assert run(["make", "--dry-run", target], cwd=image).returncode == 0
    named = re.findall(
        r"/erac-vaml/([\w./-]+)", "\n".join((*section("runscript"), APPTAINER.partition("Bootstrap")[0]))
    )
    assert {"Snakefile", "profiles/local", "config.yaml"} == set(named)
    assert [name for name in named if not (image / name).exists()] == []


def test_conda_and_the_images_have_a_python_that_the_package_takes():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    least = tuple(map(int, project["requires-python"].removeprefix(">=").split(".")))
    versions = [*instructions("FROM"), *(name for name in CONDA["dependencies"] if name.startswith("python="))]
    assert len(versions) == 2
    for version in versions:
        assert tuple(map(int, re.search(r"(\d+)\.(\d+)", version).groups())) >= least
    assert {"make", "git"} < set(CONDA["dependencies"])


def test_the_workflow_catalogue_finds_what_it_requires():
    usage = CATALOGUE["usage"]
    assert usage.keys() == {"mandatory-flags", "software-stack-deployment", "report"}
    assert usage["mandatory-flags"].keys() == {"desc", "flags"}
    assert {"snakemake", "workflow"} <= set((ROOT / "README.md").read_text(encoding="utf-8").lower().split())
    assert (ROOT / "workflow" / "Snakefile").exists()
    assert list((ROOT / "workflow" / "rules").glob("*.smk"))
    assert (ROOT / "config" / "README.md").exists()
