"""What the workflow plans: at first everything, after a change only what the change affects."""

import shutil

import pytest
from calls import CONFIGURE, add_captioning, changed, plan

pytestmark = pytest.mark.usefixtures("warm")

COLLECT = "Collecting the scores of all runs"
JUDGE = "Comparing the algorithms, and testing the paper's claims"
COMPARE = "Comparing the paper's text with its released code"
PAGE = "Writing the report"
TABLE1 = "Writing Table 1 and the other measures"
OUTPUTS = {TABLE1, *(f"Writing Table {number}" for number in range(2, 8))} | {
    "Writing the table of ablation table3",
    "Writing the table of ablation figure1",
    "Writing the table of ablation beta1",
    "Drawing figure1",
    "Drawing ablation-table3",
    "Drawing ablation-figure1",
    "Drawing ablation-beta1",
    "Drawing learning-curves-mt",
    "Drawing breakdown-mt",
    JUDGE,
    COMPARE,
    PAGE,
}
"""Tables, figures, the verdict and the page."""


@pytest.fixture
def after(made_up, tmp_path):
    """A function that returns what is planned in the finished experiment after a change of its configuration."""

    def plan_after(change, *arguments):
        return plan(made_up, *arguments, configuration=changed(tmp_path / "changed.yaml", change))

    return plan_after


def test_the_page_needs_everything_and_a_dry_run_writes_nothing(tmp_path):
    everything = plan(tmp_path)
    assert everything.counts == {
        "write_configuration": 1,
        "write_shown_settings": 20,
        "write_dataset_settings": 1,
        "write_run_settings": 12,
        "prepare_dataset": 1,
        "measure_bounds": 1,
        "train_mle": 1,
        "train_raml": 1,
        "train_q_network": 1,
        "train_vaml": 1,
        "train_critic": 3,
        "train_joint": 5,
        "collect_scores": 1,
        "write_table1": 1,
        "write_table": 6,
        "write_ablation_table": 3,
        "draw_figure": 6,
        "write_verdict": 1,
        "compare_recipes": 1,
        "write_report": 1,
    }
    assert plan(tmp_path, "report") == everything
    assert not (tmp_path / "results").exists()


def test_an_experiment_of_one_s_own_has_no_table_of_the_paper(tmp_path):
    def take_out_of_the_paper(configuration):
        del configuration["tasks"]["mt"]["paper_setting"]
        del configuration["ablations"]["beta1"]

    path = changed(tmp_path / "own.yaml", take_out_of_the_paper)
    gone = {f"Writing Table {number}" for number in range(2, 8)}
    gone |= {"Writing the table of ablation beta1", "Drawing ablation-beta1", COMPARE}
    assert plan(tmp_path, configuration=path).others & OUTPUTS == OUTPUTS - gone


def test_the_control_is_trained_where_it_is_asked_for_and_table_1_waits_for_it(after):
    algorithms = ["mle", "mle-continued", "ac", "erac"]
    planned = after(
        lambda configuration: configuration["tasks"]["mt"].update(algorithms=algorithms),
        "results/tiny/tables/table1.md",
    )
    assert planned.trained == {"mt/mle-continued/seed1"}
    assert planned.counts["train_mle_continued"] == 1


def test_table_4_needs_only_its_own_runs(tmp_path):
    planned = plan(tmp_path, "table4")
    assert planned.trained == {
        "mt/mle/seed1",
        "mt/critic/critic1",
        "mt/critic@actor_critic.tau=0.0/critic1",
        "mt/ac/critic1-actor1",
        "mt/erac/critic1-actor1",
        "mt/erac-no-future-entropy/critic1-actor1",
    }
    assert planned.others == {"Preparing data set mini", CONFIGURE, "Writing Table 4"}
    assert planned.settings == planned.trained | {"data set mini"}


