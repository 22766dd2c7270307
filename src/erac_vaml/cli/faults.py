"""Report a fault in one line on standard error: status 2 if a person can fix it, status 1 if the program is wrong."""

import sys
import tempfile
import traceback
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from typing import NoReturn

import typer

from erac_vaml.errors import UserError, system_fault

LOG = "erac-vaml-errors.log"
"""File of the tracebacks of the program's own errors, in the working folder."""


def run_command_line(app: typer.Typer) -> NoReturn:
    """Run a command line and end the process with its exit status; report a fault in one line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # A path may have bytes that are no text.
    try:
        # In standalone mode typer would print a wrong call as a box of several lines instead of raising an error.
        sys.exit(app(prog_name="erac-vaml", standalone_mode=False))
    except UserError as error:
        fault, status = str(error), 2
    except typer.TyperException as error:
        fault, status = _of_call(error), 2
    except OSError as error:
        fault, status = system_fault(error), 2
    except Exception as error:
        fault, status = _of_program(error), 1
    print(f"erac-vaml: {' '.join(fault.splitlines())}", file=sys.stderr)
    sys.exit(status)


def _of_call(error: typer.TyperException) -> str:
    """Return what is wrong with a call, such as an unknown option, and the command that shows the right one."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "erac-vaml"
    fault = error.format_message().rstrip(".")
    return f"{fault}{'' if fault.endswith('?') else ';'} `{command} --help` lists the options"


def _of_program(error: Exception) -> str:
    """Write the traceback of an error of the program into a log; return the error with the path of the log."""
    moment = datetime.now().astimezone().isoformat(timespec="seconds")
    text = f"{moment} {' '.join(sys.argv)}\n{''.join(traceback.format_exception(error))}\n"
    for folder in (Path.cwd(), Path(tempfile.gettempdir())):
        try:
            with open(folder / LOG, "a", encoding="utf-8", errors="backslashreplace") as stream:
                stream.write(text)
        except OSError:  # The working folder may belong to somebody else.
            continue
        where = f"its traceback is at the end of {folder / LOG}"
        break
    else:
        where = "its traceback could not be written, because no folder is writable"
    return f"an error of this program, {type(error).__name__}: {error}; {where}; please report it"
