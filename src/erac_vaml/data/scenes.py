"""Draw and render scenes of one or two coloured shapes on a white background.

The picture of a scene has 3×3 cells with at most one shape in each. The position of a shape within its cell is random;
no caption mentions it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

COLOURS = {
    "red": (214, 39, 40),
    "green": (40, 160, 60),
    "blue": (31, 90, 200),
    "orange": (255, 165, 0),
    "black": (20, 20, 20),
}
"""RGB, far from each other and from the background."""
RADII = {"large": 6, "small": 4}
"""Pixels from the centre of a shape to the sides of its bounding square, which is 2 · radius + 1 pixels wide."""
SHAPES = ("circle", "square", "triangle", "cross")
CELL = 16
"""Side of a cell in pixels: a large shape has room to move, and strided convolutions keep cells apart."""
SIDE = 3 * CELL
"""Side of a picture in pixels."""
DIFFERENT_SCENES = 43_560
"""Number of scenes that differ in more than positions within cells: 360 of one shape, 6 · 90 · 80 of two."""

_BACKGROUND = (255, 255, 255)
_TWO_SHAPES = 0.75
"""Share of the scenes with two shapes."""


@dataclass(frozen=True)
class Thing:
    """A shape in a scene."""

    shape: str
    colour: str
    size: str
    x: int
    """Pixels from the left side of the picture to the shape's centre."""
    y: int
    """Pixels from the top."""

    @property
    def column(self) -> int:
        """0 left, 1 middle, 2 right."""
        return self.x // CELL

    @property
    def row(self) -> int:
        """0 top, 1 middle, 2 bottom."""
        return self.y // CELL


Scene = tuple[Thing, ...]
"""One thing, or two of different shapes in different cells, so that "the circle" is never ambiguous."""


def different_scenes(generator: np.random.Generator) -> Iterator[Scene]:
    """Yield `DIFFERENT_SCENES` scenes that differ in more than positions within cells."""
    seen: set[frozenset[tuple[str, str, str, int, int]]] = set()
    while len(seen) < DIFFERENT_SCENES:
        scene = _scene(generator)
        shown = frozenset((thing.shape, thing.colour, thing.size, thing.column, thing.row) for thing in scene)
        if shown not in seen:
            seen.add(shown)
            yield scene


def draw(scene: Scene) -> Image.Image:
    """Return the picture of a scene, RGB, SIDE × SIDE."""
    image = Image.new("RGB", (SIDE, SIDE), _BACKGROUND)
    pen = ImageDraw.Draw(image)
    for thing in scene:
        _draw_thing(thing, pen)
    return image


def _scene(generator: np.random.Generator) -> Scene:
    count = 1 + int(generator.random() < _TWO_SHAPES)
    shapes = generator.permutation(len(SHAPES))[:count]
    cells = generator.permutation(9)[:count]
    return tuple(_thing(SHAPES[shape], int(cell), generator) for shape, cell in zip(shapes, cells, strict=True))


def _thing(shape: str, cell: int, generator: np.random.Generator) -> Thing:
    colour, size = (tuple(names)[generator.integers(len(names))] for names in (COLOURS, RADII))
    # One pixel of the cell stays free on each side, so that neighbours never touch.
    lowest, highest = RADII[size] + 1, CELL - RADII[size] - 2
    x, y = (CELL * place + int(generator.integers(lowest, highest + 1)) for place in (cell % 3, cell // 3))
    return Thing(shape, colour, size, x, y)


def _draw_thing(thing: Thing, pen: ImageDraw.ImageDraw) -> None:
    x, y, radius, colour = thing.x, thing.y, RADII[thing.size], COLOURS[thing.colour]
    left, top, right, bottom = x - radius, y - radius, x + radius, y + radius
    match thing.shape:
        case "circle":
            pen.ellipse((left, top, right, bottom), fill=colour)
        case "square":
            pen.rectangle((left, top, right, bottom), fill=colour)
        case "triangle":
            pen.polygon([(x, top), (left, bottom), (right, bottom)], fill=colour)
        case "cross":
            arm = radius // 3
            pen.rectangle((left, y - arm, right, y + arm), fill=colour)
            pen.rectangle((x - arm, top, x + arm, bottom), fill=colour)
