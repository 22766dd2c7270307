"""The mini data set of captioned images: rendered scenes, and captions from a seeded grammar in COCO's format.

All captions of an image are true. They differ like those of different people: in what they mention, in the order of
the shapes, and in the words.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from erac_vaml.data.scenes import DIFFERENT_SCENES, SIDE, Scene, Thing, different_scenes, draw
from erac_vaml.errors import UserError
from erac_vaml.files import write_json
from erac_vaml.randomness import numpy_generator

_Option = TypeVar("_Option")

CAPTIONS = 5
"""Captions per image, as in MSCOCO."""
LONGEST = 16
"""Maximum number of words in a caption."""

# The usual sentence or word is the first (`_choose`).
_ABOUT_ONE = (
    "a {one} {place}",
    "there is a {one} {place}",
    "a picture of a {one}",
    "the {one} is {place}",
    "{place} there is a {one}",
    "a {one} can be seen {place}",
    "a picture of a {one} {place}",
)
_ABOUT_TWO = (
    "a {one} {relation} a {other}",
    "a {one} is {relation} a {other}",
    "there is a {one} {relation} a {other}",
    "a picture of a {one} and a {other}",
    "a {one} with a {other} {opposite} it",
    "the {one} is {relation} the {other}",
    "a {one} {place} and a {other} {other_place}",
    "the picture shows a {one} and a {other}",
)
_NOUNS = {
    "circle": ("circle", "disc"),
    "square": ("square", "box"),
    "triangle": ("triangle",),
    "cross": ("cross", "plus"),
}
_SIZES = {"large": ("large", "big"), "small": ("small", "little")}
_COLUMNS = {0: ("on the left", "on the left side"), 2: ("on the right", "on the right side")}
_ROWS = {0: ("at the top",), 2: ("at the bottom",)}
_CORNERS = {
    (0, 0): ("in the top left corner", "in the upper left corner"),
    (2, 0): ("in the top right corner", "in the upper right corner"),
    (0, 2): ("in the bottom left corner", "in the lower left corner"),
    (2, 2): ("in the bottom right corner", "in the lower right corner"),
}
_MIDDLE = ("in the middle", "in the centre")
_LEFT_OF, _RIGHT_OF = ("to the left of", "left of"), ("to the right of", "right of")
_ABOVE, _BELOW, _BESIDE = ("above", "over"), ("below", "under"), ("next to", "beside")

_BOTH_SAID, _COLOUR_SAID, _SIZE_SAID = 0.8, 0.8, 0.4
"""Probabilities that a caption mentions the second shape, a shape's colour, and its size."""
_USUAL = 0.5
"""Share of the choices that take the usual sentence or word without a draw from all."""
_MOST_IMAGES = DIFFERENT_SCENES // 2
"""Maximum number of images of all splits together. To draw the last different scenes would take long."""
_EVALUATION_FIRST = ("valid", "test", "train")
"""Order in which splits are drawn, so that the number of training images does not change valid and test."""


def write_scenes(directory: Path, seed: int, counts: Mapping[str, int]) -> None:
    """Write `images/*.png` and then `{split}.json`, captions in COCO's annotation format.

    Args:
        directory: the folder; created if missing.
        seed: seed of scenes and captions; it and the counts determine all bytes.
        counts: images in "train", "valid" and "test". No scene is in two splits, or twice in one.

    Raises:
        UserError: there are not enough different scenes; nothing is written.
    """
    if sum(counts.values()) > _MOST_IMAGES:
        raise UserError(f"{sum(counts.values()):,} rendered scenes are too many; set {_MOST_IMAGES:,} images or fewer")
    numbered = enumerate(different_scenes(numpy_generator(seed, "scenes")), start=1)
    drawn = {split: list(islice(numbered, counts[split])) for split in _EVALUATION_FIRST}
    words = numpy_generator(seed, "scene captions")
    contents = {split: _annotated(split, scenes, words) for split, scenes in drawn.items()}
    images = directory / "images"
    images.mkdir(parents=True, exist_ok=True)
    for split in contents:
        # Annotations of an earlier call must not be found with images of this one.
        (directory / f"{split}.json").unlink(missing_ok=True)
    for split, scenes in drawn.items():
        for number, (_, scene) in enumerate(scenes):
            draw(scene).save(images / _file_name(split, number), format="PNG")
    for split, content in contents.items():
        write_json(directory / f"{split}.json", content, indent=None)


