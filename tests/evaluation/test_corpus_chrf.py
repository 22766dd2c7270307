"""Corpus chrF: what sacrebleu's command line prints, and the best of several references."""

import subprocess
import sys

import pytest

from erac_vaml.errors import UserError
from erac_vaml.evaluation.corpus_chrf import corpus_chrf

SAID = ["the Cat sat on the mat", "a dog <unk> barks &apos;", ""]
WANTED = ["the cat sat on a mat", "a dog barks loudly &apos;", "nothing"]


def test_the_score_is_that_of_sacrebleus_command_line(tmp_path) -> None:
    for name, lines in (("said", SAID), ("wanted", WANTED)):
        (tmp_path / name).write_text("".join(f"{line}\n" for line in lines))
    command = [sys.executable, "-m", "sacrebleu", "wanted", "-i", "said", "--metrics", "chrf", "--chrf-lowercase"]
    printed = subprocess.run([*command, "-b", "-w", "6"], cwd=tmp_path, capture_output=True, check=True, text=True)
    assert corpus_chrf(SAID, [[line] for line in WANTED]).score == pytest.approx(float(printed.stdout), abs=1e-6)


def test_splitting_words_and_case_change_nothing() -> None:
    assert corpus_chrf(["do n't STOP ."], [["don't stop."]]).score == 100.0


def test_the_best_reference_of_each_sentence_counts_however_many_it_has() -> None:
    assert corpus_chrf(["a dog", "a cat"], [["something", "a dog"], ["a cat"]]).score == 100.0


def test_the_signature_names_the_settings() -> None:
    signature = corpus_chrf(["a"], [["a"]]).signature
    assert {"case:lc", "nc:6", "nw:0", "space:no"} <= set(signature.split("|"))


@pytest.mark.parametrize(("said", "wanted"), [([], []), (["a"], []), (["a"], [["a"], ["b"]])])
def test_what_cannot_be_scored_is_refused(said, wanted) -> None:
    with pytest.raises(UserError, match="give one for each, and at least one"):
        corpus_chrf(said, wanted)
