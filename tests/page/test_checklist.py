"""checklist.md: every number is the results' own, and what no file tells is said so."""

import json
import re
from dataclasses import asdict

import numpy as np
import pytest
from fake_results import attempt, judged, make_experiment, scores_of, seal, write_cell, write_grid, write_run
from paper_results import paper_experiment, paper_scores, write_paper_results

from erac_vaml.config.published import IWSLT14
from erac_vaml.config.recipes import DIFFERENCES
from erac_vaml.operations.work.network import actor_shape, critic_shape
from erac_vaml.page.checklist import checklist
from erac_vaml.plan import algorithm_runs
from erac_vaml.runs.manifest import read_manifest
from erac_vaml.verdict.as_json import as_json

GRIDS = {
    "figure1": {"task": "mt", "vary": {"actor_critic.tau": [0.0, 0.02, 0.5]}, "seeds": {"critics": 1, "actors": 2}},
    "untouched": {"task": "mt", "algorithm": "raml", "vary": {"raml.samples": [3, 4]}},
}
SPLIT = {"pairs": 1500, "dropped": {"over 50 tokens": 2}}
STATISTICS = {"source_words": 100, "target_words": 60, **dict.fromkeys(("train", "valid", "test"), SPLIT), "files": {}}
BY_HAND = "Not recorded by the workflow; fill in by hand."


def filled_in(experiment, results):
    """Return the checklist of the runs written so far, after a look at all its tables."""
    scores = scores_of(experiment, results)
    ended = scores.rows.index[scores.rows["status"] != "missing"]
    manifests = {path: read_manifest(results / path) for path in ended}
    verdict = json.loads(json.dumps(as_json(judged(experiment, results))))
    text = checklist(scores, verdict, manifests, results)
    assert re.findall(r"\bnan\b|\bNone\b(?! of)|\bundefined\b|\bnull\b|[ \t]$|\n\n\n", text, re.MULTILINE) == []
    for table in tables(text):
        assert len(table) > 1
        assert {len(line) for line in table} == {len(table[0])}
    return text


def tables(text):
    """Return the tables of a text as lines of fields, the head first."""
    found = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    split = [[re.split(r"(?<!\\)\|", line)[1:-1] for line in table.splitlines()] for table in found]
    return [[[field.strip() for field in line] for line in (head, *lines)] for head, _, *lines in split]


def table(text, first, *others):
    """Return the lines of the one table whose head starts with these names, without the head."""
    (found,) = [found for found in tables(text) if found[0][: 1 + len(others)] == [first, *others]]
    return found[1:]


def write_statistics(results, statistics=STATISTICS, dataset="mini"):
    folder = results / "data" / dataset
    folder.mkdir(parents=True)
    (folder / "statistics.json").write_text(json.dumps(statistics))


def test_without_a_run_every_item_says_so(tmp_path):
    text = filled_in(make_experiment(ablations=GRIDS), tmp_path)
    assert re.search(r"None of \d+ runs has finished yet\.", text)
    assert "No run that has ended has a record of its cost." in text
    assert "the numbers of examples and words are unknown" in text
    assert {tuple(line[2:]) for line in table(text, "Task", "Algorithm", "Runs")} == {("0/9", "–", "–", "–")}


def test_each_algorithm_has_its_mean_scores_with_their_number(tmp_path):
    experiment = make_experiment()
    scores = np.array([20.0, 21.0, 22.5])
    write_cell(tmp_path, experiment, "mt", "mle", scores, manifest={"seconds": 90.0})
    write_cell(tmp_path, experiment, "mt", "raml", [20.0], diverged=2)
    lines = {line[1]: line[2:] for line in table(filled_in(experiment, tmp_path), "Task", "Algorithm", "Runs")}
    std = f"{scores.std(ddof=1):.2f}"
    assert lines["MLE"] == ["3/9", f"{scores.mean() + 1:.2f} ± {std}", f"{scores.mean():.2f} ± {std}", "1.50"]
    assert lines["RAML"] == ["1/9, 2 diverged", "21.00", "20.00", "10.00"]


