"""Numbers in words."""

import pytest

from erac_vaml.operations.wording import counted, duration, hours, size, some


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (duration(45), "45 s"),
        (duration(59.7), "1 min"),
        (duration(3600), "1 h 00 min"),
        (duration(12_000), "3 h 20 min"),
        (duration(86_399), "1 d 0 h"),
        (hours(0), "0"),
        (hours(1), "<0.001"),
        (hours(1260), "0.35"),
        (hours(15_120), "4.2"),
        (hours(3600 * 1234), "1,234"),
        (size(999), "999 B"),
        (size(3_400_000), "3.4 MB"),
        (size(56e9), "56 GB"),
        (size(1e12), "1.0 TB"),
        (some(["a", "b", "c", "d"]), "a, b, c and 1 more"),
        (counted(1, "run"), "1 run"),
        (counted(2000, "run"), "2,000 runs"),
    ],
)
def test_numbers_read_as_people_write_them(found, wanted):
    assert found == wanted
