"""A reproduction of Dai, Xie and Hovy (ACL 2018), "From Credit Assignment to Entropy Regularization".

Each folder imports only from those above it in this table (docs/architecture.md).

| Folder | What it is |
|---|---|
| `config` | settings as typed models, the two recipes, the files of a data set |
| `plan` | an experiment -> its runs, cells and comparisons |
| `data` | text, captions and the mini language -> ids -> batches |
| `rewards` | sequences -> pay-offs |
| `objectives` | the paper's equations as pure functions |
| `kernels` | faster versions of some functions; the only place with private interfaces |
| `networks` | batches -> scores of words |
| `decoding` | scores -> sequences: sampling and beam search |
| `evaluation` | hypotheses -> scores of a run |
| `training` | the loop, and a stage for each algorithm |
| `runs` | one run on disk: its files, checkpoints, attempts, locks, time limits and devices |
| `reporting` | scores -> tables and figures |
| `operations` | status, plan, doctor; the amount of computation of a run |
| `verdict` | scores -> answers to the paper's claims |
| `models` | a trained run -> a folder that translates or captions without the run |
| `theory` | Proposition 1 and the algorithms computed exactly on a small space of sequences |
| `page` | everything -> report.html, checklist.md |
| `cli` | the commands |
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from erac_vaml.models.model import Model


def load_model(folder: Path | str, device: str = "auto") -> "Model":
    """Load a model that `erac-vaml export` wrote; docs/how-to/use-a-model.md shows what to do with it.

    Args:
        folder: the folder.
        device: "auto", "cpu", "cuda" or "cuda:1"; "auto" is a GPU if there is one.

    Raises:
        UserError: the folder has no model, a damaged one or one of another version, or there is no such device.
    """
    # Imported here because it imports PyTorch, which most imports of this package do not need.
    from erac_vaml.models.model import load

    return load(folder, device)
