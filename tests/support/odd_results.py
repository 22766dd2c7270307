"""Strategies of odd raw data and odd results, each with commands that read them."""

import json
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st
from odd_files import Odd, odd_file, odd_lines
from promise import Case
from small_iwslt14 import make_texts
from small_iwslt14 import pack as pack_iwslt14
from spoil import Spoil

from erac_vaml.files import FileDigest

TRAIN, RESULTS = "train --device cpu --run runs", "results/small"
READERS = {
    f"{RESULTS}/runs/mt/mle/": (
        *("translate --run runs/mt/mle/seed1 --source test.de --tokenised", "export runs/mt/mle/seed1 --output new"),
        *("bundle runs/mt/mle/seed1 --output new.zip", f"{TRAIN}/mt/mle/seed1", f"{TRAIN}/mt/raml/seed1"),
    ),
    f"{RESULTS}/runs/mt/q-network/": (f"{TRAIN}/mt/vaml/critic1-actor1", f"{TRAIN}/mt/q-network/critic1"),
    f"{RESULTS}/runs/mt/critic/": (f"{TRAIN}/mt/erac/critic1-actor1",),
    f"{RESULTS}/runs/captioning/": (
        "caption --run runs/captioning/mle/seed1 --features features.npy --feature-ids ids.txt",
        "bundle runs/captioning/mle/seed1 --output new.zip",
    ),
    f"{RESULTS}/runs/": (
        *("status", "status --json", "plan", "doctor", "collect", "curves mt/mle/seed1", "compare small small"),
        *("table --ablation entropy", "figure --name breakdown-mt"),
    ),
    f"{RESULTS}/state/": (
        f"{TRAIN}/mt/raml/seed1",
        "status",
        "status --json",
        "curves",
        "doctor",
        "curves mt/raml/seed1",
    ),
    f"{RESULTS}/data/text/": (
        f"{TRAIN}/mt/raml/seed1",
        "plan",
        "doctor",
        "translate --run runs/mt/mle/seed1 --tokenised",
    ),
    f"{RESULTS}/data/given/": (f"{TRAIN}/captioning/raml/seed1", "features --dataset given", "doctor"),
    f"{RESULTS}/scores.csv": ("verdict", "report", "table --ablation entropy"),
    f"{RESULTS}/config.yaml": (
        "compare small small",
        "status --results results/small",
        "collect --results results/small",
    ),
    "exported/": ("translate --model exported --tokenised",),
    "bundle.zip": ("verify bundle.zip --references results/small/data/text/test.target.txt",),
}
"""Commands by the beginning of the files that they read."""
CORPUS = {
    "train.de": ("prepare --dataset text", "plan", "doctor"),
    "valid.en": ("prepare --dataset text", "prepare --dataset raw"),
    "test.de": ("prepare --dataset text", "translate --model exported --tokenised --source test.de"),
    "test.en": ("score --hypotheses test.en --references test.en", "score --hypotheses test.de --references test.en"),
    "train.de.gz": ("prepare --dataset zipped", "doctor"),
    "captions.tsv": ("prepare --dataset pictures",),
    "captions.json": ("prepare --dataset annotated", "prepare --dataset coco", "plan"),
    "split.json": ("prepare --dataset coco",),
    "valid.txt": ("prepare --dataset pictures",),
    "features.npy": (
        "features --dataset given",
        "caption --run runs/captioning/mle/seed1 --features features.npy --feature-ids ids.txt",
    ),
    "ids.txt": ("features --dataset given",),
    "images/2.png": (f"features --dataset pictures --output {RESULTS}/data/given", "prepare --dataset pictures"),
    "de-en.tgz": ("prepare --dataset iwslt14", "doctor"),
}
"""Commands by the file of raw data that they read."""


@dataclass(frozen=True)
class Sealed:
    """An odd file whose digest is in the record of its run, as if the run had written it; a way to spoil a folder."""

    odd: Odd

    def __call__(self, folder: Path) -> None:
        """Spoil a folder."""
        self.odd(folder)
        path = folder / self.odd.name
        record = path.with_name("manifest.json")
        if path.is_file() and not path.is_symlink():
            content = json.loads(record.read_text(encoding="utf-8"))
            content["files"][path.name] = FileDigest.of_bytes(path.read_bytes()).as_json()
            record.write_text(json.dumps(content), encoding="utf-8")


def odd_results(folder: Path) -> st.SearchStrategy[Case]:
    """Return a strategy of odd files among the results, exported models and bundles of a folder."""
    names = [str(path.relative_to(folder)) for path in sorted(folder.rglob("*")) if path.is_file()]
    # A run waits for minutes for the owner of a claim that it cannot read.
    names = [name for name in names if ".claim/" not in name]
    read = {name: [c for start, found in READERS.items() if name.startswith(start) for c in found] for name in names}

    def of(name: str) -> st.SearchStrategy[Case]:
        odd: st.SearchStrategy[Spoil] = odd_file(folder, name)
        if name.endswith(("scores.json", "history.csv", "hypotheses.txt")) and "/runs/" in name:
            odd = odd | odd.map(Sealed)
        return st.builds(Case, odd, st.sampled_from(read[name]))

    by_name: dict[str, list[str]] = {}
    for name in filter(read.get, names):
        by_name.setdefault(Path(name).name, []).append(name)
    records = [found for name, found in by_name.items() if name.endswith(".json")]
    groups = st.sampled_from(records) | st.sampled_from(list(by_name.values()))
    return groups.flatmap(st.sampled_from).flatmap(of)


def odd_raw_data(folder: Path) -> st.SearchStrategy[Case]:
    """Return a strategy of odd raw data in a folder."""

    def of(name: str) -> st.SearchStrategy[Case]:
        return st.builds(Case, odd_file(folder, name), st.sampled_from(CORPUS[name]))

    return st.sampled_from((*sorted(CORPUS), None)).flatmap(lambda name: of(name) if name else odd_archives(folder))


def odd_archives(folder: Path) -> st.SearchStrategy[Case]:
    """Return a strategy of IWSLT archives with an odd text."""
    texts = make_texts()

    def packed(name: str, text: bytes) -> Case:
        content = pack_iwslt14(
            folder.with_name("odd.tgz"), texts | {name: text.decode("utf-8", "replace")}
        ).read_bytes()
        return Case(Odd("de-en.tgz", content), "prepare --dataset iwslt14")

    return st.sampled_from(sorted(texts)).flatmap(
        lambda name: odd_lines(texts[name].encode()).map(lambda text: packed(name, text))
    )
