"""The lists of matrix products, compared with lists made by hand."""

from dataclasses import replace

from erac_vaml.operations.work import steps
from erac_vaml.operations.work.network import NetworkShape
from erac_vaml.operations.work.sentences import Sentences

ACTOR = NetworkShape("actor", reads=5, scores=7, embedding=3, units=4)
Q_NETWORK = NetworkShape("Q-network", reads=7, scores=7, embedding=3, units=4)
CRITIC = NetworkShape("critic", reads=7, scores=7, embedding=3, units=4, attention="mlp")
SOURCES, REFERENCES = Sentences((3, 1)), Sentences((3, 1))  # going on at each step: 2, 1, 1


def listed(products):
    """The products by (purpose, direction), as `count × (batch, rows, inner)·(batch, inner, columns)`."""
    table = {}
    for product in products:
        rows, inner, columns, batch = product.shape
        matrices = f"{batch}, " if batch > 1 else ""
        text = f"{product.count} × ({matrices}{rows}, {inner})·({matrices}{inner}, {columns})"
        key = (product.purpose, product.direction)
        table[key] = f"{table[key]} + {text}" if key in table else text
    return table


MLE = {
    ("actor: encoder, inputs", "forward"): "1 × (4, 3)·(3, 16)",
    ("actor: encoder, steps", "forward"): "4 × (1, 2)·(2, 8)",
    ("actor: decoder, gates", "forward"): "1 × (4, 3)·(3, 16) + 1 × (2, 4)·(4, 16) + 2 × (1, 4)·(4, 16)",
    ("actor: attention, scores", "forward"): "1 × (2, 2, 4)·(2, 4, 2)",
    ("actor: attention, contexts", "forward"): "1 × (2, 2, 2)·(2, 2, 4)",
    ("actor: decoder, combine", "forward"): "1 × (4, 8)·(8, 4)",
    ("actor: output layer", "forward"): "1 × (4, 4)·(4, 7)",
    ("actor: output layer", "backward"): "1 × (4, 7)·(7, 4) + 1 × (7, 4)·(4, 4)",
    ("actor: decoder, combine", "backward"): "2 × (4, 4)·(4, 8)",
    ("actor: attention, contexts", "backward"): "1 × (2, 2, 4)·(2, 4, 2) + 1 × (2, 4, 2)·(2, 2, 2)",
    ("actor: attention, scores", "backward"): "2 × (2, 2, 2)·(2, 2, 4)",
    ("actor: decoder, gates", "backward"): (
        "1 × (4, 16)·(16, 3) + 1 × (16, 4)·(4, 3) + 1 × (2, 16)·(16, 4) + 2 × (1, 16)·(16, 4) + 1 × (16, 4)·(4, 4)"
    ),
    ("actor: encoder, inputs", "backward"): "1 × (4, 16)·(16, 3) + 1 × (16, 4)·(4, 3)",
    ("actor: encoder, steps", "backward"): "4 × (1, 8)·(8, 2) + 2 × (8, 2)·(2, 2)",
}


def test_sentences_that_have_ended_do_not_go_on():
    sentences = Sentences((3, 1, 4, 1), samples=2)
    assert (sentences.sources, sentences.tokens, sentences.going_on) == (2, 9, [4, 2, 2, 1])


def test_sentences_of_a_mean_length():
    assert sorted(Sentences.of_mean(2.6, 5).lengths) == [2, 2, 3, 3, 3]
    assert Sentences.of_mean(0.2, 3).lengths == (1, 1, 1)


def test_products_of_mle():
    assert listed(steps.mle(ACTOR, SOURCES, REFERENCES)) == MLE


def test_raml_reads_each_source_once():
    products = listed(steps.raml(ACTOR, SOURCES, REFERENCES, samples=5))
    for key in MLE:
        if "encoder" in key[0]:
            assert products[key] == MLE[key]
    assert products["actor: output layer", "forward"] == "1 × (20, 4)·(4, 7)"
    assert products["actor: attention, scores", "forward"] == "1 × (2, 10, 4)·(2, 4, 2)"
    assert products["actor: decoder, gates", "forward"].endswith("1 × (10, 4)·(4, 16) + 2 × (5, 4)·(4, 16)")


