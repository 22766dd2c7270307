"""The paper's own numbers: copied by hand, so they are checked against each other."""

import pytest

from erac_vaml.config import TaskSettings
from erac_vaml.config.recipes import DIFFERENCES
from erac_vaml.reporting.paper import Spread, paper_numbers, paper_spread

PAPER = paper_numbers()
TABLE1 = [
    pytest.param(spread, id=f"{setting}-{algorithm}")
    for setting, cells in PAPER.table1.items()
    for algorithm, spread in cells.items()
]


@pytest.mark.parametrize("spread", TABLE1)
def test_table_1_has_min_below_mean_below_max_and_a_possible_deviation(spread):
    assert spread.min <= spread.mean <= spread.max
    # Of n = 9 values with this range, none deviates more than half of them at either end.
    assert 0 < spread.std <= (spread.max - spread.min) / 2 * (9 / 8) ** 0.5


def test_table_1_has_five_algorithms_in_three_settings():
    assert len(TABLE1) == 15


def test_table_1s_corners_are_as_printed():
    assert paper_spread("mt", "mle") == Spread(mean=27.01, std=0.20, min=26.72, max=27.27)
    assert paper_spread("captioning", "erac") == Spread(mean=31.44, std=0.22, min=31.07, max=31.82)


def test_a_setting_that_table_1_lacks_has_no_numbers():
    assert paper_spread("mt-two-layers", "erac") == paper_spread(None, "erac") == Spread()


def test_table_2s_own_numbers_are_the_maxima_of_table_1_with_input_feeding():
    own = {system.algorithm: system.bleu for system in PAPER.table2 if system.algorithm}
    assert own == {name: PAPER.table1["mt-input-feeding"][name].max for name in ("vaml", "erac")}


def test_table_4_repeats_table_1_for_erac_and_ac():
    for algorithm in ("erac", "ac"):
        ours, other = PAPER.table4[algorithm], PAPER.table1["mt"][algorithm]
        assert (ours.mean, ours.std, ours.max) == (other.mean, other.std, other.max)


def test_table_3_crosses_two_lambdas_with_four_betas_and_marks_two_divergences():
    cells = {(cell.lambda_var, cell.beta): cell for cell in PAPER.table3.cells}
    assert cells.keys() == {(weight, speed) for weight in (0, 0.001) for speed in (0.001, 0.01, 0.1, 1)}
    assert {key for key, cell in cells.items() if cell.diverged} == {(0, 0.01), (0, 1)}


def test_table_7_begins_with_table_2():
    named = [(system.system, system.citation, system.bleu) for system in PAPER.table7]
    assert named[: len(PAPER.table2)] == [(system.system, system.citation, system.bleu) for system in PAPER.table2]


@pytest.mark.parametrize("setting", ["mt", "mt-input-feeding"])
def test_the_settings_models_have_the_values_of_tables_5_and_6_as_defaults(setting):
    defaults = TaskSettings()
    for field, value in (PAPER.table5[setting] | PAPER.table6[setting]).items():
        section, key = field.split(".")
        # τ has no one default: it depends on input feeding.
        if field != "actor_critic.tau":
            assert getattr(getattr(defaults, section), key) == value, field


def test_the_recipe_paper_has_table_6s_temperatures():
    taus = {item.when: item.paper for item in DIFFERENCES if item.field == "actor_critic.tau"}
    assert taus["without input feeding"] == PAPER.table6["mt"]["actor_critic.tau"]
    assert taus["with input feeding"] == PAPER.table6["mt-input-feeding"]["actor_critic.tau"]


def test_figure_1_diverges_beyond_the_temperatures_of_table_6():
    for setting, tau in PAPER.figure1.items():
        assert tau > PAPER.table6[setting]["actor_critic.tau"]
