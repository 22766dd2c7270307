"""The messages of a workflow on a terminal: one line for each start and each end of a job."""

import io
import logging
import re

import pytest
from snakemake.logging import ColorizingTextHandler, DefaultFilter, DefaultFormatter, logger
from snakemake.settings.enums import Quietness
from snakemake_interface_logger_plugins.common import LogEvent

from erac_vaml.operations.job_lines import show_one_line_per_job


@pytest.fixture
def shown():
    """A function that sends messages to Snakemake's logger, and returns the lines on the terminal without the time."""
    before, stream = list(logger.handlers), io.StringIO()

    def lines(*messages, quiet=(), level=logging.INFO):
        default = ColorizingTextHandler(stream=stream, filter=DefaultFilter(set(quiet), False, False, False, False))
        default.setFormatter(DefaultFormatter())
        default.name = "DefaultStreamHandler"
        logger.handlers[:] = [default]
        show_one_line_per_job()
        for text, content in messages:
            record = logging.LogRecord(logger.name, level, "", 0, text, None, None)
            vars(record).update(content)
            logger.handle(record)
        return [re.sub(r"^\d\d:\d\d:\d\d  ", "", line) for line in stream.getvalue().splitlines()]

    yield lines
    logger.handlers[:] = before


def started(number, message, rule="rule"):
    return "", {"event": LogEvent.JOB_INFO, "jobid": number, "rule_msg": message, "rule_name": rule}


def finished(number):
    return f"Finished jobid: {number}", {"event": LogEvent.JOB_FINISHED, "job_id": number}


def progress(done, total):
    return None, {"event": LogEvent.PROGRESS, "done": done, "total": total}


def test_a_job_has_a_line_when_it_starts_and_one_when_it_ends(shown):
    messages = [
        ("Select jobs to execute...", {}),
        ("Execute 2 jobs...", {"event": LogEvent.JOB_STARTED, "jobs": [7, 8]}),
    ]
    messages += [started(7, "Training mt/mle/seed1"), started(8, None, "all"), finished(7), progress(1, 1200)]
    assert shown(*messages, finished(8), progress(1200, 1200)) == [
        "started   Training mt/mle/seed1",
        "started   all",
        "finished  Training mt/mle/seed1 (1 of 1,200 jobs)",
        "finished  all (1,200 of 1,200 jobs)",
    ]


def test_jobs_of_a_group_end_together(shown):
    messages = [started(1, "Training a"), started(2, "Training b"), finished(1), finished(2), progress(2, 2)]
    assert shown(*messages)[2:] == ["finished  Training a (2 of 2 jobs)", "finished  Training b (2 of 2 jobs)"]


def test_jobs_that_write_settings_are_counted_but_have_no_lines(shown):
    messages = [started(1, "Writing the settings of a", "write_run_settings"), started(2, "Training b")]
    assert shown(*messages, finished(1), progress(1, 2), finished(2), progress(2, 2)) == [
        "started   Training b",
        "finished  Training b (2 of 2 jobs)",
    ]


def test_other_messages_stay_as_they_are(shown):
    assert shown(("Building DAG of jobs...", {})) == ["Building DAG of jobs..."]


def test_ctrl_c_says_how_to_continue_and_shows_no_errors(shown):
    messages = [
        started(7, "Training mt/mle/seed1"),
        ("Terminating processes on user request, this might take some time.", {}),
        ("Error in rule train_mle: ...", {"event": LogEvent.JOB_ERROR}),
        ("WorkflowError: At least one job did not complete successfully.", {}),
    ]
    assert shown(*messages) == [
        "started   Training mt/mle/seed1",
        "",
        "Stopping. Each run writes a checkpoint. To continue, repeat the command.",
    ]


def test_what_quiet_hides_stays_hidden(shown):
    quiet = (Quietness.PROGRESS, Quietness.RULES)
    assert shown(started(1, "Training a"), finished(1), progress(1, 1), quiet=quiet) == []


def test_verbose_keeps_all_messages(shown):
    level = logger.level
    logger.setLevel(logging.DEBUG)
    try:
        assert "Execute 1 jobs..." in shown(("Execute 1 jobs...", {"event": LogEvent.JOB_STARTED, "jobs": [7]}))
    finally:
        logger.setLevel(level)


def test_another_handler_stays(shown):
    shown()
    chosen = logging.StreamHandler(io.StringIO())
    logger.handlers[:] = [chosen]
    show_one_line_per_job()
    assert logger.handlers == [chosen]
