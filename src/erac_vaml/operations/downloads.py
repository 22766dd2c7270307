"""List the published files that an experiment will still download."""

from pathlib import Path

from erac_vaml.config import Experiment
from erac_vaml.config.datasets import CocoDataset, Dataset, Iwslt14Dataset
from erac_vaml.config.published import IWSLT14, PublishedFile
from erac_vaml.data.coco_archives import missing_archives
from erac_vaml.data.preparation import is_prepared


def pending_downloads(experiment: Experiment, results: Path) -> dict[str, list[PublishedFile]]:
    """Return the files that the preparation of each data set will download, without data sets that need none.

    Args:
        experiment: the experiment.
        results: folder of its results.
    """
    pending = {
        name: _pending(dataset, results / "data" / name)
        for name, dataset in experiment.used_datasets.items()
        if not is_prepared(results / "data" / name)
    }
    return {name: files for name, files in pending.items() if files}


def _pending(dataset: Dataset, folder: Path) -> list[PublishedFile]:
    if isinstance(dataset, Iwslt14Dataset):
        there = dataset.archive is not None or (folder / IWSLT14.name).exists()
        return [] if there else [IWSLT14]
    return missing_archives(dataset) if isinstance(dataset, CocoDataset) and dataset.download else []
