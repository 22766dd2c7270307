"""The published data sets: addresses, sizes and checksums of their files, and what preparation counts in them.

Sources of the sizes and checksums: for MSCOCO and Karpathy's split, TensorFlow Datasets
(`url_checksums/coco_captions.txt`). For IWSLT 2014, fairseq's issue 1493 shows the size at the official address, and
fairseq's server has sent the same size; the MD5 of fairseq's copy is stated by one public script only. So a file with
another checksum causes a warning and is not rejected.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit


@dataclass(frozen=True)
class PublishedFile:
    """A file on the internet."""

    urls: tuple[str, ...]
    """Addresses, the best first."""
    size: int
    """Bytes."""
    algorithm: str
    """Algorithm of the checksum, as `hashlib` names it."""
    checksum: str
    """In hexadecimal."""

    @property
    def name(self) -> str:
        """Name of the file, the last part of its addresses."""
        return _name_in(self.urls[0])

    def among(self, urls: Iterable[str]) -> list[str]:
        """Return the addresses whose last part is the name of this file."""
        return [url for url in urls if _name_in(url) == self.name]

    def fault(self, path: Path) -> str | None:
        """Return in words how a file differs from the published one, or None.

        Raises:
            OSError: the file is missing or cannot be read.
        """
        size = path.stat().st_size
        if size != self.size:
            return f"has {size:,} bytes, the published one {self.size:,}"
        with path.open("rb") as stream:
            checksum = hashlib.file_digest(stream, self.algorithm).hexdigest()
        return None if checksum == self.checksum else f"has {self.algorithm} {checksum}, published is {self.checksum}"


def _name_in(url: str) -> str:
    return PurePosixPath(urlsplit(url).path).name


IWSLT14 = PublishedFile(
    (
        "https://dl.fbaipublicfiles.com/fairseq/data/iwslt14/de-en.tgz",
        # The official address. It has answered with 404 since December 2020.
        "https://wit3.fbk.eu/archive/2014-01/texts/de/en/de-en.tgz",
    ),
    19_982_877,
    "md5",
    "10936dfdf616504ddbd844e91b94ef4a",
)
COCO_CAPTIONS = PublishedFile(
    ("http://images.cocodataset.org/annotations/annotations_trainval2014.zip",),
    252_872_794,
    "sha256",
    "031296bbc80c45a1d1f76bf9a90ead27e94e99ec629208449507a4917a3bf009",
)
KARPATHY_SPLIT = PublishedFile(
    ("https://cs.stanford.edu/people/karpathy/deepimagesent/caption_datasets.zip",),
    36_745_453,
    "sha256",
    "4cfd70132527b80933105e5829dc9034eaab9573482e2e680abbab6130244817",
)
COCO_IMAGES = {
    "train2014": PublishedFile(
        ("http://images.cocodataset.org/zips/train2014.zip",),
        13_510_573_713,
        "sha256",
        "ede4087e640bddba550e090eae701092534b554b42b05ac33f0300b984b31775",
    ),
    "val2014": PublishedFile(
        ("http://images.cocodataset.org/zips/val2014.zip",),
        6_645_013_297,
        "sha256",
        "fe9be816052049c34717e077d9e34aa60814a55679f804cd043e3cbee3b9fde0",
    ),
}
"""Archives of images by the folder that they hold, which Karpathy's split calls `filepath`."""
IWSLT14_COUNTS = {"train": 153_326, "valid": 6_969, "test": 6_750, "source_words": 32_007, "target_words": 22_820}
"""Numbers of pairs, and of words without special symbols, that the recipe yields from the official archive."""
COCO_COUNTS = {"train": 113_287, "valid": 5_000, "test": 5_000}
"""Images in Karpathy's split of MSCOCO, with "restval" in train."""
