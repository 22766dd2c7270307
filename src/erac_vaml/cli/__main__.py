"""Run the command line: `python -m erac_vaml.cli`."""

from erac_vaml.cli import main

main()
