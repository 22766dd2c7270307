"""Locks: one owner at a time; a dead owner loses its lock, on any file system and any machine."""

import multiprocessing
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from erac_vaml.errors import UserError
from erac_vaml.files import read_json, write_json
from erac_vaml.runs.lock import SILENT_HEARTBEATS, Lock, LostLockError, claim_results, lock_beside
from erac_vaml.runs.session import alone
from erac_vaml.runs.stopping import Stopping

FORKS = multiprocessing.get_context("fork")
BEAT = 0.05
"""Seconds between heartbeats in these tests; nothing here asserts how fast the machine is."""


def claims(folder):
    return sorted(path.name for path in folder.iterdir())


def foreign(folder, number=1):
    """Write the claim of a process on another machine; return its path."""
    folder.mkdir(exist_ok=True)
    owner = {"host": "elsewhere", "system": "another boot", "process": os.getpid(), "started": 1.0, "released": False}
    write_json(folder / str(number), owner)
    return folder / str(number)


def hold(folder, held):
    """Take a lock in a child process, and keep it until the process is killed."""
    lock = Lock(folder, BEAT)
    assert lock.try_acquire()
    held.put(os.getpid())
    time.sleep(600)


@pytest.fixture
def child(tmp_path):
    """A process that holds a lock."""
    held = FORKS.Queue()
    process = FORKS.Process(target=hold, args=(tmp_path / "lock", held))
    process.start()
    held.get()
    yield process
    process.kill()
    process.join()


def test_one_at_a_time(tmp_path):
    first, second = Lock(tmp_path / "lock"), Lock(tmp_path / "lock")
    assert first.try_acquire()
    assert not second.try_acquire()
    assert second.owner.process == os.getpid()
    assert second.owner_lives
    first.release()
    assert second.owner is None
    assert second.try_acquire()
    assert not first.try_acquire()
    assert claims(tmp_path / "lock") == ["2"]


def test_a_killed_process_s_lock_is_taken_at_once(tmp_path, child):
    lock = Lock(tmp_path / "lock")
    assert not lock.try_acquire()
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    assert lock.try_acquire()


def test_a_killed_process_that_nobody_has_waited_for_is_dead_too(tmp_path, child):
    lock = Lock(tmp_path / "lock")
    os.kill(child.pid, signal.SIGKILL)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert lock.try_acquire()


def test_a_suspended_process_of_this_machine_keeps_its_lock(tmp_path, child):
    os.kill(child.pid, signal.SIGSTOP)
    lock = Lock(tmp_path / "lock", heartbeat_seconds=0.001)
    for _ in range(2 * SILENT_HEARTBEATS):
        assert not lock.try_acquire()
        time.sleep(0.001)


def test_the_owner_of_another_machine_is_dead_after_four_silent_heartbeats(tmp_path, monkeypatch):
    foreign(tmp_path / "lock")
    lock, moment = Lock(tmp_path / "lock", 30.0), [1000.0]
    monkeypatch.setattr("erac_vaml.runs.lock.time.monotonic", lambda: moment[0])
    assert not lock.try_acquire()
    moment[0] += 120.0
    assert not lock.try_acquire()
    assert not lock.owner_lives
    moment[0] += 0.1
    assert lock.try_acquire()
    assert claims(tmp_path / "lock") == ["2"]


def test_a_heartbeat_keeps_the_lock_whatever_the_clocks_say(tmp_path, monkeypatch):
    claim = foreign(tmp_path / "lock")
    lock, moment = Lock(tmp_path / "lock", 30.0), [1000.0]
    monkeypatch.setattr("erac_vaml.runs.lock.time.monotonic", lambda: moment[0])
    for beat in range(10):
        os.utime(claim, (beat, beat))  # The other machine's clock is years behind.
        assert not lock.try_acquire()
        assert lock.owner_lives == (beat > 0)
        moment[0] += 100.0


def test_the_owner_shows_heartbeats(tmp_path):
    lock = Lock(tmp_path / "lock", BEAT)
    assert lock.try_acquire()
    os.utime(tmp_path / "lock" / "1", (1.0, 1.0))
    while (tmp_path / "lock" / "1").stat().st_mtime == 1.0:
        time.sleep(BEAT)
    lock.release()
    assert read_json(tmp_path / "lock" / "1")["released"]


def test_a_process_that_lost_its_lock_finds_out_and_leaves_the_new_claim_alone(tmp_path):
    lock = Lock(tmp_path / "lock")
    assert lock.try_acquire()
    lock.check()
    foreign(tmp_path / "lock", 2)
    with pytest.raises(LostLockError, match=r"process .* on elsewhere has taken over"):
        lock.check()
    lock.release()
    assert not read_json(tmp_path / "lock" / "2")["released"]