def test_runs_epochs_claims_and_differences_are_counted(tmp_path):
    experiment = make_experiment({"news": {"paper_setting": "mt", "algorithms": ["mle", "raml"]}})
    write_cell(tmp_path, experiment, "news", "mle", np.linspace(20, 21, 9))
    write_cell(tmp_path, experiment, "news", "raml", np.linspace(22, 23, 8), diverged=1)
    text = filled_in(experiment, tmp_path)
    assert "18 training runs: 17 finished, 1 diverged, 0 missing." in text
    assert f"trained {17 * 4 + 2} epochs" in text  # The diverged run ended in its second epoch.
    assert table(text, "Claim") == [["RAML outperforms MLE", "§6.2, Table 1", "inconclusive"]]
    assert f"differ in {len({item.identifier for item in DIFFERENCES})} points" in text
    assert "The paper prints 32 settings for these tasks; " in text
    assert text.count(BY_HAND) == 6


def test_sizes_and_parameters_come_from_the_data_and_the_settings(tmp_path):
    experiment = make_experiment({"mt": {"algorithms": ["mle", "erac"]}})
    write_statistics(tmp_path)
    text = filled_in(experiment, tmp_path)
    network = experiment.tasks["mt"].network
    expected = actor_shape(network, 104, 64).parameters, critic_shape(network, 64).parameters
    assert table(text, "Task", "Actor") == [["mt", *(f"{count:,}" for count in expected), "–"]]
    left_out = ", ".join(f"2 over 50 tokens ({split})" for split in ("train", "valid", "test"))
    assert table(text, "Data set") == [["mini", *["1,500 pairs"] * 3, "100 / 60", left_out]]


def test_a_record_without_data_has_digests_alone(tmp_path):
    experiment = make_experiment()
    write_cell(tmp_path, experiment, "mt", "mle", [20.0])
    text = filled_in(experiment, tmp_path)
    assert "SHA-256 of all its files together: " in text
    # The file that stands for the model has less than a hundred bytes; no critic has ended.
    (line,) = table(text, "Task", "Actor")
    assert re.fullmatch(r"about \S+ million", line[1])
    assert line[2:] == ["unknown", "unknown"]
    assert [found[0][0] for found in tables(text)].count("Data set") == 0


def test_a_grid_has_its_best_trial_and_what_fewer_would_have_found(tmp_path):
    experiment = make_experiment(ablations=GRIDS)
    write_grid(tmp_path, experiment, "figure1", [[20.0, 22.0], [23.0, 24.0], [None, None]], test_bleu=99.0)
    figure1, untouched = table(filled_in(experiment, tmp_path), "Grid")
    assert figure1[3:6] == ["τ: 0, 0.02, 0.5", "3", "4/6, 2 diverged"]
    # Two of the three trials have a mean, 21 and 23.5. Three of four pairs of draws include the better.
    assert figure1[6:] == ["τ = 0.02 (23.50)", f"22.25 of 1; {0.25 * 21 + 0.75 * 23.5:.2f} of 2"]
    assert untouched[1:] == ["MT", "RAML", "samples (RAML): 3, 4", "2", "0/18", "–", "–"]


def test_the_cost_has_energy_if_a_device_reports_it(tmp_path):
    experiment = make_experiment()
    mle, raml = (algorithm_runs(experiment, "mt", name)[0] for name in ("mle", "raml"))
    write_run(tmp_path, mle, manifest={"threads": 2, "seconds": 900.0})
    text = filled_in(experiment, tmp_path)
    assert "Training took 0.50 core-hours." in text
    assert table(text, "Stage") == [["mle", "x86\\_64 (CPU)", "1", "15.00", "0.25", "0.50", "0.50"]]
    gpu = asdict(attempt("finished")) | {"device": "cuda:0", "gpu": "GPU-1", "joules": 3.6e5}
    write_run(tmp_path, raml, manifest={"device": "H100", "seconds": 1800.0, "attempts": [gpu]})
    text = filled_in(experiment, tmp_path)
    assert "Training took 0.50 GPU-hours and 0.50 core-hours." in text
    assert [line[-1] for line in table(text, "Stage")] == ["–", "0.100"]


