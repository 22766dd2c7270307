"""Read and write model.safetensors: the network of a run's best epoch."""

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from erac_vaml.errors import UserError
from erac_vaml.files import replacing
from erac_vaml.runs.manifest import MODEL_FILE, TRAIN_AGAIN, checked_file


def write_model(folder: Path, parameters: dict[str, Tensor]) -> None:
    """Write a run's network.

    Args:
        folder: the run's folder.
        parameters: parameters by name, on any device.

    Raises:
        OSError: the file cannot be written.
    """
    path = folder / MODEL_FILE
    try:
        with replacing(path, durable=True) as temporary:
            save_file({name: value.detach().cpu().contiguous() for name, value in parameters.items()}, temporary)
    except SafetensorError as error:
        raise OSError(f"{path.name}: {error}") from None


def load_model(network: nn.Module, folder: Path) -> None:
    """Check the digest of a run's model, and load its parameters into a network.

    Args:
        network: the network to overwrite.
        folder: the run's folder.

    Raises:
        UserError: the file is missing, was changed or cannot be read, or has parameters of different shapes.
    """
    load_parameters(network, checked_file(folder, MODEL_FILE), TRAIN_AGAIN)


def load_parameters(network: nn.Module, path: Path, fix: str) -> None:
    """Load the parameters of a file into a network.

    Args:
        network: the network to overwrite.
        path: the file, whose digest was checked.
        fix: how to fix a damaged file, for the message.

    Raises:
        UserError: the file is damaged, or has parameters of different shapes.
    """
    try:
        parameters = load_file(path)
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path}: damaged model ({error}); {fix}") from None
    expected = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    found = {name: tuple(value.shape) for name, value in parameters.items()}
    if expected != found:
        odd = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))[0]
        raise UserError(
            f"{path}: {odd} is {found.get(odd, 'missing')}, but the settings and the vocabulary ask for "
            f"{expected.get(odd, 'no such parameter')}; {fix}"
        )
    network.load_state_dict(parameters)
