"""Look after a run while it trains: write checkpoints, record where it stands, and stop it in time."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from erac_vaml.config.settings import Stage
from erac_vaml.runs.attempts import now
from erac_vaml.runs.checkpoint import newest_checkpoint, save_checkpoint
from erac_vaml.runs.progress import Phase, Progress, write_progress
from erac_vaml.runs.session import Session
from erac_vaml.runs.stopping import StoppedError, Stopping
from erac_vaml.training.stages.base import TrainingStage
from erac_vaml.training.state import TrainingState, begin, from_checkpoint, to_checkpoint

_SECONDS_BETWEEN_NOTICES = 10.0


class Watch:
    """Looks after one attempt at a run (the training loop's `Hooks`)."""

    def __init__(
        self,
        folder: Path,
        identity: dict[str, Any],
        stopping: Stopping,
        checkpoint_minutes: float,
        session: Session,
        max_epochs: int,
        check_lock: Callable[[], None],
    ) -> None:
        """Set where and how often to write checkpoints.

        Args:
            folder: the run's state folder.
            identity: what the run is made of (`checkpoint.save_checkpoint`).
            stopping: what may ask the run to stop.
            checkpoint_minutes: time between two checkpoints; each epoch's end has one anyway.
            session: the attempt, which records how far it got.
            max_epochs: of the stage.
            check_lock: raises an error where another process has taken the run over.
        """
        self._folder, self._identity, self._stopping, self._max_epochs = folder, identity, stopping, max_epochs
        self._session, self._first_step, self._check_lock = session, 0, check_lock
        self._seconds_between_checkpoints = 60.0 * checkpoint_minutes
        self._checkpoint_at = self._notice_at = self._begun_at = time.monotonic()
        self._measure = ""

    def begin(self, stage: TrainingStage, settings: Stage) -> TrainingState:
        """Return the state at which training resumes; the stage's networks and optimisers are set to it.

        Raises:
            UserError: there are checkpoints, but none can be used.
        """
        checkpoint = newest_checkpoint(self._folder, self._identity)
        if checkpoint is None:
            state = begin(stage, settings.max_decays)
        else:
            state = from_checkpoint(stage, checkpoint.tensors, checkpoint.record, settings.decay_factor)
            print(f"Going on after step {state.step}, {state.epoch} epochs done", flush=True)
        self._first_step = state.step
        self._session.begins_at(state.step)
        self._measure = stage.measure
        self._checkpoint_at = self._begun_at = time.monotonic()
        self._record("training", state)
        return state

    def due(self, state: TrainingState) -> bool:
        """Return whether to write a checkpoint after this step; record where the run stands."""
        self._session.step = state.step
        moment = time.monotonic()
        if moment - self._notice_at >= _SECONDS_BETWEEN_NOTICES:
            self._record("training", state)
        return self._stopping.requested or moment - self._checkpoint_at >= self._seconds_between_checkpoints

    def save(self, stage: TrainingStage, state: TrainingState) -> None:
        """Write a checkpoint, then stop if the run has to.

        Raises:
            StoppedError: it has.
            UserError: the checkpoint cannot be written, or another process has taken the run over.
        """
        self._check_lock()
        save_checkpoint(self._folder, self._identity, *to_checkpoint(stage, state))
        self._checkpoint_at = time.monotonic()
        self._record("training", state)
        self._stopping.check()

    def validate(self, stage: TrainingStage, state: TrainingState) -> dict[str, float]:
        """Return the stage's validation measures; where the run has to stop meanwhile, save the state before them.

        Raises:
            StoppedError: it has.
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
        """Allow the run to be stopped while the trained network is scored; it is scored again when the run continues.

        Raises:
            StoppedError: it was.
        """
        self._record("testing", state)
        with self._stopping.interruptible():
            yield

    def _record(self, phase: Phase, state: TrainingState) -> None:
        done, now_at = state.step - self._first_step, time.monotonic()
        progress = Progress(
            phase=phase,
            epoch=min(state.epoch + 1, self._max_epochs) if phase == "training" else state.epoch,
            max_epochs=self._max_epochs,
            batch=state.batch,
            batches=state.batches,
            step=state.step,
            seconds_per_step=(now_at - self._begun_at) / done if done else None,
            measure=self._measure,
            latest=state.history[-1][self._measure] if state.history else None,
            best=state.schedule.best,
            updated=now(),
        )
        # No run ends because its progress cannot be recorded.
        with suppress(OSError):
            write_progress(self._folder, progress)
        self._notice_at = now_at
