"""The runs' scores -> scores.csv, tables and figures, the paper's own numbers beside ours."""
