"""Tables, figures, the verdict and the page read only the files that they declare, and show only declared settings."""

import json
import shutil

import pytest
from fake_results import (
    make_experiment,
    seal_data,
    write_bounds,
    write_cell,
    write_history,
    write_hypotheses,
    write_texts,
)

from erac_vaml.config import validate_experiment
from erac_vaml.page.checklist import checklist
from erac_vaml.page.parts import report_inputs
from erac_vaml.page.report import write_report
from erac_vaml.page.summary import summarise
from erac_vaml.plan import Plan
from erac_vaml.reporting.collected_scores import collect_inputs, collect_scores, scores_of_runs
from erac_vaml.reporting.figures.catalogue import figure_inputs, figure_names
from erac_vaml.reporting.figures.drawing import write_figure
from erac_vaml.reporting.tables import table_inputs, table_names, write_table
from erac_vaml.runs.manifest import read_manifest
from erac_vaml.verdict.inputs import differences_inputs, verdict_inputs
from erac_vaml.verdict.recipe_differences import write_differences
from erac_vaml.verdict.verdict_files import read_verdict, write_verdict

SEEDS = {"seeds": {"critics": 2, "actors": 1}}
TASKS = {
    "mt": {"paper_setting": "mt", "label": "MT", **SEEDS},
    "fed": {"paper_setting": "mt-input-feeding", "network": {"input_feeding": True}, "algorithms": ["erac"], **SEEDS},
    "captioning": {"dataset": "scenes", "paper_setting": "captioning", "algorithms": ["mle", "erac"], **SEEDS},
}
GRIDS = {
    "figure1": {"task": "mt", "metric": "test_bleu", "vary": {"actor_critic.tau": [0.0, 0.02, 0.045]}},
    "table3": {"task": "mt", "vary": {"actor_critic.lambda_var": [0.0, 0.001], "actor_critic.beta": [0.001, 1.0]}},
    "weights": {"task": "mt", "algorithm": "raml", "vary": {"raml.tau": [1.0, 0.4]}, "metric": "test_bleu"},
    "words": {"task": "captioning", "algorithm": "mle", "vary": {"mle.batch_size": [10, 20]}},
}
DATASETS = {"mini": {"kind": "mini"}, "scenes": {"kind": "mini-captions"}}
SPLIT = {"pairs": 30, "dropped": {}}
COUNTS = {
    "mini": {"source_words": 5, "target_words": 4, **dict.fromkeys(("train", "valid", "test"), SPLIT)},
    "scenes": {"target_words": 4, **dict.fromkeys(("train", "valid", "test"), SPLIT | {"images": 30})},
}
"""What the statistics of prepared data count, for the checklist."""


@pytest.fixture(scope="module")
def experiment():
    return make_experiment(TASKS, datasets=DATASETS, ablations=GRIDS)


@pytest.fixture(scope="module")
def finished(experiment, tmp_path_factory):
    """Return a folder with all runs and all results."""
    results = tmp_path_factory.mktemp("finished")
    write_texts(results)
    scenes = results / "data" / "scenes"
    scenes.mkdir()
    (scenes / "images.tsv").write_text("".join(f"{number}.png\t{number}\ttest\n" for number in range(30)))
    (scenes / "test.references.txt").write_text("".join(f"a dog {number}\tone dog\n" for number in range(30)))
    for folder in (scenes, results / "data" / "mini"):
        (folder / "vocabulary.target.txt").write_text("the\nsentence\na\ndog\n")
        seal_data(folder)
        statistics = json.loads((folder / "statistics.json").read_text())
        (folder / "statistics.json").write_text(json.dumps(statistics | COUNTS[folder.name]))
    (scenes / "features.json").write_text('{"width": 234}')
    write_bounds(results)
    plan = Plan(experiment)
    for place, (task, algorithm) in enumerate(dict.fromkeys((run.task, run.algorithm) for run in plan.runs.values())):
        write_cell(results, experiment, task, algorithm, [20.0 + place, 21.0 + place / 7])
    for path in plan.runs:
        write_hypotheses(results / path, ["the sentence of a dog ."] * 30)
        write_history(results / path, [10.0, 15.0])
    summarise(experiment, results)
    return results


def made(experiment, kind):
    """Return by name the declared inputs of a result, the function that writes it, and a pattern of its files."""
    plan = Plan(experiment)
    if kind == "tables":
        names = table_names(experiment)
        return {name: (table_inputs(plan, name), write_table, f"tables/{name}.*") for name in names} | {
            "measures": (
                table_inputs(plan, "table1"),
                lambda of, results, _: write_table(of, results, "table1"),
                "tables/measures.*",
            )
        }
    if kind == "figures":
        names = figure_names(experiment)
        return {name: (figure_inputs(plan, name), write_figure, f"figures/{name}.*") for name in names}
    return {
        "scores": (collect_inputs(plan), lambda _, results, __: collect_scores(plan, results), "scores.csv"),
        "verdict": (verdict_inputs(plan), lambda of, results, _: write_verdict(of, results), "verdict.*"),
        "gains": (verdict_inputs(plan), lambda of, results, _: write_verdict(of, results), "*/gain*.*"),
        "systems": (verdict_inputs(plan), lambda of, results, _: write_verdict(of, results), "tables/systems.*"),
        "differences": (
            differences_inputs(plan),
            lambda of, results, _: write_differences(of, results),
            "*/recipe-*.*",
        ),
        "report": (report_inputs(plan), lambda of, results, _: write_report(of, results), "report.html"),
        "checklist": (report_inputs(plan), lambda of, results, _: write_report(of, results), "checklist.md"),
    }


