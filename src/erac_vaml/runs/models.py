"""Trained networks on disk: safetensors files, written under a temporary name and renamed: none is ever half there."""

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from erac_vaml.errors import UserError
from erac_vaml.files import replacing


def save_parameters(parameters: dict[str, Tensor], path: Path) -> None:
    """Write named parameters to a file that appears whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    try:
        with replacing(path) as temporary:
            save_file({name: value.detach().cpu().contiguous() for name, value in parameters.items()}, temporary)
    except SafetensorError as error:
        raise OSError(f"{path.name}: {error}") from None


def load_parameters(network: nn.Module, path: Path) -> None:
    """Load a file's parameters into the network.

    Raises:
        UserError: the file is missing or damaged, or belongs to a network of other shapes.
    """
    try:
        parameters = load_file(path)
    except FileNotFoundError:
        raise UserError(f"{path}: no such model; train the run that writes it first") from None
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path}: damaged model ({error}); delete its folder and train that run again") from None
    expected = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    found = {name: tuple(value.shape) for name, value in parameters.items()}
    if expected != found:
        odd = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))[0]
        raise UserError(
            f"{path}: {odd} is {found.get(odd, 'missing')}, but the settings and the vocabulary ask for "
            f"{expected.get(odd, 'no such parameter')}; train that run again"
        )
    network.load_state_dict(parameters)
