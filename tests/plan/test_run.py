"""The digest of a run depends on its seed, stage, settings and parents, and on nothing else."""

from fake_results import make_experiment

from erac_vaml.plan import Plan


def digests(task=None, **top):
    return {path: run.digest for path, run in Plan(make_experiment({"mt": task or {}}, **top)).runs.items()}


def test_every_run_has_a_digest_of_its_own_of_twelve_hex_digits():
    found = digests()
    assert len(set(found.values())) == len(found)
    assert all(len(digest) == 12 and int(digest, 16) >= 0 for digest in found.values())


def test_a_setting_changes_the_digests_of_the_runs_that_read_it():
    before, after = digests(), digests({"raml": {"learning_rate": 0.1}})
    assert {path.split("/")[2] for path in before if before[path] != after[path]} == {"raml"}


def test_a_setting_of_a_parent_changes_the_digest():
    before, after = digests(), digests({"mle": {"batch_size": 20}})
    changed = {path.split("/")[2].partition("@")[0] for path in before if before[path] != after[path]}
    assert changed == {"mle", "critic", "ac", "erac", "erac-no-future-entropy"}


def test_a_newer_field_is_named_by_the_runs_that_read_it_unless_its_value_is_that_of_older_runs():
    usual, other = (Plan(make_experiment({"mt": {"rewards": {"metric": metric}}})).runs for metric in ("bleu", "gleu"))
    assert not [run for run in usual.values() if "rewards.metric" in run.fields]
    named = {path for path, run in other.items() if run.fields.get("rewards.metric") == "gleu"}
    assert {path.split("/")[2].partition("@")[0] for path in usual.keys() - named} == {"mle"}
    assert {path for path in usual if usual[path].digest != other[path].digest} == named


def test_labels_and_execution_change_none():
    assert digests() == digests({"label": "Another"}, execution={"runs_per_gpu": 2})


def test_a_critic_of_the_same_settings_that_starts_from_another_actor_has_another_digest():
    """Critic 2 evaluates MLE actor 4 where each critic has three actors, and actor 3 where it has two."""
    path = "runs/mt/critic/critic2"
    three, two = (
        Plan(make_experiment({"mt": {"seeds": {"critics": 2, "actors": actors}}})).runs[path] for actors in (3, 2)
    )
    assert two.description == three.description | {"actor": "runs/mt/mle/seed3"}
    assert three.description["actor"] == "runs/mt/mle/seed4"
    assert two.digest != three.digest
