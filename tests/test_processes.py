"""No process that a test starts outlives the test or pytest, however these end."""

import signal
import sys
from pathlib import Path

import psutil
import pytest
from processes import run, started, wait_until

SUPPORT = Path(__file__).parent / "support"
JOB = """
import os, subprocess, sys, time
from pathlib import Path
if len(sys.argv) == 3:  # Start a daemon in a session of its own, without an environment, and end.
    subprocess.Popen([sys.executable, __file__, sys.argv[1]], start_new_session=True, env={})
    sys.exit()
Path(sys.argv[1], f"{os.getpid()}.job").touch()
time.sleep(1_000_000)
"""
SNAKEFILE = """
rule endless:
    output: "never"
    shell: "{config[python]} job.py . daemon && {config[python]} job.py ."
"""
TEST = """
import multiprocessing, subprocess, sys, time
from pathlib import Path
from processes import started, wait_until

def test_that_ends_badly():
    multiprocessing.get_context("fork").Process(target=time.sleep, args=(1_000_000,), daemon=True).start()
    subprocess.Popen([sys.executable, "job.py", "."])
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--config", f"python={sys.executable}"]
    with started(command, folder=Path.cwd()) as snakemake:
        assert wait_until(lambda: len(list(Path().glob("*.job"))) == 3, snakemake)
        assert not Path("fails").exists()
        Path("ready").touch()
        time.sleep(1_000_000)
"""


@pytest.fixture
def folder(tmp_path):
    for name, content in {"job.py": JOB, "Snakefile": SNAKEFILE, "test_inner.py": TEST}.items():
        (tmp_path / name).write_text(content)
    return tmp_path


def inner_pytest():
    code = f"import sys; sys.path.insert(0, {str(SUPPORT)!r}); import pytest; sys.exit(pytest.main(sys.argv[1:]))"
    return [sys.executable, "-c", code, "-p", "processes", "-p", "no:cacheprovider", "test_inner.py"]


def living_in(folder):
    """Return the living processes whose working folder this is."""
    found = psutil.process_iter(["cwd", "status"])
    return [process for process in found if process.info["cwd"] == str(folder) and process.info["status"] != "zombie"]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_of_a_pytest_that_was_killed(folder, number):
    with started(inner_pytest(), cwd=folder) as pytest_process:
        assert wait_until((folder / "ready").exists, pytest_process)
        # These are pytest and its fork, Snakemake, its job's shell, and three jobs.
        assert len(living_in(folder)) >= 7
        pytest_process.send_signal(number)
        pytest_process.wait()
        assert wait_until(lambda: living_in(folder) == [])


@pytest.mark.slow
def test_nothing_is_left_of_a_test_that_fails(folder):
    (folder / "fails").touch()
    done = run(inner_pytest(), cwd=folder)
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout
    assert wait_until(lambda: living_in(folder) == [])
