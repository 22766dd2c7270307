"""Report a fault that a person can cause in one line on standard error, with exit status 2."""

import sys
from typing import NoReturn

import typer

from erac_vaml.errors import UserError, system_fault


def run_command_line(app: typer.Typer) -> NoReturn:
    """Run a command line and end the process with its exit status; report a fault in one line."""
    try:
        # In standalone mode typer would print a wrong call as a box of several lines instead of raising an error.
        sys.exit(app(prog_name="erac-vaml", standalone_mode=False))
    except UserError as error:
        fault = str(error)
    except typer.TyperException as error:
        fault = _of_call(error)
    except OSError as error:
        fault = system_fault(error)
    print(f"erac-vaml: {' '.join(fault.splitlines())}", file=sys.stderr)
    sys.exit(2)


def _of_call(error: typer.TyperException) -> str:
    """Return what is wrong with a call, such as an unknown option, and the command that shows the right one."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "erac-vaml"
    fault = error.format_message().rstrip(".")
    return f"{fault}{'' if fault.endswith('?') else ';'} `{command} --help` shows what it takes"
