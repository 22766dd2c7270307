"""What the runs say of the paper: intervals, tests, and verdicts by stated rules (docs/reference/verdict.md)."""
