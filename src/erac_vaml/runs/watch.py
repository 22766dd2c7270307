"""Watch a run while it trains: write checkpoints, record its progress, and stop it in time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from erac_vaml.config.settings import Stage
from erac_vaml.runs.attempts import now
from erac_vaml.runs.checkpoint import newest_checkpoint, save_checkpoint
from erac_vaml.runs.history import write_history
from erac_vaml.runs.lock import Lock
from erac_vaml.runs.progress import Phase, Progress, write_progress
from erac_vaml.runs.session import Session
from erac_vaml.runs.stopping import StoppedError, Stopping
from erac_vaml.training.stages.base import TrainingStage
from erac_vaml.training.state import TrainingState, begin, from_checkpoint, to_checkpoint

_SECONDS_BETWEEN_NOTICES = 10.0


class Watch:
    """Watches one attempt at a run (the training loop's `Hooks`)."""

    def __init__(
        self,
        folder: Path,
        identity: dict[str, Any],
        stopping: Stopping,
        checkpoint_minutes: float,
        session: Session,
        settings: Stage,
        lock: Lock,
    ) -> None:
        """Prepare to watch an attempt.

        Args:
            folder: the run's state folder.
            identity: the settings, parents and data of the run (`checkpoint.save_checkpoint`).
            stopping: knows whether the run has to stop.
            checkpoint_minutes: time between two checkpoints; the end of each epoch has one anyway.
            session: the attempt, which records its last step.
            settings: settings of the stage.
            lock: the run's lock.
        """
        self._folder, self._identity, self._stopping, self._settings = folder, identity, stopping, settings
        self._session, self._first_step, self._lock = session, 0, lock
        self._seconds_between_checkpoints = 60.0 * checkpoint_minutes
        self._checkpoint_at = self._notice_at = self._begun_at = time.monotonic()
        self._measure = ""

    def begin(self, stage: TrainingStage) -> TrainingState:
        """Load the newest checkpoint into the stage, if there is one; return the state at which training resumes.

        Raises:
            UserError: there are checkpoints, but none can be used.
        """
        checkpoint = newest_checkpoint(self._folder, self._identity)
        if checkpoint is None:
            state = begin(stage, self._settings.max_decays)
        else:
            state = from_checkpoint(stage, checkpoint.tensors, checkpoint.record, self._settings.decay_factor)
            print(f"Going on after step {state.step}, {state.epoch} epochs done", flush=True)
        self._first_step = state.step
        self._session.begins_at(state.step)
        self._measure = stage.measure
        self._checkpoint_at = self._begun_at = time.monotonic()
        self._record("training", state)
        return state

    def due(self, state: TrainingState) -> bool:
        """Return whether to write a checkpoint after this step; record the run's progress."""
        self._session.step = state.step
        moment = time.monotonic()
        if moment - self._notice_at >= _SECONDS_BETWEEN_NOTICES:
            self._record("training", state)
        return self._stopping.requested or moment - self._checkpoint_at >= self._seconds_between_checkpoints

    def save(self, stage: TrainingStage, state: TrainingState) -> None:
        """Write a checkpoint, then stop if the run has to.

        Raises:
            StoppedError: the run has to stop.
            UserError: the checkpoint cannot be written, or another process has taken over the run.
        """
        self._lock.check()
        save_checkpoint(self._folder, self._identity, *to_checkpoint(stage, state))
        self._checkpoint_at = time.monotonic()
        self._record("training", state)
        self._stopping.check()

    def validate(self, stage: TrainingStage, state: TrainingState) -> dict[str, float]:
        """Return the stage's validation measures; if the run has to stop meanwhile, first write a checkpoint.

        Raises:
            StoppedError: the run has to stop.
            UserError: the checkpoint cannot be written.
        """
        self._record("validating", state)
        try:
            with self._stopping.interruptible():
                return stage.validate()
        except StoppedError:
            self.save(stage, state)
            raise

    @contextmanager
    def testing(self, state: TrainingState) -> Iterator[None]:
        """Let the run be stopped while the trained network is scored; a resumed run scores it again.

        Raises:
            StoppedError: the run has to stop.
        """
        self._record("testing", state)
        with self._stopping.interruptible():
            yield

    def _record(self, phase: Phase, state: TrainingState) -> None:
        done, now_at = state.step - self._first_step, time.monotonic()
        progress = Progress(
            phase=phase,
            epoch=min(state.epoch + 1, self._settings.max_epochs) if phase == "training" else state.epoch,
            max_epochs=self._settings.max_epochs,
            batch=state.batch,
            batches=state.batches,
            step=state.step,
            seconds_per_step=(now_at - self._begun_at) / done if done else None,
            measure=self._measure,
            latest=state.history[-1][self._measure] if state.history else None,
            best=state.schedule.best,
            updated=now(),
        )
        # A run goes on even if its progress and its epochs so far, which only people read, cannot be recorded.
        with suppress(OSError):
            write_progress(self._folder, progress)
            write_history(self._folder, state.history, durable=False)
        self._notice_at = now_at
