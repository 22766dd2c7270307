"""Scores -> statistics, tables, figures and one page, the paper's own numbers beside ours."""