@pytest.mark.parametrize("kind", ["tables", "figures", "others"])
def test_the_declared_files_are_all_that_is_read(experiment, finished, tmp_path, kind):
    for name, (inputs, write, pattern) in made(experiment, kind).items():
        folder = tmp_path / name
        for path in inputs.paths:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(finished / path, folder / path)
        write(experiment, folder, name)
        found = {path.relative_to(folder): path.read_bytes() for path in folder.glob(pattern)}
        assert found == {path.relative_to(finished): path.read_bytes() for path in finished.glob(pattern)}, name
        assert found


def test_a_damaged_captioning_run_leaves_table_3_alone(experiment, finished, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(finished, copy)
    for path in (copy / "runs" / "captioning").rglob("scores.json"):
        path.write_text("{")
    (copy / "tables" / "table3.csv").unlink()
    write_table(experiment, copy, "table3")
    assert (copy / "tables" / "table3.csv").read_bytes() == (finished / "tables" / "table3.csv").read_bytes()


CHANGES = {
    "a label": {"tasks": {"mt": {"label": "Another"}}},
    "the label of a captioning task": {"tasks": {"captioning": {"label": "Pictures"}}},
    "a place in the paper": {"tasks": {"fed": {"paper_setting": None}}},
    "the kind of the data": {"datasets": {"mini": {"kind": "iwslt14"}}},
    "a setting of RAML": {"tasks": {"mt": {"raml": {"learning_rate": 0.123}}}},
    "the own tau": {"tasks": {"mt": {"actor_critic": {"tau": 0.02}}}},
    "the size of the network": {"tasks": {"fed": {"network": {"input_feeding": True, "units": 128}}}},
    "the recipe": {"recipe": "paper"},
    "the name": {"name": "other"},
    "the values of a grid": {"ablations": {"words": {"vary": {"mle.batch_size": [10, 30]}}}},
    "the measure of a grid": {"ablations": {"words": {"metric": "test_bleu"}}},
    "the order of the tasks": {"tasks": dict(reversed(TASKS.items()))},
    "the order of a grid": {"ablations": {"table3": {"vary": dict(reversed(GRIDS["table3"]["vary"].items()))}}},
}


def changed(experiment, change):
    content = {
        "name": experiment.name,
        "datasets": DATASETS,
        "tasks": {name: {"dataset": "mini", **task} for name, task in TASKS.items()},
        "ablations": GRIDS,
    }
    for key, value in change.items():
        if isinstance(value, dict):
            merged = {name: content[key].get(name, {}) | own for name, own in value.items()}
            content[key] = merged | {name: own for name, own in content[key].items() if name not in merged}
        else:
            content[key] = value
    return validate_experiment(content)


def declared(inputs):
    return sorted(inputs.paths), dict(inputs.settings)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_setting_that_changes_a_table_is_declared(experiment, finished, tmp_path, change):
    other = changed(experiment, change)
    shutil.copytree(finished / "runs", tmp_path / "runs")
    for name in table_names(experiment):
        write_table(other, tmp_path, name)
        new, old = ((folder / "tables" / f"{name}.md").read_text() for folder in (tmp_path, finished))
        before, after = (declared(table_inputs(Plan(item), name)) for item in (experiment, other))
        assert new == old or before != after, name


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_setting_that_changes_the_checklist_is_declared(experiment, finished, change):
    verdict, texts = read_verdict(finished), []
    for item in (experiment, changed(experiment, change)):
        scores = scores_of_runs(Plan(item), finished, Plan(item).runs.values())
        ended = scores.rows.index[scores.rows["status"] != "missing"]
        texts.append(checklist(scores, verdict, {path: read_manifest(finished / path) for path in ended}, finished))
    before, after = (declared(report_inputs(Plan(item))) for item in (experiment, changed(experiment, change)))
    assert texts[0] == texts[1] or before != after


def test_settings_that_a_table_does_not_show_are_not_declared(experiment):
    other = changed(experiment, {"tasks": {"captioning": {"label": "Pictures", "raml": {"tau": 0.7}}}})
    repeated = {
        name
        for name in [*table_names(experiment), *figure_names(experiment)]
        if declared((table_inputs if name.startswith("table") else figure_inputs)(Plan(experiment), name))
        != declared((table_inputs if name.startswith("table") else figure_inputs)(Plan(other), name))
    }
    captioning = {"learning-curves-captioning", "breakdown-captioning", "ablation-words"}
    assert repeated == {"table1", "table5", "table6"} | captioning


def test_an_added_grid_changes_what_the_verdict_and_the_page_are_made_of_and_no_other_table(experiment):
    more = {"task": "mt", "algorithm": "raml", "vary": {"raml.samples": [2, 3]}}
    other = changed(experiment, {"ablations": {"more": more}})
    before, after = Plan(experiment), Plan(other)
    for name in table_names(experiment):
        assert declared(table_inputs(before, name)) == declared(table_inputs(after, name)), name
    assert declared(differences_inputs(before)) == declared(differences_inputs(after))
    assert declared(verdict_inputs(before)) != declared(verdict_inputs(after))
    assert declared(report_inputs(before)) != declared(report_inputs(after))
