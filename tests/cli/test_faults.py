"""The end of a command: one line on standard error and exit status 2 for a fault that a person can cause."""

import errno
import sys

import pytest
import typer

from erac_vaml.cli.faults import run_command_line
from erac_vaml.errors import UserError


@pytest.fixture
def end(monkeypatch, capsys):
    """A function that runs a command which raises an error; it returns the exit status and standard error."""
    monkeypatch.setattr(sys, "argv", ["erac-vaml"])

    def run(error: BaseException | None) -> tuple[object, str]:
        app = typer.Typer()

        @app.command()
        def command() -> None:
            if error is not None:
                raise error

        with pytest.raises(SystemExit) as ended:
            run_command_line(app)
        return ended.value.code or 0, capsys.readouterr().err

    return run


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (UserError("a.txt: odd; mend it"), "erac-vaml: a.txt: odd; mend it\n"),
        (UserError("a\nb.txt: odd; mend it"), "erac-vaml: a b.txt: odd; mend it\n"),
        (FileExistsError(errno.EEXIST, "File exists", "a"), "erac-vaml: a: File exists; check the path"),
        (OSError(errno.ENOSPC, "No space left on device"), "erac-vaml: No space left on device; make room\n"),
        (OSError("the image is cut"), "erac-vaml: the image is cut; check the path and its permissions\n"),
    ],
)
def test_a_fault_is_one_line(end, error, said):
    status, found = end(error)
    assert status == 2
    assert found.startswith(said)
    assert found.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "status"), [(None, 0), (typer.Exit(3), 3), (SystemExit(75), 75), (KeyboardInterrupt(), 130)]
)
def test_other_ends_keep_their_status_and_say_nothing(end, error, status):
    assert end(error) == (status, "")


def test_an_error_of_the_program_is_shown_whole(end):
    with pytest.raises(ZeroDivisionError):
        end(ZeroDivisionError())
