"""BLEU by the length of the references and by their unknown words."""

import numpy as np
import pandas as pd
import pytest
from fake_results import make_experiment, write_cell

from erac_vaml.data.vocabulary import Vocabulary
from erac_vaml.errors import UserError
from erac_vaml.evaluation.breakdown import bleu_of_buckets, by_length, by_unknown_words
from erac_vaml.evaluation.corpus_bleu import corpus_bleu
from erac_vaml.reporting.figures import draw
from erac_vaml.reporting.scores import collect_scores


def sentence(words):
    return " ".join(f"word{number}" for number in range(words))


def members(buckets):
    return {bucket.label: bucket.members.tolist() for bucket in buckets}


def test_every_sentence_is_in_the_bucket_of_its_length():
    references = [[sentence(words)] for words in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)]
    assert members(by_length(references)) == {"1–2": [0, 1], "3–4": [2, 3], "5–6": [4, 5], "7–8": [6, 7], "9–": [8, 9]}


def test_of_several_references_the_mean_length_counts():
    assert members(by_length([[sentence(2), sentence(4)], [sentence(1)]], most=3)) == {"1": [1], "3–": [0]}


def test_the_last_bucket_takes_what_is_longer():
    references = [[sentence(5)]] * 99 + [[sentence(80)]]
    assert members(by_length(references))["5–"] == list(range(100))


def test_unknown_words_are_counted_by_the_vocabulary():
    vocabulary = Vocabulary.from_words(["a", "b"])
    references = [["a b"], ["a x"], ["x y z w"], ["b"], ["a <unk>"]]
    assert members(by_unknown_words(references, vocabulary)) == {"0": [0, 3], "1": [1, 4], "3 or more": [2]}


def test_the_score_of_a_bucket_is_the_corpus_score_of_its_sentences():
    generator = np.random.default_rng(1)
    texts = [" ".join(generator.choice(["a", "b", "c", "d"], 4 + number)) for number in range(20)]
    said = [" ".join(generator.choice(["a", "b", "c", "d"], 4 + number)) for number in range(20)]
    buckets = by_length([[text] for text in texts])
    found = bleu_of_buckets(said, [[text] for text in texts], buckets, of_captions=False)
    wanted = [corpus_bleu([said[n] for n in b.members], [texts[n] for n in b.members]).score for b in buckets]
    assert found == wanted
    assert len(set(found)) > 1


def test_captions_are_scored_against_all_their_references():
    references = [["a b c d e", "f g h i j"], ["k l m n o", "p q r s t"]]
    (score,) = bleu_of_buckets(["f g h i j", "p q r s t"], references, by_length(references), of_captions=True)
    assert score == pytest.approx(100.0)


@pytest.fixture
def results(tmp_path):
    """Two finished runs of MLE, one perfect and one whose long sentences are wrong, and the test set."""
    experiment = make_experiment({"mt": {"algorithms": ["mle", "erac"], "seeds": {"critics": 1, "actors": 2}}})
    write_cell(tmp_path, experiment, "mt", "mle", [30.0, 20.0])
    data = tmp_path / "data" / "mini"
    data.mkdir(parents=True)
    texts = [sentence(4)] * 10 + [sentence(20)] * 10
    (data / "test.target.txt").write_text("".join(text + "\n" for text in texts))
    (data / "vocabulary.target.txt").write_text("".join(f"word{number}\n" for number in range(20)))
    wrong = texts[:10] + ["wrong " * 20] * 10
    for seed, said in ((1, texts), (2, wrong)):
        run = tmp_path / "runs" / "mt" / "mle" / f"seed{seed}"
        (run / "hypotheses.txt").write_text("".join(line.strip() + "\n" for line in said))
    return experiment, tmp_path


def test_the_figure_s_data_have_each_run_s_score_in_each_bucket(results):
    experiment, folder = results
    data = draw(experiment, folder, collect_scores(experiment, folder), "breakdown-mt").data
    scores = data[data["by"] == "length"].pivot_table(index="bucket", columns="run", values="test_bleu", sort=False)
    assert scores["seed1"].tolist() == [pytest.approx(100.0)] * 2
    assert scores["seed2"].tolist() == [pytest.approx(100.0), 0.0]
    assert data.groupby("by")["sentences"].first().to_dict() == {"length": 10, "unknown": 20}


def test_without_a_finished_run_the_picture_still_comes(tmp_path):
    experiment = make_experiment()
    drawing = draw(experiment, tmp_path, collect_scores(experiment, tmp_path), "breakdown-mt")
    assert drawing.data.empty
    assert drawing.render("png").startswith(b"\x89PNG")


def test_hypotheses_of_another_test_set_are_named(results):
    experiment, folder = results
    path = folder / "runs" / "mt" / "mle" / "seed2" / "hypotheses.txt"
    path.write_text("one line\n")
    with pytest.raises(UserError, match=r"seed2/hypotheses\.txt: not 20 lines"):
        draw(experiment, folder, collect_scores(experiment, folder), "breakdown-mt")


def test_means_are_over_finished_runs_alone(results):
    experiment, folder = results
    drawing = draw(experiment, folder, collect_scores(experiment, folder), "breakdown-mt")
    line = drawing.figure.axes[0].get_lines()[0]
    assert list(line.get_ydata()) == [pytest.approx(100.0), pytest.approx(50.0)]
    assert pd.unique(drawing.data["algorithm"]).tolist() == ["mle"]