@pytest.mark.parametrize(
    ("algorithm", "runs"),
    [
        ("mle", {"mt/mle/seed1"}),
        ("raml", {"mt/raml/seed1"}),
        ("vaml", {"mt/q-network/critic1", "mt/vaml/critic1-actor1"}),
        ("ac", {"mt/mle/seed1", "mt/critic@actor_critic.tau=0.0/critic1", "mt/ac/critic1-actor1"}),
        ("erac", {"mt/mle/seed1", "mt/critic/critic1", "mt/erac/critic1-actor1"}),
        (
            "erac_no_future_entropy",
            {
                "mt/mle/seed1",
                "mt/critic@actor_critic.tau=0.0/critic1",
                "mt/erac-no-future-entropy/critic1-actor1",
            },
        ),
    ],
)
def test_an_algorithm_is_a_target_that_trains_what_it_needs(tmp_path, algorithm, runs):
    planned = plan(tmp_path, algorithm)
    assert planned.trained == runs
    assert planned.others == {"Preparing data set mini"}


def test_table_4_needs_no_images(tmp_path):
    path = changed(tmp_path / "captions.yaml", add_captioning)
    assert "Preparing data set scenes" not in plan(tmp_path, "table4", configuration=path).others


def test_the_tables_of_settings_need_no_run(tmp_path):
    assert plan(tmp_path, "table5", "table6").others == {CONFIGURE, "Writing Table 5", "Writing Table 6"}


def test_tables_figure_1_and_ablations_are_all_but_the_curves_the_scores_the_verdict_and_the_page(tmp_path):
    planned = plan(tmp_path, *(f"table{number}" for number in range(1, 8)), "figure1", "ablations")
    alone = {"Drawing learning-curves-mt", "Drawing breakdown-mt", JUDGE, COMPARE, PAGE}
    assert planned.others == {CONFIGURE, "Preparing data set mini"} | OUTPUTS - alone


def test_a_deleted_run_is_trained_again(finished):
    shutil.rmtree(finished / "results" / "tiny" / "runs" / "mt" / "vaml")
    assert plan(finished).trained == plan(finished, "table1").trained == {"mt/vaml/critic1-actor1"}


@pytest.mark.parametrize(
    ("files", "jobs"),
    [
        (["tables/table1.tex", "figures/figure1.png"], {TABLE1, "Drawing figure1"}),
        (["scores.csv"], {COLLECT, JUDGE}),
    ],
)
def test_a_deleted_table_or_figure_is_made_anew(finished, files, jobs):
    for name in files:
        (finished / "results" / "tiny" / name).unlink()
    assert plan(finished).jobs == {*jobs, PAGE}


def test_a_setting_of_one_algorithm_repeats_that_algorithm_and_what_shows_it(after):
    planned = after(lambda configuration: configuration["defaults"]["raml"].update(learning_rate=0.5))
    assert "before: 'raml.learning_rate=0.6' now: 'raml.learning_rate=0.5'" in planned.text
    assert planned.trained == planned.settings == {"mt/raml/seed1"}
    shown = {TABLE1, "Writing Table 5", "Drawing learning-curves-mt", "Drawing breakdown-mt"}
    assert planned.others == {CONFIGURE, COLLECT, JUDGE, PAGE} | shown


def test_an_added_grid_repeats_nothing_but_what_shows_it(after):
    grid = {"task": "mt", "algorithm": "raml", "vary": {"raml.samples": [3, 4]}}
    planned = after(lambda configuration: configuration["ablations"].update(words=grid))
    assert planned.trained == {"mt/raml@raml.samples=3/seed1", "mt/raml@raml.samples=4/seed1"}
    own = {"Writing the table of ablation words", "Drawing ablation-words"}
    assert planned.others == {CONFIGURE, COLLECT, JUDGE, PAGE} | own


def test_added_tasks_and_data_sets_repeat_nothing_of_the_others(after):
    def change(configuration):
        configuration["datasets"]["more"] = {"kind": "mini", "seed": 2}
        for task, dataset in (("same", "mini"), ("more", "more")):
            configuration["tasks"][task] = {"dataset": dataset, "algorithms": ["mle"]}

    planned = after(change)
    assert planned.trained == {"same/mle/seed1", "more/mle/seed1"}
    assert "Preparing data set mini" not in planned.others
    assert not {job for job in planned.others if "ablation" in job or "figure1" in job or job.endswith("-mt")}
    assert "Writing Table 4" not in planned.others