def test_the_papers_own_numbers_on_its_own_data(tmp_path):
    experiment = paper_experiment()
    write_paper_results(tmp_path, experiment, paper_scores())
    write_statistics(tmp_path, dataset="iwslt14")
    text = filled_in(experiment, tmp_path)
    assert "Of 25 means on the paper's own data, 25 are reproduced" in text
    assert {outcome for line in table(text, "Claim") for outcome in line[2:]} == {
        "supported",
        "supported on average",
        "–",
    }
    assert f"German to English, IWSLT 2014, from {IWSLT14.urls[0]}" in text
    assert "MSCOCO with English captions" in text
    assert {line[0]: line[1] for line in table(text, "Data set")} == {"iwslt14": "1,500 pairs", "coco": "unknown"}
    actors = {line[0]: line[1] for line in table(text, "Task", "Actor")}
    network = experiment.tasks["mt"].network
    assert actors["mt"] == f"{actor_shape(network, 104, 64).parameters:,}"
    assert actors["captioning"].startswith("about ")


FILES = ["a", "b"]
DATASETS = {
    "raw text": (
        {"kind": "parallel", "train": FILES, "valid": FILES, "test": FILES, "max_length_ratio": 1.5},
        ["de to en (names from the configuration)", "Moses tokens, lower-cased.", "a ratio of lengths up to 1.5"],
    ),
    "tokenised text with vocabularies": (
        {
            "kind": "parallel",
            "train": FILES,
            "valid": FILES,
            "test": FILES,
            "tokenised": True,
            "lowercase": False,
            "vocabularies": FILES,
            "drop_long_evaluation": False,
        },
        ["The text is tokenised already.", "The vocabulary is given.", "Longer pairs are kept in valid"],
    ),
    "captions": (
        {"kind": "captions", "captions": ["a"], "train": "b", "valid": "c", "test": "d", "images": "e"},
        ["Captioned images.", "Stanford's PTB tokeniser", "features of the network resnet101", "5 times or more"],
    ),
}


@pytest.mark.parametrize(("dataset", "told"), DATASETS.values(), ids=DATASETS.keys())
def test_ones_own_data_are_described_by_the_configuration(tmp_path, dataset, told):
    text = filled_in(make_experiment(datasets={"mini": dataset}), tmp_path)
    assert [sentence for sentence in told if sentence not in text] == []
    assert "ink: *Not recorded" in text.split("## All data sets")[1]


def test_a_label_cannot_break_a_table(tmp_path):
    experiment = make_experiment({"mt": {"label": "a|b *c* <d> `e`"}})
    (line,) = [line for line in table(filled_in(experiment, tmp_path), "Task", "Algorithm") if line[1] == "MLE"]
    assert line[0] == "a\\|b \\*c\\* \\<d> \\`e\\`"


def test_without_vocabularies_parameters_are_about_those_of_the_stored_network(tmp_path):
    experiment = make_experiment({"mt": {"algorithms": ["mle"]}})
    folder = write_run(tmp_path, algorithm_runs(experiment, "mt", "mle")[0])
    (folder / "model.safetensors").write_bytes(bytes(4 * 20_957))
    seal(folder)
    text = filled_in(experiment, tmp_path)
    assert table(text, "Task", "Actor") == [["mt", "about 0.021 million", "–", "–"]]
    assert '"About": from the size of the stored network' in text


def test_an_experiment_of_one_s_own_reproduces_nothing(tmp_path):
    experiment = make_experiment({"mine": {"algorithms": ["mle", "raml"]}})
    write_cell(tmp_path, experiment, "mine", "mle", np.linspace(20, 21, 9))
    text = filled_in(experiment, tmp_path)
    assert "No task reproduces one of the paper's." in text
    assert [words for words in ("claim", "Claim", "Communication", "table5") if words in text] == []
    assert {line[1] for line in table(text, "Task", "Algorithm", "Runs")} == {"MLE", "RAML"}
