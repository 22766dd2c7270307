"""What the profile of Slurm asks of `sbatch`, and what the alternatives that it names would ask."""

import json
import logging
import os
import re
import sys
from types import SimpleNamespace

import pytest
import yaml
from calls import ROOT, add_captioning, changed, snakemake
from snakemake_executor_plugin_slurm.partitions import get_best_partition, read_partition_file
from snakemake_executor_plugin_slurm.submit_string import get_submit_command
from snakemake_executor_plugin_slurm.utils import set_gres_string

PROFILE = ROOT / "profiles" / "slurm"
TEXT = (PROFILE / "config.yaml").read_text(encoding="utf-8")
DOCUMENT = (ROOT / "docs" / "tutorials" / "cluster.md").read_text(encoding="utf-8")
ALTERNATIVES = {
    "{gpu_model: a100}": "--gpus=a100:1",
    '{gpu: 0, gres: "shard:2"}': "--gres=shard:2",
    '{gpu: 0, gres: "mps:50"}': "--gres=mps:50",
    "{gpu_model: 1g.10gb}": "--gpus=1g.10gb:1",
}
SBATCH = """#!{python}
import json, sys
with open({calls!r}, "a") as stream:
    print(json.dumps(sys.argv[1:]), file=stream)
sys.exit(1)
"""


class Resources(dict):
    """The resources of a job as Snakemake gives them to an executor."""

    __getattr__ = dict.__getitem__


def devices(flags):
    """Return the flags that ask for GPUs or parts of them."""
    return [flag for flag in flags if flag.startswith(("--gpus", "--gres"))]


def submitted(directory, configuration, *targets):
    """Return the flags of each rule that the workflow submits, though nothing takes the jobs."""
    commands, calls = directory / "commands", directory / "calls"
    commands.mkdir()
    for name in ("sbatch", "sinfo", "scontrol", "squeue", "sacct"):
        text = SBATCH.format(python=sys.executable, calls=str(calls)) if name == "sbatch" else "#!/bin/sh\n"
        (commands / name).write_text(text)
        (commands / name).chmod(0o755)
    arguments = ("--profile", PROFILE, "--retries", "0", "--slurm-init-seconds-before-status-checks", "1")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PATH", f"{commands}:{os.environ['PATH']}")
        done = snakemake(directory, *arguments, *targets, configuration=configuration)
    assert done.returncode != 0
    assert calls.exists(), done.stdout + done.stderr
    flags = [json.loads(line) for line in calls.read_text().splitlines()]
    return {re.match(r"rule_(\w+?)(_wildcards_|$)", flag[flag.index("--comment") + 1])[1]: flag for flag in flags}


def test_a_training_run_asks_for_one_gpu_and_other_jobs_for_none(tmp_path):
    configuration = changed(tmp_path / "tiny.yaml", add_captioning)
    flags = submitted(tmp_path, configuration, "mle", "results/tiny/data/scenes/features.npy")
    assert flags.keys() == {"train_mle", "extract_features"}
    assert devices(flags["train_mle"]) == ["--gpus=1"]
    assert devices(flags["extract_features"]) == []
    assert "--requeue" in flags["train_mle"]


def test_the_alternatives_of_the_profile_ask_for_what_they_name():
    assert set(re.findall(r"^#   &training (.*)$", TEXT, re.MULTILINE)) == ALTERNATIVES.keys()
    parameters = dict.fromkeys(("run_uuid", "slurm_logfile", "comment_str", "account", "partition", "workdir"), "x")
    for alternative, expected in ALTERNATIVES.items():
        resources = Resources({"gpu": 1, "runtime": 30, "mem_mb": 4000} | yaml.safe_load(alternative))
        job = SimpleNamespace(resources=resources, threads=1)
        assert devices((get_submit_command(job, parameters) + set_gres_string(job)).split()) == [expected]


def test_the_documented_file_of_partitions_sends_training_runs_to_the_gpus(tmp_path):
    (text,) = re.findall(r"^```yaml\n(partitions:\n.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
    (tmp_path / "partitions.yaml").write_text(text, encoding="utf-8")
    partitions = read_partition_file(tmp_path / "partitions.yaml")
    for requests, expected in (({"gpu": 1}, "gpu"), ({"gpu_model": "a100", "gpu": 1}, "gpu"), ({"gpu": 0}, "cpu")):
        job = SimpleNamespace(name="job", threads=1, resources=Resources(runtime=60, mem_mb=4000, **requests))
        assert get_best_partition(partitions, job, logging.getLogger()) == expected
