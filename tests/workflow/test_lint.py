"""Snakemake's own linter."""

import json

from calls import snakemake


def test_snakemake_s_linter_finds_nothing(tmp_path):
    found = json.loads(snakemake(tmp_path, "--lint", "json").stdout)
    lints = {lint["title"] for part in found.values() for entry in part for lint in entry["lints"]}
    # One environment serves all rules: the one that runs Snakemake itself, which requirements.lock pins.
    assert lints <= {"Specify a conda environment or container for each rule."}
