"""A CUDA device without a GPU: tensors with shapes but no numbers, on which a step fails where it would fail on a GPU.

PyTorch's fake tensors know their device. An operation fails if its tensors are on different devices, if it gives a
value to the host, or if the shape of its result follows values.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

CUDA = torch.device("cuda", 0)

_HOST_READS = torch.ops.aten._local_scalar_dense.default
_ASKS_DEVICE = torch.ops.prim.device.default
_ADAM = torch.ops.aten._fused_adam_.tensor_lr
_WRITES_BY_INDEX = {torch.ops.aten.index_put_.default, torch.ops.aten.index_put.default}


class _FakeMode(FakeTensorMode):
    """The mode of all fake tensors, which needs no driver."""

    def __deepcopy__(self, memo: dict[int, Any]) -> "_FakeMode":
        # Fake tensors of two modes do not mix, and a deep copy of a network would copy the mode, too.
        return self

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if func is _ASKS_DEVICE and args[0].fake_device == CUDA:
            # PyTorch's own C++ code asks. For CUDA it would look for streams and a driver, for "meta" it does not.
            return torch.device("meta")
        if kwargs.get("device") == torch.device("meta"):
            kwargs["device"] = CUDA
        if func is _ADAM:
            return None  # It has no version for fake tensors. It overwrites its arguments and returns nothing.
        return super().__torch_dispatch__(func, types, args, kwargs)


_MODE = _FakeMode()


class Watch(TorchDispatchMode):
    """Watches every operation on fake tensors: counts when the host waits for a value, and checks each step."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        """Take the functions that may wait for a value, each with the value that it gets."""
        super().__init__()
        self.waits: Counter[str] = Counter()
        """How often the host has waited in each function, by its name in `erac_vaml`."""
        self._answers = answers
        self._staying = False

    @contextmanager
    def staying(self) -> Iterator[None]:
        """Check that all stays on the device, as in a step that a GPU captures; only for answers may the host wait.

        A copy between host and device makes the host wait, too, so that no operation may read or make a tensor on the
        CPU. A boolean mask as an index has as many places as it has true values.
        """
        self._staying = True
        try:
            yield
        finally:
            self._staying = False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func is _HOST_READS and (place := _place()) in self._answers:
            self.waits[place] += 1
            return self._answers[place]
        result = func(*args, **kwargs)
        if self._staying and func is not _ASKS_DEVICE:
            if func in _WRITES_BY_INDEX:
                indices = [index for index in args[1] if index is not None]
                assert all(index.dtype != torch.bool for index in indices), f"{func} by a mask in {_place()}"
            tensors = [leaf for leaf in tree_leaves((args, kwargs, result)) if isinstance(leaf, Tensor)]
            assert all(tensor.device == CUDA for tensor in tensors), f"{func} with a tensor on the CPU in {_place()}"
        return result


class _Generator(torch.Generator):
    """A generator that says that it is on a device; fake tensors take no numbers from it."""

    device = torch.device("cpu")

    def __new__(cls, device: torch.device | str = "cpu") -> "_Generator":
        generator: _Generator = super().__new__(cls)
        generator.device = torch.device(device)
        return generator


class _Draws(TorchFunctionMode):
    """Checks that random numbers come from a generator on the device of their tensor."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        drawn = func(*args, **kwargs)
        generator = kwargs.get("generator")
        if isinstance(generator, _Generator):
            assert drawn.device.type == generator.device.type, f"{func.__name__} by a generator on {generator.device}"
        return drawn


@contextmanager
def fake_cuda(answers: Mapping[str, Any] | None = None) -> Iterator[Watch]:
    """Let code use the device `CUDA`.

    Args:
        answers: the functions of `erac_vaml` in which the host may wait for a value, such as
            `decoding.finished.all_finished`, each with the value that it gets. Waiting elsewhere is an error.
    """
    watch = Watch(answers or {})
    with patch.object(nn.Module, "to", _to), patch.object(torch, "Generator", _Generator), _MODE, watch, _Draws():
        yield watch


def _to(module: nn.Module, device: torch.device) -> nn.Module:
    """Do what `Module.to` does, which cannot exchange the data of fake parameters."""
    for part in module.modules():
        for name, values in list(part.named_parameters(recurse=False)):
            setattr(part, name, nn.Parameter(torch.empty_like(values, device=device), values.requires_grad))
    return module


def _place() -> str:
    """Return the innermost function of `erac_vaml` that is running, such as `training.loop.train`."""
    frame = sys._getframe(1)
    while not frame.f_globals["__name__"].startswith("erac_vaml."):
        if frame.f_back is None:
            return "a test"
        frame = frame.f_back
    return f"{frame.f_globals['__name__'].removeprefix('erac_vaml.')}.{frame.f_code.co_name}"
