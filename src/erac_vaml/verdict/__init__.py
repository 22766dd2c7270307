"""Judge the paper's claims and numbers from the runs: intervals, tests and rules (docs/reference/verdict.md)."""
