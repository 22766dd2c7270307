"""Calls that a warm process answers: a fork of it does the work, and the caller does not notice."""

import os
import subprocess
import sys
from pathlib import Path

CALLER = "import os; from erac_vaml.cli.warm import ADDRESS, ask; ask(os.environ[ADDRESS])"
SERVER = """
import os, signal, sys, time
from erac_vaml.cli.warm import serve
def work():
    {work}
print(os.getpid(), flush=True)
sys.exit(serve(sys.argv[1:], work))
"""


def answered(work, *command, **options):
    """Run a command under a warm process that does `work`; return the process's number, and how the command ended."""
    call = [sys.executable, "-c", SERVER.format(work=work), *command]
    ended = subprocess.run(call, capture_output=True, text=True, timeout=60, **options)
    server, _, output = ended.stdout.partition("\n")
    return server, ended.returncode, output, ended.stderr


def test_the_fork_has_the_callers_arguments_folder_environment_streams_and_status(tmp_path):
    work = (
        "print(os.getppid(), sys.argv[1], os.getcwd(), os.environ['HUE']); print('said', file=sys.stderr); sys.exit(3)"
    )
    shell = f'cd {tmp_path} && HUE=green "{sys.executable}" -c "{CALLER}" word >out 2>err'
    server, status, output, _ = answered(work, "sh", "-c", shell)
    assert (status, output) == (3, "")
    assert (tmp_path / "out").read_text().split() == [server, "word", str(tmp_path), "green"]
    assert (tmp_path / "err").read_text() == "said\n"


def test_the_fork_writes_to_a_pipe_although_the_warm_process_writes_to_a_file(tmp_path):
    call = [sys.executable, "-c", SERVER.format(work="sys.stdout.reconfigure(errors='strict'); print('x'); sys.exit()")]
    with open(tmp_path / "out", "w", encoding="utf-8") as file:
        subprocess.run([*call, "sh", "-c", f'"{sys.executable}" -c "{CALLER}" | cat'], stdout=file, check=True)
    assert (tmp_path / "out").read_text().endswith("\nx\n")


def test_calls_at_the_same_time_have_forks_of_their_own(tmp_path):
    shell = f'cd {tmp_path} && for i in 1 2 3; do "{sys.executable}" -c "{CALLER}" >$i & done; wait'
    _, status, _, _ = answered("print(os.getpid())", "sh", "-c", shell)
    assert status == 0
    assert len({(tmp_path / name).read_text() for name in "123"}) == 3


def test_a_signal_to_the_caller_reaches_the_work():
    work = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(75)); print('at work', flush=True); time.sleep(60)"
    stop = f"""
import subprocess, sys
caller = subprocess.Popen([sys.executable, "-c", {CALLER!r}], stdout=subprocess.PIPE, text=True)
caller.stdout.readline()
caller.terminate()
sys.exit(caller.wait())
"""
    assert answered(work, sys.executable, "-c", stop)[1] == 75


def test_a_temporary_folder_may_have_a_long_path(tmp_path):
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    _, status, output, errors = answered(
        "print('warm'); sys.exit()", sys.executable, "-c", CALLER, env=os.environ | {"TMPDIR": str(folder)}
    )
    assert (status, output) == (0, "warm\n"), errors


def test_a_killed_command_has_the_status_that_a_shell_gives():
    assert answered("pass", "sh", "-c", "kill -9 $$")[1] == 128 + 9


def test_a_fault_of_the_work_is_printed_and_is_status_1():
    _, status, _, errors = answered("raise ValueError('why')", sys.executable, "-c", CALLER)
    assert status == 1
    assert "ValueError: why" in errors


def test_the_commands_run_warm_as_they_run_cold(tmp_path):
    cold = [sys.executable, "-m", "erac_vaml.cli", "plan", "--config", "none.yaml"]
    warm = [sys.executable, "-m", "erac_vaml.cli", "warm", "--", *cold]
    ends = [subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, timeout=60) for call in (cold, warm)]
    assert [(end.returncode, end.stdout, end.stderr) for end in ends[1:]] == [(2, "", ends[0].stderr)]


def test_without_the_warm_process_a_call_does_its_own_work(tmp_path):
    environment = os.environ | {"ERAC_VAML_WARM": str(Path(tmp_path, "gone"))}
    call = [sys.executable, "-m", "erac_vaml.cli", "schema"]
    ended = subprocess.run(call, capture_output=True, text=True, timeout=60, env=environment)
    assert (ended.returncode, ended.stdout[:1]) == (0, "{")