def test_only_one_of_many_takes_over(tmp_path, monkeypatch):
    foreign(tmp_path / "lock")
    monkeypatch.setattr("erac_vaml.runs.lock.SILENT_HEARTBEATS", 0)
    locks = [Lock(tmp_path / "lock", 1e-9) for _ in range(16)]
    for lock in locks:  # All have seen the dead owner.
        lock._is_over(1)
    barrier, taken = threading.Barrier(len(locks)), []

    def take(lock):
        barrier.wait()
        taken.append(lock.try_acquire())

    threads = [threading.Thread(target=take, args=(lock,)) for lock in locks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken.count(True) == 1


def test_a_process_that_looked_long_ago_cannot_take_the_lock_beside_the_next_owner(tmp_path, monkeypatch):
    late, lock = Lock(tmp_path / "lock"), Lock(tmp_path / "lock")
    foreign(tmp_path / "lock")
    late_look = late._newest()
    monkeypatch.setattr(Lock, "_is_over", lambda self, number: True)
    for _ in range(3):  # Others take it and release it meanwhile.
        assert lock.try_acquire()
        lock.release()
    assert lock.try_acquire()
    looks = iter([late_look])
    monkeypatch.setattr(late, "_newest", lambda: next(looks, None) or Lock._newest(late))
    assert not late.try_acquire()
    lock.check()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"host": 3}'])
def test_a_claim_that_cannot_be_read_is_judged_by_its_heartbeat(tmp_path, monkeypatch, content):
    (tmp_path / "lock").mkdir()
    (tmp_path / "lock" / "1").write_bytes(content)
    lock, moment = Lock(tmp_path / "lock"), [0.0]
    monkeypatch.setattr("erac_vaml.runs.lock.time.monotonic", lambda: moment[0])
    assert not lock.try_acquire()
    assert lock.owner is None
    moment[0] += 121.0
    assert lock.try_acquire()


def test_foreign_files_in_the_folder_change_nothing(tmp_path):
    folder = tmp_path / "lock"
    folder.mkdir()
    for name in (".nfs0001", ".DS_Store", "1.tmp"):
        (folder / name).write_bytes(b"x")
    assert Lock(folder).try_acquire()
    assert "1" in claims(folder)


def test_waiting_ends_when_the_owner_releases_it(tmp_path, monkeypatch, capsys):
    other, stopping = Lock(lock_beside(tmp_path / "run")), Stopping(None)
    assert other.try_acquire()
    monkeypatch.setattr(stopping, "wait", lambda seconds: other.release())
    with alone(tmp_path / "run", stopping) as lock:
        lock.check()
    assert capsys.readouterr().out.count(f"Waiting: process {os.getpid()} on") == 1


def test_no_flock_is_needed(tmp_path, monkeypatch):
    def refuse(*arguments):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr("fcntl.flock", refuse)
    monkeypatch.setattr("fcntl.lockf", refuse)
    lock = Lock(tmp_path / "lock")
    assert lock.try_acquire()
    lock.release()


def test_a_folder_that_cannot_be_written_is_reported(tmp_path):
    (tmp_path / "lock").write_text("a file where the folder should be")
    with pytest.raises(UserError, match="lock: cannot be locked"):
        Lock(tmp_path / "lock").try_acquire()


def test_results_are_claimed_by_one_process(tmp_path):
    lock = claim_results(tmp_path)
    with pytest.raises(UserError, match=f"another workflow is at work on {tmp_path}, process {os.getpid()} on"):
        claim_results(tmp_path)
    lock.release()
    claim_results(tmp_path).release()


def test_a_claim_of_another_machine_is_watched_and_respected_while_it_beats(tmp_path, capsys):
    claim = foreign(tmp_path / "workflow.claim")
    stop = threading.Event()

    def beat():
        while not stop.wait(BEAT):
            claim.touch()

    thread = threading.Thread(target=beat)
    thread.start()
    with pytest.raises(UserError, match=r"at work on .*, process .* on elsewhere"):
        claim_results(tmp_path, heartbeat_seconds=60.0)
    stop.set()
    thread.join()
    assert "Watching for up to 240 s whether process" in capsys.readouterr().out


def test_a_claim_of_a_dead_machine_is_taken_over(tmp_path):
    foreign(tmp_path / "workflow.claim")
    lock = claim_results(tmp_path, heartbeat_seconds=0.01)
    lock.check()
    assert claims(Path(tmp_path / "workflow.claim")) == ["2"]
