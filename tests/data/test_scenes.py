import colorsys
from itertools import combinations, islice, product

import numpy as np
import pytest
from scipy import ndimage

from erac_vaml.data.scenes import CELL, COLOURS, DIFFERENT_SCENES, RADII, SHAPES, Thing, different_scenes, draw
from erac_vaml.randomness import numpy_generator

THINGS = list(product(SHAPES, COLOURS, RADII))


@pytest.fixture(scope="module")
def scenes():
    return list(islice(different_scenes(numpy_generator(1, "test")), 500))


def colour_name(pixel):
    """Return the name of a colour, by its hue in degrees."""
    hue, _, value = colorsys.rgb_to_hsv(*(pixel / 255))
    if value < 0.2:
        return "black"
    hues = {"red": (-20, 15), "orange": (25, 45), "green": (100, 140), "blue": (200, 240)}
    degrees = (360 * hue + 180) % 360 - 180 if hue > 0.9 else 360 * hue
    return next(name for name, (low, high) in hues.items() if low <= degrees <= high)


def shape_name(filled):
    """Return the name of a shape, by the corners of its bounding box and its share of the box."""
    corners = filled[[0, 0, -1, -1], [0, -1, 0, -1]].tolist()
    if all(corners):
        return "square"
    if corners == [False, False, True, True]:
        return "triangle"
    return "circle" if filled.mean() > 0.7 else "cross"


def boxes(pixels):
    """Return the bounding boxes of the connected parts of a drawing, as pairs of slices."""
    return ndimage.find_objects(ndimage.label((pixels != 255).any(axis=2), np.ones((3, 3)))[0])


def test_every_thing_looks_as_it_is_said_to_be():
    for shape, colour, size in THINGS:
        pixels = np.asarray(draw((Thing(shape, colour, size, 24, 24),)))
        (box,) = boxes(pixels)
        drawn = pixels[box][(pixels[box] != 255).any(axis=2)]
        assert {colour_name(pixel) for pixel in drawn} == {colour}
        assert shape_name((pixels[box] != 255).any(axis=2)) == shape


def test_large_things_are_wider_and_higher_than_small_ones():
    extent = {"large": set(), "small": set()}
    for shape, colour, size in THINGS:
        (box,) = boxes(np.asarray(draw((Thing(shape, colour, size, 24, 24),))))
        extent[size] |= {side.stop - side.start for side in box}
    assert min(extent["large"]) >= 1.4 * max(extent["small"])


def test_things_lie_where_they_are_said_to_be(scenes):
    for scene in scenes:
        places = {
            (int((box[1].start + box[1].stop - 1) / 2), int((box[0].start + box[0].stop - 1) / 2))
            for box in boxes(np.asarray(draw(scene)))
        }
        assert places == {(thing.x, thing.y) for thing in scene}


def test_things_stay_within_their_cells_and_never_touch(scenes):
    for scene in scenes:
        cells = [(box[0].start // CELL, box[1].start // CELL) for box in boxes(np.asarray(draw(scene)))]
        ends = [((box[0].stop - 1) // CELL, (box[1].stop - 1) // CELL) for box in boxes(np.asarray(draw(scene)))]
        assert cells == ends
        assert sorted(cells) == sorted((thing.row, thing.column) for thing in scene)


def test_the_two_things_of_a_scene_have_different_shapes(scenes):
    assert all(len({thing.shape for thing in scene}) == len(scene) for scene in scenes)


def test_a_quarter_of_the_scenes_has_one_thing(scenes):
    assert 0.2 < np.mean([len(scene) == 1 for scene in scenes]) < 0.3


def test_every_kind_of_thing_occurs_in_every_cell(scenes):
    occurring = {(thing.shape, thing.row, thing.column) for scene in scenes for thing in scene}
    assert occurring == set(product(SHAPES, range(3), range(3)))
    assert {(thing.shape, thing.colour, thing.size) for scene in scenes for thing in scene} == set(THINGS)


def test_no_two_scenes_are_alike_but_for_places_within_cells(scenes):
    shown = {frozenset((t.shape, t.colour, t.size, t.x // CELL, t.y // CELL) for t in scene) for scene in scenes}
    assert len(shown) == len(scenes)


def test_the_number_of_different_scenes_is_that_of_a_full_list():
    single = list(product(SHAPES, COLOURS, RADII, range(9)))
    double = [(one, other) for one, other in combinations(single, 2) if one[0] != other[0] and one[3] != other[3]]
    assert len(single) + len(double) == DIFFERENT_SCENES
