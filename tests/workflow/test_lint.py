"""Snakemake's own linter."""

from calls import snakemake


def test_snakemake_s_linter_finds_nothing(tmp_path):
    done = snakemake(tmp_path, "--lint")
    assert "Congratulations" in done.stdout + done.stderr
