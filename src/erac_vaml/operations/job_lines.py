"""Show the start and the end of each job of a workflow in one line each, where Snakemake shows seven lines a job.

Snakemake's own log file, whose path it prints at the end, keeps all of them.
"""

import logging
import time
from collections.abc import Iterator
from typing import Any, TextIO

from snakemake.logging import logger
from snakemake_interface_logger_plugins.common import LogEvent

from erac_vaml.operations.wording import counted

_INTERRUPTED = "Terminating processes on user request"
"""How Snakemake's message after Ctrl-C or a signal begins."""
_HIDDEN = "_settings"
"""How the names of rules end whose jobs take milliseconds; there are as many as runs, tables and figures together."""


def show_one_line_per_job() -> None:
    """Replace the handler that writes Snakemake's messages to the terminal, but not one that a person chose.

    With --verbose all messages stay as they are.
    """
    if logger.isEnabledFor(logging.DEBUG):
        return
    for handler in list(logger.handlers):
        if isinstance(handler, logging.StreamHandler) and handler.name == "DefaultStreamHandler":
            logger.removeHandler(handler)
            logger.addHandler(JobLines(handler))


class JobLines(logging.Handler):
    """Writes a line when a job starts, and one with the number of finished jobs when it ends.

    After Ctrl-C it writes how to continue, not that each running job failed.
    """

    def __init__(self, default: logging.StreamHandler[TextIO]) -> None:
        """Write to the stream of Snakemake's handler, which continues to write all other messages."""
        super().__init__()
        self._default = default
        self.filters = default.filters  # What --quiet hides stays hidden.
        self._names: dict[int, str] = {}
        self._ended: list[int] = []
        self._stopping = False

    def emit(self, record: logging.LogRecord) -> None:
        """Write the lines of a message."""
        event = getattr(record, "event", None)
        if str(record.msg).startswith(_INTERRUPTED):
            self._stopping = True
            self._default.stream.write("\nStopping. Each run writes a checkpoint. To continue, repeat the command.\n")
        if self._stopping:
            return
        if event not in (LogEvent.JOB_INFO, LogEvent.JOB_FINISHED, LogEvent.PROGRESS):
            if event is not LogEvent.JOB_STARTED and record.msg != "Select jobs to execute...":
                self._default.handle(record)
            return
        for line in self._lines(event, vars(record)):
            self._default.stream.write(f"{time.strftime('%H:%M:%S', time.localtime(record.created))}  {line}\n")
        self._default.flush()

    def _lines(self, event: LogEvent, content: dict[str, Any]) -> Iterator[str]:
        if event is LogEvent.JOB_INFO:
            if content["rule_name"].endswith(_HIDDEN):
                return
            self._names[content["jobid"]] = name = content["rule_msg"] or content["rule_name"]
            yield f"started   {name}"
        elif event is LogEvent.JOB_FINISHED:  # The progress follows; it has the number of finished jobs.
            self._ended.append(content["job_id"])
        else:
            for job in self._ended:
                if name := self._names.pop(job, ""):
                    yield f"finished  {name} ({content['done']:,} of {counted(content['total'], 'job')})"
            self._ended.clear()
