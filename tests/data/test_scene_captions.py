import json
import re
from collections import Counter
from itertools import islice

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO
from sacrebleu.metrics import BLEU

from erac_vaml.data import scene_captions
from erac_vaml.data.scene_captions import captions_of, write_scenes
from erac_vaml.data.scenes import COLOURS, Thing, different_scenes
from erac_vaml.errors import UserError
from erac_vaml.randomness import numpy_generator

COUNTS = {"train": 60, "valid": 15, "test": 25}
SHAPES = {
    "circle": "circle",
    "disc": "circle",
    "square": "square",
    "box": "square",
    "triangle": "triangle",
    "cross": "cross",
    "plus": "cross",
}
SIZES = {"large": "large", "big": "large", "small": "small", "little": "small"}
NOUN_PHRASE = re.compile(rf"(?:an?|the)((?: (?:{'|'.join([*SIZES, *COLOURS])}))*) ({'|'.join(SHAPES)})\b")
PLACE = r"(?:(?:at|on) the \w+(?: side)?|in the (?:middle|centre)|in the \w+ \w+ corner)"
RELATION = r"(?:(?:to the )?(?:left|right) of|above|over|below|under|next to|beside)"
SENTENCES = [
    r"(?P<a>[A-Z]+)(?: is| can be seen)? (?P<a_place>PLACE)",
    r"there is (?P<a>[A-Z]+) (?P<a_place>PLACE)",
    r"a picture of (?P<a>[A-Z]+)(?: (?P<a_place>PLACE))?",
    r"(?P<a_place>PLACE) there is (?P<a>[A-Z]+)",
    r"(?:there is )?(?P<a>[A-Z]+)(?: is)? (?P<relation>RELATION) (?P<b>[A-Z]+)",
    r"(?:a picture of|the picture shows) (?P<a>[A-Z]+) and (?P<b>[A-Z]+)",
    r"(?P<b>[A-Z]+) with (?P<a>[A-Z]+) (?P<relation>RELATION) it",
    r"(?P<a>[A-Z]+) (?P<a_place>PLACE) and (?P<b>[A-Z]+) (?P<b_place>PLACE)",
]
SENTENCES = [re.compile(pattern.replace("PLACE", PLACE).replace("RELATION", RELATION)) for pattern in SENTENCES]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    directory = tmp_path_factory.mktemp("scenes")
    write_scenes(directory, 1, COUNTS)
    return directory


@pytest.fixture(scope="module")
def captioned():
    """Scenes with their captions."""
    generator = numpy_generator(1, "test captions")
    scenes = islice(different_scenes(numpy_generator(1, "test scenes")), 600)
    return [(scene, captions_of(scene, generator)) for scene in scenes]


