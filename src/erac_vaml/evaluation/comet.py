"""COMET (Rei et al., 2020), a learned metric, by the program `comet-score` of unbabel-comet.

It is a program and no library here: unbabel-comet needs NumPy 1, this package NumPy 2, so that no environment can hold
both. Nothing in training, tables or verdicts uses it.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path
from statistics import fmean

from erac_vaml.data.corpus import stream_lines
from erac_vaml.errors import UserError
from erac_vaml.files import read_json


def comet_score(sources: Path, hypotheses: Path, references: Path, model: str, *, on_gpu: bool) -> float:
    """Return the COMET of hypotheses, the mean of the sentences' scores; the best are close to 1.

    COMET's models have read cased, detokenised text. On tokenised, lower-cased text their scores only compare systems
    with the same text processing.

    Args:
        sources: one sentence a line; may be gzipped, as the others.
        hypotheses: of the same lines.
        references: of the same lines.
        model: a name, as `Unbabel/wmt22-comet-da`, which `comet-score` downloads once; or a checkpoint's file (.ckpt).
        on_gpu: compute on a GPU.

    Raises:
        UserError: there is no `comet-score`, or it fails; or a file cannot be read (`stream_lines`).
    """
    program = shutil.which("comet-score")
    if program is None:
        raise UserError(
            "--comet: there is no `comet-score` on the PATH; install it in its own environment, for example with "
            "`pipx install unbabel-comet`"
        )
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "scores.json"
        command: list[str | Path] = [program, "--to_json", output]
        for option, path in (("-s", sources), ("-t", hypotheses), ("-r", references)):
            plain = Path(folder) / option  # comet-score does not read gzipped text.
            plain.write_text("".join(f"{line}\n" for line in stream_lines(path)), encoding="utf-8")
            command += [option, plain]
        command += ["--model", model, "--gpus", str(int(on_gpu)), "--quiet", "--only_system"]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        if found.returncode != 0 or not output.exists():
            *_, reason = found.stderr.strip().splitlines() or ["no message"]
            raise UserError(
                f"--comet {model}: comet-score ended with status {found.returncode}, {reason}; check the model, or "
                "repair comet-score"
            )
        try:
            (sentences,) = read_json(output).values()
            return fmean(sentence["COMET"] for sentence in sentences)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise UserError(f"--comet {model}: comet-score wrote no scores; install a version that does") from None
