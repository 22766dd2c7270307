"""Training steps on a GPU: the step of each shape is captured once as a CUDA graph, and then replayed.

A step is a few thousand small kernels. Launched one by one they leave the device idle most of the time; a graph is
launched as a whole. In a step nothing waits for the device and no shape depends on a value (`data.shapes`).
"""

from dataclasses import dataclass, fields

import torch
from torch import Tensor

from erac_vaml.data.batches import Batch
from erac_vaml.training.stages.base import TrainingStage


@dataclass(frozen=True)
class _CapturedStep:
    graph: torch.cuda.CUDAGraph
    batch: Batch
    """The tensors from which the graph reads its batch."""
    loss: Tensor
    """The tensor to which the graph writes its loss."""


class CapturedSteps:
    """The steps of a stage on a GPU.

    The first step of a shape runs kernel by kernel, as the warm-up that a capture needs; the second is captured and
    replayed. Each is one step of the training: none is done twice.
    """

    def __init__(self, stage: TrainingStage, device: torch.device) -> None:
        """Prepare to capture; nothing is computed."""
        self._stage = stage
        self._generator = torch.Generator(device)
        self._stream = torch.cuda.Stream(device)
        self._seen: set[tuple[torch.Size, ...]] = set()
        self._captured: dict[tuple[torch.Size, ...], _CapturedStep] = {}

    def step(self, batch: Batch, seed: int) -> Tensor:
        """Do one step on a batch on the device, with random numbers from the seed; return its loss ()."""
        shape = tuple(getattr(batch, field.name).shape for field in fields(Batch))
        self._generator.manual_seed(seed)
        self._stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._stream):
            if shape not in self._seen:
                self._seen.add(shape)
                loss = self._stage.step(batch, self._generator)
            else:
                loss = self._replay(shape, batch)
        torch.cuda.current_stream().wait_stream(self._stream)
        return loss

    def _replay(self, shape: tuple[torch.Size, ...], batch: Batch) -> Tensor:
        if shape not in self._captured:
            self._captured[shape] = self._capture(batch)
        captured = self._captured[shape]
        for field in fields(Batch):
            getattr(captured.batch, field.name).copy_(getattr(batch, field.name))
        captured.graph.replay()
        # The next step of this shape overwrites the loss.
        return captured.loss.clone()

    def _capture(self, batch: Batch) -> _CapturedStep:
        """Capture the step of a batch's shape, without computing anything."""
        graph = torch.cuda.CUDAGraph()
        # A replay then uses the generator's current seed.
        graph.register_generator_state(self._generator)
        static = Batch(*(getattr(batch, field.name).clone() for field in fields(Batch)))
        # All graphs share a memory pool: they are replayed one at a time, and only the loss outlives a step.
        pool = next(iter(self._captured.values())).graph.pool() if self._captured else None
        with torch.cuda.graph(graph, pool=pool, stream=self._stream):
            loss = self._stage.step(static, self._generator)
        return _CapturedStep(graph, static, loss)
