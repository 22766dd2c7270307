"""Captions of images by a run and by an exported model."""

import pytest
from small_experiment import call

from erac_vaml import load_model

MODELS = pytest.mark.parametrize("model", ["--model exported/captioning", "--run captioning/mle/seed1"])


@pytest.fixture
def caption(trained, exported, monkeypatch, capsys):
    """A function that captions images; it returns the columns of the printed lines."""
    monkeypatch.chdir(trained)

    def run(arguments):
        assert call(f"caption {arguments} --device cpu", monkeypatch) == 0
        return [line.split("\t") for line in capsys.readouterr().out.splitlines()]

    return run


@pytest.fixture
def images(trained):
    """The folder of the images of all splits."""
    return trained / "results/models/data/scenes/scenes/images"


@MODELS
def test_a_folder_of_images_gets_the_captions_of_the_run(trained, caption, images, model):
    found = caption(f"{model} --images {images}")
    names = sorted(path.name for path in images.iterdir())
    assert [name for name, _ in found] == names
    of_test = [text for name, text in found if name.startswith("test")]
    hypotheses = trained / "results/models/runs/captioning/mle/seed1/hypotheses.txt"
    assert of_test == hypotheses.read_text().splitlines()


@MODELS
def test_features_get_the_captions_of_their_images(trained, caption, images, model):
    data = trained / "results/models/data/scenes"
    given = caption(f"{model} --features {data / 'features.npy'} --feature-ids {data / 'features.ids.txt'}")
    assert sorted(given) == caption(f"{model} --images {images}")


@MODELS
def test_one_image_gets_one_caption(caption, images, model):
    first, *_ = caption(f"{model} --images {images}")
    assert caption(f"{model} --images {images / first[0]}") == [first]


def test_the_best_are_sorted_and_the_first_is_the_caption(caption, images):
    model = f"--model exported/captioning --images {images}"
    rows = caption(f"{model} --n-best 3")
    assert [[name, text] for name, text, _ in rows[::3]] == caption(model)
    scores = [float(score) for _, _, score in rows]
    for start in range(0, len(rows), 3):
        assert len({name for name, _, _ in rows[start : start + 3]}) == 1
        assert scores[start : start + 3] == sorted(scores[start : start + 3], reverse=True)


def test_an_image_may_be_named_twice_and_by_any_path(exported, images, monkeypatch):
    monkeypatch.chdir(images)
    first, second, *_ = sorted(images.iterdir())
    model = load_model(exported / "captioning", "cpu")
    one, other = model.caption([first, second])
    assert model.caption([second.name, str(first), second]) == [other, one, other]
