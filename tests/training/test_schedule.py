"""The schedule of a stage."""

from erac_vaml.training.schedule import Schedule


def follow(schedule, measures):
    improved = []
    for measure in measures:
        improved.append(schedule.update(measure))
        if schedule.ended:
            break
    return improved


def test_each_epoch_without_improvement_decays_and_the_one_after_the_last_decay_ends():
    schedule = Schedule(max_decays=2, higher_is_better=True)
    assert follow(schedule, [10, 9, 11, 10, 10, 99]) == [True, False, True, False, False]
    assert schedule.decays == 2
    assert schedule.learning_rate_factor(0.5) == 0.25


def test_a_tie_is_an_improvement():
    assert follow(Schedule(max_decays=1, higher_is_better=True), [10, 10]) == [True, True]


def test_a_lower_error_is_an_improvement_if_lower_is_better():
    assert follow(Schedule(max_decays=3, higher_is_better=False), [3.0, 2.0, 2.5]) == [True, True, False]
