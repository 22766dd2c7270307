"""The end of a command: one line on standard error and exit status 2 for a fault that a person can cause."""

import errno
import sys
import tempfile

import pytest
import typer

from erac_vaml.cli.faults import LOG, run_command_line
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


@pytest.mark.parametrize("error", [ZeroDivisionError("a\nb"), RecursionError("deep"), ValueError("half \ud800")])
def test_an_error_of_the_program_is_one_line_and_its_traceback_goes_to_a_log(end, tmp_path, monkeypatch, error):
    monkeypatch.chdir(tmp_path)
    status, said = end(error)
    log = tmp_path / "erac-vaml-errors.log"
    assert status == 1
    assert said.startswith(f"erac-vaml: an error of this program, {type(error).__name__}: ")
    assert f"; its traceback is at the end of {log}; please report it" in said
    assert said.count("\n") == 1
    assert "in command\n    raise error\n" in log.read_text()
    end(error)
    assert log.read_text().count("Traceback (most recent call last)") == 2


def test_without_a_writable_folder_the_log_is_in_the_temporary_one(end, tmp_path, monkeypatch):
    (tmp_path / LOG).mkdir()
    (tmp_path / "temporary").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    assert f"is at the end of {tmp_path / 'temporary' / LOG};" in end(ZeroDivisionError())[1]
    (tmp_path / "temporary" / LOG).unlink()
    (tmp_path / "temporary" / LOG).mkdir()
    assert "its traceback could not be written" in end(ZeroDivisionError())[1]
