"""CUDA graphs without a GPU: a graph is the list of the operations of its capture, on the tensors that they had then.

As with a real graph, a capture computes nothing, and a replay knows nothing but these tensors: no Python runs, and a
number that the code had as a Python number stays what it was. Random numbers come from the registered generator.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only

_alias = torch.ops.aten.alias.default
_ASKS_DEVICE = torch.ops.prim.device.default


class _Graph:
    """Stands in for `torch.cuda.CUDAGraph`."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, Any, Any, list[Tensor], bool]] = []
        self.generator: torch.Generator | None = None
        self.memory: object = None

    def register_generator_state(self, generator: torch.Generator) -> None:
        self.generator = generator

    def pool(self) -> object:
        return self.memory

    def replay(self) -> None:
        with torch._C._AutoDispatchBelowAutograd():
            for func, args, kwargs, results, with_gradient in self.calls:
                with torch.set_grad_enabled(with_gradient):  # The CPU's LSTM keeps less without.
                    computed = _tensors(func(*args, **kwargs))
                if not func._schema.is_mutable:
                    for old, new in zip(results, computed, strict=True):
                        old.copy_(new)


class _Recorder(TorchDispatchMode):
    """Puts all operations into a graph, and keeps what they overwrite."""

    def __init__(self, graph: _Graph) -> None:
        super().__init__()
        self._graph = graph
        self.overwritten: dict[int, tuple[Any, Any]] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if func is _ASKS_DEVICE:
            return func(*args, **kwargs)
        if kwargs.get("generator") is not None:
            assert self._graph.generator is not None, f"{func} from a generator that no graph knows"
            kwargs["generator"] = self._graph.generator
        for argument, values in [*zip(func._schema.arguments, args, strict=False), *_named(func, kwargs)]:
            if argument.alias_info is not None and argument.alias_info.is_write:
                for tensor in _tensors(values):
                    storage = tensor.untyped_storage()
                    self.overwritten.setdefault(storage._cdata, (storage, storage.clone()))
        # Aliases, because a later operation may change the shape of the tensor itself.
        taken, named = tree_map_only(Tensor, _alias, (args, kwargs))
        result = func(*args, **kwargs)
        if not func.is_view and torch.Tag.inplace_view not in func.tags:
            results = [_alias(tensor) for tensor in _tensors(result)]
            self._graph.calls.append((func, taken, named, results, torch.is_grad_enabled()))
        return result


@contextmanager
def _capture(graph: _Graph, pool: object, stream: object) -> Iterator[None]:
    """Stand in for `torch.cuda.graph`."""
    graph.memory = pool or object()
    drawn = graph.generator and graph.generator.get_state()
    with _Recorder(graph) as recorder:
        yield
    if graph.generator is not None:
        graph.generator.set_state(drawn)
    for storage, before in recorder.overwritten.values():
        storage.copy_(before)


@contextmanager
def recorded_graphs() -> Iterator[list[_Graph]]:
    """Let code capture and replay graphs on any device; give the graphs that it makes."""
    made: list[_Graph] = []

    def graph() -> _Graph:
        made.append(_Graph())
        return made[-1]

    stream = SimpleNamespace(wait_stream=lambda other: None)
    with patch.multiple(
        torch.cuda,
        CUDAGraph=graph,
        graph=_capture,
        Stream=lambda device: stream,
        current_stream=lambda: stream,
        stream=lambda stream: nullcontext(),
    ):
        yield made


def _named(func: Any, kwargs: dict[str, Any]) -> list[tuple[Any, Any]]:
    return [(argument, kwargs[argument.name]) for argument in func._schema.arguments if argument.name in kwargs]


def _tensors(values: Any) -> list[Tensor]:
    return [leaf for leaf in tree_leaves(values) if isinstance(leaf, Tensor)]