def contents(directory):
    return {path.relative_to(directory): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def shown(path):
    """Return the contents of the cells of an image, whatever their positions in the cells; only equal scenes agree."""
    with Image.open(path) as image:
        pixels = np.asarray(image)
    found = []
    for row in range(3):
        for column in range(3):
            cell = pixels[16 * row : 16 * row + 16, 16 * column : 16 * column + 16]
            ys, xs = np.nonzero((cell != 255).any(axis=2))
            found.append(cell[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1].tobytes() if len(ys) else b"")
    return tuple(found)


def is_related(words, one, other):
    """Return whether a relation between two things holds, by the pixels of their centres."""
    if words in ("next to", "beside"):
        return one.y // 16 == other.y // 16 and abs(one.x - other.x) < 32
    right, down = one.x - other.x, one.y - other.y
    word = words.removeprefix("to the ").removesuffix(" of")
    return {"left": -right, "right": right, "above": -down, "over": -down, "below": down, "under": down}[word] > 0


def is_at(words, thing):
    """Return whether a thing is in the named third of the picture."""
    thirds = {"left": (0, None), "right": (2, None), "top": (None, 0), "upper": (None, 0), "bottom": (None, 2)}
    thirds |= {"lower": (None, 2), "middle": (1, 1), "centre": (1, 1)}
    said = [thirds[word] for word in words.split() if word in thirds]
    here = (thing.x // 16, thing.y // 16)
    return bool(said) and all(third in (None, found) for pair in said for third, found in zip(pair, here, strict=True))


def falsehoods(caption, scene):
    """Return the false words of a caption; a caption that cannot be parsed is false as a whole."""
    things = {thing.shape: thing for thing in scene}
    false = []
    for adjectives, noun in NOUN_PHRASE.findall(caption):
        thing = things.get(SHAPES[noun])
        true = (thing.size, thing.colour) if thing else ()
        false += [word for word in adjectives.split() if SIZES.get(word, word) not in true]
        false += [] if thing else [noun]
    if false:
        return false
    rest = NOUN_PHRASE.sub(lambda match: SHAPES[match[2]].upper(), caption)
    understood = next(filter(None, (pattern.fullmatch(rest) for pattern in SENTENCES)), None)
    if understood is None:
        return [caption]
    said = {key: value for key, value in understood.groupdict().items() if value is not None}
    named = {key: things[said[key].lower()] for key in ("a", "b") if key in said}
    places = {key: said[f"{key}_place"] for key in named if f"{key}_place" in said}
    false = [place for key, place in places.items() if not is_at(place, named[key])]
    if "relation" in said and not is_related(said["relation"], named["a"], named["b"]):
        false.append(said["relation"])
    return false


@pytest.mark.parametrize("split", COUNTS)
def test_pycocotools_reads_five_captions_for_each_image(written, split):
    coco = COCO(str(written / f"{split}.json"))
    assert len(coco.getImgIds()) == COUNTS[split]
    for image in coco.getImgIds():
        annotations = coco.loadAnns(coco.getAnnIds(imgIds=image))
        assert len({annotation["caption"] for annotation in annotations}) == 5


@pytest.mark.parametrize("split", COUNTS)
def test_every_image_listed_is_a_png_file_of_the_size_listed(written, split):
    for listed in json.loads((written / f"{split}.json").read_text())["images"]:
        with Image.open(written / "images" / listed["file_name"]) as image:
            assert (image.format, image.mode, image.size) == ("PNG", "RGB", (listed["width"], listed["height"]))


@pytest.mark.parametrize("kind", ["images", "annotations"])
def test_ids_are_unique_over_all_splits(written, kind):
    ids = [entry["id"] for split in COUNTS for entry in json.loads((written / f"{split}.json").read_text())[kind]]
    assert len(set(ids)) == len(ids)


def test_colours_in_captions_are_colours_in_their_image_files(written):
    names = {rgb: name for name, rgb in COLOURS.items()} | {(255, 255, 255): "white"}
    for split in COUNTS:
        coco = COCO(str(written / f"{split}.json"))
        for annotation in coco.loadAnns(coco.getAnnIds()):
            with Image.open(written / "images" / coco.loadImgs(annotation["image_id"])[0]["file_name"]) as image:
                seen = {names[rgb] for _, rgb in image.getcolors()}
            assert set(annotation["caption"].split()) & set(COLOURS) <= seen


def test_no_scene_occurs_twice_in_any_splits(written):
    scenes = [shown(path) for path in (written / "images").iterdir()]
    assert len(set(scenes)) == len(scenes) == sum(COUNTS.values())


def test_the_same_seed_gives_the_same_bytes(written, tmp_path):
    write_scenes(tmp_path, 1, COUNTS)
    assert contents(tmp_path) == contents(written)


def test_another_seed_gives_other_images_and_captions(written, tmp_path):
    write_scenes(tmp_path, 2, COUNTS)
    other, first = contents(tmp_path), contents(written)
    assert other.keys() == first.keys()
    assert sum(other[path] == first[path] for path in first) <= 2


def test_more_training_images_leave_valid_and_test_as_they_are(written, tmp_path):
    write_scenes(tmp_path, 1, COUNTS | {"train": 80})
    more = contents(tmp_path)
    assert all(more[path] == data for path, data in contents(written).items() if not path.name.startswith("train"))


def test_a_call_that_fails_leaves_no_annotations_not_even_earlier_ones(tmp_path, monkeypatch):
    write_scenes(tmp_path, 1, COUNTS)
    monkeypatch.setattr(scene_captions, "draw", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_scenes(tmp_path, 2, COUNTS)
    assert not list(tmp_path.glob("*.json*"))


def interrupted(scene):
    raise KeyboardInterrupt


def test_more_images_than_scenes_are_refused_before_anything_is_written(tmp_path):
    with pytest.raises(UserError, match="fewer"):
        write_scenes(tmp_path / "scenes", 1, COUNTS | {"train": 40_000})
    assert not (tmp_path / "scenes").exists()


def test_no_caption_says_anything_false(captioned):
    false = [(caption, scene) for scene, captions in captioned for caption in captions if falsehoods(caption, scene)]
    assert false == []


@pytest.mark.parametrize(
    "caption",
    [
        "a blue circle above a square",
        "a red square",
        "a picture of a small circle",
        "the circle is below the square",
        "a circle with a square to the right of it",
        "a circle in the middle",
        "a circle at the top and a square at the bottom",
        "a circle next to a square",
        "a picture of a triangle",
    ],
)
def test_the_check_for_falsehoods_finds_them(caption):
    scene = (Thing("circle", "red", "large", 40, 8), Thing("square", "blue", "small", 8, 24))
    assert falsehoods(caption, scene)


def test_captions_are_lower_case_words_between_single_blanks(captioned):
    assert all(re.fullmatch("[a-z]+( [a-z]+)*", caption) for _, captions in captioned for caption in captions)


def test_captions_have_at_most_sixteen_words(captioned):
    assert max(len(caption.split()) for _, captions in captioned for caption in captions) <= 16


def test_indefinite_articles_agree_with_the_next_sound(captioned):
    text = " . ".join(caption for _, captions in captioned for caption in captions)
    following = {(article, first in "aeiou") for article, first in re.findall(r"\b(an?) (\w)", text)}
    assert following == {("a", False), ("an", True)}


def test_the_vocabulary_is_small_and_every_word_occurs_often_enough_to_be_learnt(captioned):
    counts = Counter(word for _, captions in captioned for caption in captions for word in caption.split())
    assert 40 <= len(counts) <= 60
    assert min(counts.values()) >= 10


@pytest.mark.parametrize("words", [COLOURS, SIZES], ids=["colours", "sizes"])
def test_many_scenes_have_captions_with_and_without(captioned, words):
    mentions = [[bool(set(words) & set(caption.split())) for caption in captions] for _, captions in captioned]
    assert np.mean([any(said) and not all(said) for said in mentions]) > 0.3


def test_captions_of_two_things_are_of_one_or_of_both_and_begin_with_either(captioned):
    named = [
        [tuple(SHAPES[noun] for _, noun in NOUN_PHRASE.findall(caption)) for caption in captions]
        for scene, captions in captioned
        if len(scene) == 2
    ]
    assert np.mean([len({len(shapes) for shapes in image}) == 2 for image in named]) > 0.5
    assert np.mean([len({shapes[0] for shapes in image}) == 2 for image in named]) > 0.8


def test_bleu_against_one_caption_is_far_from_bleu_against_four(captioned):
    metric = BLEU(tokenize="none")
    first, *others = zip(*(captions for _, captions in captioned), strict=True)
    against_one = metric.corpus_score(first, others[:1]).score
    against_four = metric.corpus_score(first, others).score
    assert against_four - against_one > 15


def test_a_scene_of_one_thing_is_described_without_another():
    scene = (Thing("cross", "orange", "small", 8, 40),)
    captions = captions_of(scene, numpy_generator(1, "test"))
    assert [falsehoods(caption, scene) for caption in captions] == [[]] * 5


def test_both_directions_are_said_of_a_diagonal_and_only_the_greater_distance_of_others():
    diagonal = (Thing("circle", "red", "large", 8, 8), Thing("square", "red", "large", 24, 24))
    slanting = (Thing("circle", "red", "large", 8, 8), Thing("square", "red", "large", 40, 24))
    assert directions(diagonal) == {"left", "right", "above", "over", "below", "under"}
    assert directions(slanting) == {"left", "right"}


def directions(scene):
    generator = numpy_generator(1, "test")
    text = " . ".join(caption for _ in range(100) for caption in captions_of(scene, generator))
    return set(re.findall(r"\b(left|right)(?= of\b)", text)) | set(re.findall(r"\b(above|over|below|under)\b", text))