def test_a_setting_of_joint_training_repeats_joint_training_alone(after):
    planned = after(lambda configuration: configuration["defaults"]["joint"].update(lambda_mle=0.2))
    assert planned.trained == {
        "mt/ac/critic1-actor1",
        "mt/erac/critic1-actor1",
        "mt/erac@actor_critic.lambda_var=0.0/critic1-actor1",
        "mt/erac@joint.adam_beta1=0.9/critic1-actor1",
        "mt/erac-no-future-entropy/critic1-actor1",
    }


def test_how_runs_are_executed_repeats_nothing(after):
    execution = {"checkpoint_minutes": 1.0, "runs_per_gpu": 2}
    assert after(lambda configuration: configuration.update(execution=execution)).jobs == set()


def test_a_run_on_another_data_set_of_the_same_settings_is_trained_again(after):
    def change(configuration):
        configuration["datasets"]["twin"] = configuration["datasets"]["mini"]
        configuration["tasks"]["mt"]["dataset"] = "twin"

    planned = after(change)
    assert len(planned.trained) == 12
    assert planned.settings == planned.trained | {"data set twin"}


def test_written_settings_that_are_lost_repeat_no_run(finished):
    shutil.rmtree(finished / "results" / "tiny" / "settings")
    assert plan(finished).jobs == set()


def test_tau_repeats_erac_and_its_critics_but_not_ac(after):
    def change(configuration):
        configuration["defaults"]["actor_critic"]["tau"] = 0.02
        configuration["ablations"]["figure1"]["vary"] = {"actor_critic.tau": [0.0, 0.02]}

    assert after(change).trained == {
        "mt/critic/critic1",
        "mt/critic@actor_critic.lambda_var=0.0/critic1",
        "mt/erac/critic1-actor1",
        "mt/erac@actor_critic.lambda_var=0.0/critic1-actor1",
        "mt/erac@joint.adam_beta1=0.9/critic1-actor1",
        "mt/erac-no-future-entropy/critic1-actor1",
    }


def test_a_setting_of_the_mle_actors_repeats_what_starts_from_them(after):
    planned = after(lambda configuration: configuration["defaults"]["mle"].update(batch_size=20))
    assert {run.split("/")[1].partition("@")[0] for run in planned.trained} == {
        "mle",
        "critic",
        "ac",
        "erac",
        "erac-no-future-entropy",
    }


def test_a_label_repeats_no_training(after):
    planned = after(lambda configuration: configuration["tasks"]["mt"].update(label="Tiny {braces}"))
    assert (planned.trained, planned.settings) == (set(), set())
    assert planned.others == {CONFIGURE} | OUTPUTS


def test_more_seeds_repeat_no_finished_run(after):
    planned = after(lambda configuration: configuration["defaults"].update(seeds={"critics": 2, "actors": 1}))
    names = {run.split("/")[2] for run in planned.trained}
    assert names == {"seed2", "critic2", "critic2-actor1"}


def test_a_value_added_to_a_grid_trains_its_cell_alone(after):
    vary = {"actor_critic.lambda_var": [0.0, 0.001], "actor_critic.beta": [0.001, 1.0]}
    planned = after(lambda configuration: configuration["ablations"]["table3"].update(vary=vary))
    assert planned.trained == {
        f"mt/{algorithm}@actor_critic.beta=1.0{departure}/{run}"
        for algorithm, run in (("critic", "critic1"), ("erac", "critic1-actor1"))
        for departure in ("", ",actor_critic.lambda_var=0.0")
    }


def test_other_data_repeat_everything(after):
    planned = after(lambda configuration: configuration["datasets"]["mini"].update(seed=2))
    assert len(planned.trained) == 12
    without_runs = {f"Writing Table {number}" for number in (2, 5, 6, 7)}
    of_the_data = {"Preparing data set mini", "Measuring what the grammar of mini allows"}
    assert planned.others == {CONFIGURE, COLLECT} | of_the_data | OUTPUTS - without_runs
