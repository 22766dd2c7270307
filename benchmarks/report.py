"""All measurements as text, as JSON and as a picture."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.cases import Effort, Stage
from benchmarks.measurement import Measurement
from benchmarks.picture import draw
from benchmarks.run import Machine
from benchmarks.tables import growth_table, machine_table, shapes_table
from erac_vaml.files import write_bytes, write_text


@dataclass(frozen=True)
class Report:
    """One run of the benchmark."""

    effort: Effort
    machine: Machine
    steps: Sequence[Measurement]
    """At the size of IWSLT14."""
    growth: Mapping[str, Sequence[Measurement]]
    """By the quantity that grows."""

    @property
    def prefix_bleu_share(self) -> float | None:
        """Time of prefix BLEU divided by that of an ERAC step; None where one of them was not measured."""
        ms = {measured.case.stage: measured.ms for measured in self.steps if not measured.case.input_feeding}
        if Stage.PREFIX_BLEU not in ms or Stage.ERAC not in ms:
            return None
        return ms[Stage.PREFIX_BLEU] / ms[Stage.ERAC]

    def text(self, shapes: bool) -> str:
        """Return the tables; `shapes` adds a table of all products for each step."""
        first = self.steps[0]
        where = first.execution["device"]
        paragraphs = [
            f"{where}, {self.machine.threads} threads, {self.machine.precision} products, torch {version('torch')}, "
            f"{first.execution['started']}",
            *(shapes_table(measured) for measured in self.steps if shapes and measured.products),
            machine_table(self.steps),
        ]
        if self.prefix_bleu_share is not None:
            paragraphs.append(f"Prefix BLEU takes {100 * self.prefix_bleu_share:.2g}% of the time of an ERAC step.")
        if any(self.growth.values()):
            paragraphs.append(growth_table(self.growth))
        return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)

    def to_json(self) -> dict[str, Any]:
        """Return all measurements."""
        return {
            "device": self.steps[0].execution["device"],
            "threads": self.machine.threads,
            "precision": self.machine.precision,
            "torch": version("torch"),
            "date": self.steps[0].execution["started"],
            "effort": asdict(self.effort),
            "prefix_bleu_share_of_erac": self.prefix_bleu_share,
            "steps": [measured.to_json() for measured in self.steps],
            "growth": {what: [measured.to_json() for measured in grown] for what, grown in self.growth.items()},
        }

    def write(self, path: Path) -> None:
        """Write the JSON file, and next to it the picture if there is something to draw."""
        write_text(path, json.dumps(self.to_json(), indent=1, ensure_ascii=False) + "\n")
        if any(measured.products for measured in self.steps):
            write_bytes(path.with_suffix(".png"), draw(self.steps))
