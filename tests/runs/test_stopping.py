"""Stopping in time: signals, time limits, and where a run may be interrupted."""

import os
import signal
import time
from datetime import datetime

import pytest

from erac_vaml.errors import UserError
from erac_vaml.runs.stopping import StoppedError, Stopping, seconds_left


def send(number):
    os.kill(os.getpid(), number)


SIGNALS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGXCPU]


@pytest.fixture
def heard(number):
    """Let a signal have its default effect, although pytest may have been started with `nohup`."""
    before = signal.signal(number, signal.SIG_DFL)
    yield
    signal.signal(number, before)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_is_noted_and_stops_at_the_next_check(number, heard):
    stopping = Stopping(None)
    with stopping.installed():
        stopping.check()
        send(number)
        assert stopping.requested
        with pytest.raises(StoppedError, match=number.name) as stopped:
            stopping.check()
    assert stopped.value.reason == "signal"


def test_within_an_interruptible_part_a_signal_stops_at_once():
    stopping, reached = Stopping(None), []

    def work():
        with stopping.interruptible():
            send(signal.SIGTERM)
            reached.append("the line after the signal")

    with stopping.installed(), pytest.raises(StoppedError):
        work()
    assert reached == []


def test_a_second_signal_does_not_disturb_the_stop():
    stopping = Stopping(None)
    with stopping.installed():
        with pytest.raises(StoppedError), stopping.interruptible():
            send(signal.SIGTERM)
        send(signal.SIGINT)
        with pytest.raises(StoppedError, match="SIGTERM"):
            stopping.check()


def test_an_interruptible_part_does_not_begin_after_a_signal():
    stopping = Stopping(None)
    with stopping.installed():
        send(signal.SIGTERM)
        with pytest.raises(StoppedError), stopping.interruptible():
            raise AssertionError("begun")


def test_the_end_of_the_time_stops_a_long_interruptible_part():
    stopping = Stopping(0.05)
    with stopping.installed(), pytest.raises(StoppedError, match="time is over") as stopped, stopping.interruptible():
        time.sleep(30)
    assert stopped.value.reason == "time limit"


def test_handlers_and_the_timer_are_as_before_afterwards():
    before = [signal.getsignal(number) for number in (*SIGNALS, signal.SIGALRM)]
    with Stopping(100.0).installed():
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
    assert [signal.getsignal(number) for number in (*SIGNALS, signal.SIGALRM)] == before
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_under_nohup_a_closed_terminal_does_not_stop_a_run():
    before, stopping = signal.signal(signal.SIGHUP, signal.SIG_IGN), Stopping(None)
    try:
        with stopping.installed():
            send(signal.SIGHUP)
            stopping.check()
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.fixture
def slurm(monkeypatch):
    """Set variables of a job of Slurm; without a call there is none."""
    for name in ("SLURM_JOB_ID", "SLURM_JOB_END_TIME"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch.setenv


@pytest.fixture
def squeue(tmp_path, slurm):
    """Answer `squeue` of a job by lines of a shell."""
    slurm("SLURM_JOB_ID", "17")
    slurm("PATH", f"{tmp_path}:{os.environ['PATH']}")

    def answer(lines):
        (tmp_path / "squeue").write_text(f"#!/bin/sh\n{lines}\n")
        (tmp_path / "squeue").chmod(0o755)

    return answer


def test_what_is_left_is_the_limit_less_the_margin(slurm):
    assert seconds_left(10.0, 2.0) == 480.0


@pytest.fixture
def now(monkeypatch):
    """The current time, which does not change."""
    monkeypatch.setattr("erac_vaml.runs.stopping.time.time", lambda: 1_700_000_000.0)
    return 1_700_000_000


def test_slurm_s_variable_gives_the_end_of_the_job(slurm, now):
    slurm("SLURM_JOB_END_TIME", str(now + 600))
    assert seconds_left(None, 1.0) == 540


def test_an_end_beyond_reason_is_a_limit_that_a_timer_takes(slurm, now):
    slurm("SLURM_JOB_END_TIME", "9" * 400)
    assert seconds_left(None, 1.0) == 365 * 86_400


def test_without_the_variable_squeue_gives_the_end_of_the_job(squeue, now):
    ends = datetime.fromtimestamp(now + 600).isoformat(timespec="seconds")
    squeue(f'[ "$3" = 17 ] && echo {ends}')
    assert seconds_left(None, 1.0) == 540


@pytest.mark.parametrize("answer", ["echo NONE", "echo N/A", "exit 1"])
def test_a_slurm_job_without_a_limit_has_none(squeue, answer):
    squeue(answer)
    assert seconds_left(None, 1.0) is None


def test_a_given_limit_takes_precedence_over_slurm_s(slurm):
    slurm("SLURM_JOB_END_TIME", "1")
    assert seconds_left(1.0, 0.0) == 60.0


def test_nothing_limits_a_run_outside_a_cluster(slurm):
    assert seconds_left(None, 2.0) is None


def test_a_limit_within_the_margin_is_refused():
    with pytest.raises(UserError, match=r"is not longer than execution\.time_margin_minutes, 2;"):
        seconds_left(1.5, 2.0)