def test_soft_q_needs_no_value_of_the_first_state():
    products = listed(steps.soft_q(Q_NETWORK, REFERENCES, samples=6))
    assert products["Q-network: encoder, inputs", "forward"] == "1 × (6, 3)·(3, 16)"  # `bos` and the reference
    assert products["Q-network: output layer", "forward"] == "1 × (12, 4)·(4, 7)"  # 6 samples × 2 later states
    assert products["Q-network: output layer", "backward"] == "1 × (12, 7)·(7, 4) + 1 × (7, 12)·(12, 4)"


def test_vaml_scores_a_share_of_the_tokens_with_a_fixed_q_network():
    products = listed(steps.vaml(ACTOR, Q_NETWORK, SOURCES, REFERENCES, samples=5, kappa=0.2))
    assert products["Q-network: output layer", "forward"] == "1 × (4, 4)·(4, 7)"
    assert not any(purpose.startswith("Q-network") and way == "backward" for purpose, way in products)
    of_actor = {key: shapes for key, shapes in products.items() if key[0].startswith("actor")}
    assert of_actor == listed(steps.raml(ACTOR, SOURCES, REFERENCES, samples=5))


def test_products_of_the_critic():
    products = listed(
        steps.critic(ACTOR, CRITIC, SOURCES, REFERENCES, Sentences((2, 1, 1, 2), samples=2), smoothing=True)
    )
    assert products["actor: decoder, gates", "forward"] == "1 × (4, 7)·(7, 16) + 1 × (2, 7)·(7, 16)"
    assert products["actor: attention, scores", "forward"] == "1 × (2, 2, 4)·(2, 4, 2) + 1 × (2, 4)·(4, 2)"
    assert products["actor: output layer", "forward"] == "1 × (4, 4)·(4, 7) + 1 × (2, 4)·(4, 7)"
    assert products["target critic: expectation", "forward"] == "1 × (6, 7)·(7, 4)"
    # A source has 3 queries in the mean, a reference with `bos` 3 states.
    assert products["critic: attention, keys", "forward"] == "1 × (6, 4)·(4, 4)"
    assert products["critic: attention, queries", "forward"] == "1 × (6, 4)·(4, 4)"
    assert products["critic: attention, scores", "forward"] == "2 × (9, 4)·(4, 1)"
    assert products["critic: attention, scores", "backward"] == "1 × (1, 18)·(18, 4)"
    assert products["critic: attention, queries", "backward"] == "1 × (6, 4)·(4, 4) + 1 × (4, 6)·(6, 4)"
    assert products["critic: smoothing, WᵀW", "forward"] == "1 × (4, 7)·(7, 4)"
    assert products["critic: smoothing, WᵀW", "backward"] == "1 × (4, 4)·(4, 7)"
    assert not any("critic: output layer" in purpose for purpose, _ in products)
    assert all(purpose.startswith("critic") for purpose, direction in products if direction == "backward")


def test_erac_scores_its_samples_once():
    products = listed(
        steps.joint(ACTOR, CRITIC, SOURCES, REFERENCES, Sentences((2, 1)), smoothing=True, likelihood=True)
    )
    drawn, mle = "1 × (2, 4)·(4, 7) + 1 × (1, 4)·(4, 7)", MLE["actor: output layer", "forward"]
    assert products["actor: output layer", "forward"] == f"{drawn} + {mle}"
    assert products["actor: output layer", "backward"] == (
        "1 × (3, 7)·(7, 4) + 1 × (7, 3)·(3, 4) + " + MLE["actor: output layer", "backward"]
    )
    assert products["critic: output layer", "forward"] == "1 × (3, 4)·(4, 7)"
    assert products["actor: encoder, steps", "forward"] == MLE["actor: encoder, steps", "forward"]
    assert products["actor: encoder, steps", "backward"] == MLE["actor: encoder, steps", "backward"]


