"""Snakemake's own linter."""

import re

from calls import snakemake


def test_snakemake_s_linter_finds_nothing(tmp_path):
    done = snakemake(tmp_path, "--lint")
    found = set(re.findall(r"^    \* (.+)$", done.stdout + done.stderr, re.MULTILINE))
    # All rules use the environment of Snakemake itself, which requirements.lock pins, not conda.
    assert found <= {"Specify a conda environment or container for each rule.:"}
