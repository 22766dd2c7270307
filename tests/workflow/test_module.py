"""The workflow as a module of another Snakemake workflow."""

import sys

import pytest
import yaml
from calls import ROOT, TINY
from processes import run

from erac_vaml.config import configuration_text, load_experiment, validate_experiment
from erac_vaml.operations.outdated import EXIT_STATUS

HOST = """
configfile: "host.yaml"

module erac:
    snakefile: {snakefile!r}
    config: config["erac"]

use rule * from erac as erac_*

{hook}

rule best:
    default_target: True
    input: "results/tiny/tables/table1.csv"
    output: "best.txt"
    shell: "cut -d, -f2 {{input}} | sort -u > {{output}}"
"""


@pytest.fixture
def call(tmp_path):
    """A function that calls Snakemake on another workflow, which processes Table 1 of one MLE actor."""
    experiment = yaml.safe_load(TINY.read_text(encoding="utf-8"))
    del experiment["ablations"]
    experiment["tasks"]["mt"]["algorithms"] = ["mle"]
    (tmp_path / "host.yaml").write_text(yaml.safe_dump({"erac": experiment, "own": 1}), encoding="utf-8")

    def snakemake(*arguments, status=0, snakefile="Snakefile", hook="onstart:\n    erac.onstart()"):
        text = HOST.format(snakefile=str(ROOT / snakefile), hook=hook)
        (tmp_path / "Snakefile").write_text(text, encoding="utf-8")
        done = run([sys.executable, "-m", "snakemake", "--cores", "1", *arguments], cwd=tmp_path)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    return snakemake


def test_its_rules_and_targets_are_planned_under_other_names(call):
    jobs = call("--dry-run", "erac_all")
    assert [name for name in ("erac_train_mle", "erac_write_table", "erac_write_report") if name not in jobs] == []
    assert "erac_train_raml" not in jobs
    assert call("--dry-run", "erac_mle").count("Training mt/mle/seed1") == 1


def test_its_rules_write_the_configuration_without_any_hook(call, tmp_path):
    call("erac_table5", snakefile="workflow/Snakefile", hook="")
    content = yaml.safe_load((tmp_path / "host.yaml").read_text(encoding="utf-8"))["erac"]
    written = (tmp_path / "results/tiny/config.yaml").read_text(encoding="utf-8")
    assert written == configuration_text(validate_experiment(content))
    assert (tmp_path / "results/tiny/tables/table5.md").exists()


@pytest.mark.slow
def test_its_results_are_made_once_and_guarded_and_repeated_on_purpose(call, tmp_path):
    call()
    assert "mle" in (tmp_path / "best.txt").read_text(encoding="utf-8").splitlines()
    results = tmp_path / "results" / "tiny"
    assert load_experiment(results / "settings/runs/mt/mle/seed1.yaml").tasks["mt"].algorithms == ["mle"]
    assert not list(results.glob("state/mt/mle/seed1/*"))
    assert "Nothing to be done" in call()
    scores = "results/tiny/runs/mt/mle/seed1/scores.json"
    manifest = (tmp_path / scores).with_name("manifest.json")
    before = manifest.read_bytes()
    call(scores, "--forcerun", scores)
    assert manifest.read_bytes() != before
    host = yaml.safe_load((tmp_path / "host.yaml").read_text(encoding="utf-8"))
    host["erac"]["defaults"]["mle"]["batch_size"] = 20
    (tmp_path / "host.yaml").write_text(yaml.safe_dump(host), encoding="utf-8")
    assert "1 finished run would be trained again (other settings: 1)" in call(status=EXIT_STATUS)
    assert load_experiment(results / "planned.yaml").tasks["mt"].mle.batch_size == 20