def test_beam_search_starts_with_one_beam_and_leaves_out_what_has_ended():
    products = listed(steps.beam_search(ACTOR, SOURCES, hypotheses=REFERENCES, beam_size=5))
    assert products["actor: output layer", "forward"] == "1 × (2, 4)·(4, 7) + 2 × (5, 4)·(4, 7)"
    assert products["actor: attention, contexts", "forward"] == "1 × (2, 1, 2)·(2, 2, 4) + 2 × (5, 2)·(2, 4)"
    assert not any(direction == "backward" for _, direction in products)


def test_with_input_feeding_the_decoder_waits_for_every_step():
    fed = replace(ACTOR, input_feeding=True)
    products = listed(steps.mle(fed, SOURCES, REFERENCES))
    # Nothing is fed back into the first step. The words are known beforehand: their half is one product.
    assert products["actor: decoder, gates", "forward"] == (
        "1 × (4, 3)·(3, 16) + 1 × (2, 4)·(4, 16) + 2 × (1, 8)·(8, 16)"
    )
    assert products["actor: decoder, gates", "backward"] == (
        "1 × (4, 16)·(16, 3) + 1 × (16, 4)·(4, 3) + 1 × (2, 16)·(16, 4) + 1 × (16, 2)·(2, 4) + "
        "2 × (1, 16)·(16, 8) + 1 × (16, 2)·(2, 8)"
    )
    assert products["actor: decoder, combine", "forward"] == "1 × (2, 8)·(8, 4) + 2 × (1, 8)·(8, 4)"
    assert products["actor: decoder, combine", "backward"] == (
        "1 × (2, 4)·(4, 8) + 2 × (1, 4)·(4, 8) + 1 × (4, 4)·(4, 8)"
    )
    assert products["actor: attention, scores", "forward"] == "1 × (2, 1, 4)·(2, 4, 2) + 2 × (1, 4)·(4, 2)"
    assert products["actor: output layer", "forward"] == MLE["actor: output layer", "forward"]


def test_a_second_layer_reads_the_first():
    deep = replace(ACTOR, layers=2)
    products = listed(steps.mle(deep, SOURCES, REFERENCES))
    assert products["actor: decoder, gates", "forward"] == (
        "1 × (4, 3)·(3, 16) + 1 × (2, 4)·(4, 16) + 2 × (1, 4)·(4, 16) + "
        "1 × (4, 4)·(4, 16) + 1 × (2, 4)·(4, 16) + 2 × (1, 4)·(4, 16)"
    )
    assert products["actor: encoder, inputs", "forward"] == "1 × (4, 3)·(3, 16) + 1 × (4, 4)·(4, 16)"
    assert products["actor: encoder, steps", "forward"] == "4 × (1, 2)·(2, 8) + 4 × (1, 2)·(2, 8)"


def test_an_image_is_read_once_and_its_features_are_not_trained():
    actor = replace(ACTOR, reads=6, attention=None, reads_images=True)
    products = listed(steps.mle(actor, Sentences((1, 1)), REFERENCES))
    assert products["actor: encoder, image", "forward"] == "1 × (2, 6)·(6, 8)"
    assert products["actor: encoder, image", "backward"] == "1 × (8, 2)·(2, 6)"
    assert not any("attention" in purpose or "combine" in purpose for purpose, _ in products)


def test_the_parts_that_settings_turn_off():
    arguments = (ACTOR, CRITIC, SOURCES, REFERENCES, Sentences((2, 1)))
    products = listed(steps.joint(*arguments, smoothing=False, likelihood=False))
    assert not any("smoothing" in purpose for purpose, _ in products)
    assert products["actor: output layer", "backward"] == "1 × (3, 7)·(7, 4) + 1 × (7, 3)·(3, 4)"


def test_scoring_trains_nothing():
    of_references = steps.likelihood(ACTOR, SOURCES, REFERENCES)
    assert listed(of_references) == {key: shapes for key, shapes in MLE.items() if key[1] == "forward"}
    of_samples = listed(steps.td_error(ACTOR, CRITIC, SOURCES, REFERENCES, Sentences((2, 1))))
    assert not any(direction == "backward" for _, direction in of_samples)
    assert of_samples["target critic: expectation", "forward"] == "1 × (3, 7)·(7, 4)"