def captions_of(scene: Scene, generator: np.random.Generator) -> list[str]:
    """Return different true captions of a scene, in lower case, with single spaces and without punctuation."""
    captions: list[str] = []
    while len(captions) < CAPTIONS:
        caption = _caption(scene, generator)
        if caption not in captions and len(caption.split()) <= LONGEST:
            captions.append(caption)
    return captions


def _annotated(split: str, scenes: Sequence[tuple[int, Scene]], generator: np.random.Generator) -> dict[str, Any]:
    """Return a split's scenes, given with their ids, and captions in COCO's annotation format."""
    images, annotations = [], []
    for number, (image_id, scene) in enumerate(scenes):
        images.append({"id": image_id, "file_name": _file_name(split, number), "width": SIDE, "height": SIDE})
        annotations += [
            {"id": caption_id, "image_id": image_id, "caption": caption}
            for caption_id, caption in enumerate(captions_of(scene, generator), start=image_id * CAPTIONS)
        ]
    info = {"description": f"rendered scenes, {split}"}
    return {"info": info, "images": images, "annotations": annotations, "licenses": [], "type": "captions"}


def _file_name(split: str, number: int) -> str:
    return f"{split}-{number:05d}.png"


def _caption(scene: Scene, generator: np.random.Generator) -> str:
    """Return a caption that mentions one of a scene's shapes or both."""
    one, *others = (scene[place] for place in generator.permutation(len(scene)))
    phrases = {"one": _named(one, generator), "place": _place(one, generator)}
    pattern = _choose(_ABOUT_ONE, generator)
    if others and generator.random() < _BOTH_SAID:
        other = others[0]
        pattern = _choose(_ABOUT_TWO, generator)
        phrases |= {"other": _named(other, generator), "other_place": _place(other, generator)}
        phrases |= {"relation": _relation(one, other, generator), "opposite": _relation(other, one, generator)}
    return re.sub(r"\ba (?=[aeiou])", "an ", pattern.format(**phrases))


def _named(thing: Thing, generator: np.random.Generator) -> str:
    """Return the noun for a thing, perhaps with its size and colour."""
    words = [_choose(_SIZES[thing.size], generator)] if generator.random() < _SIZE_SAID else []
    words += [thing.colour] if generator.random() < _COLOUR_SAID else []
    return " ".join([*words, _choose(_NOUNS[thing.shape], generator)])


def _place(thing: Thing, generator: np.random.Generator) -> str:
    """Return where in the picture a thing is."""
    column, row = thing.column, thing.row
    corner, side, level = _CORNERS.get((column, row)), _COLUMNS.get(column), _ROWS.get(row)
    return _choose(_choose([words for words in (corner, side, level) if words] or [_MIDDLE], generator), generator)


def _relation(one: Thing, other: Thing, generator: np.random.Generator) -> str:
    """Return where one thing is relative to another, in the direction of the larger distance, or in either if equal."""
    right, down = one.column - other.column, one.row - other.row
    true = []
    if abs(right) >= abs(down):
        true.append(_RIGHT_OF if right > 0 else _LEFT_OF)
    if abs(down) >= abs(right):
        true.append(_BELOW if down > 0 else _ABOVE)
    if abs(right) == 1 and down == 0:
        true.append(_BESIDE)
    return _choose(_choose(true, generator), generator)


def _choose(options: Sequence[_Option], generator: np.random.Generator) -> _Option:
    """Return the first option, which is the usual one, or else any option at random."""
    return options[0 if generator.random() < _USUAL else int(generator.integers(len(options)))]
