import gzip
from codecs import BOM_UTF8
from collections import Counter

import pytest

from erac_vaml.data.corpus import count_pairs, read_lines, split_words, within_limits
from erac_vaml.errors import UserError
from erac_vaml.operations.text_counts import count_text


def test_lines_end_only_at_a_line_feed(tmp_path):
    path = tmp_path / "text"
    path.write_bytes("a\u2028b\u0085c\x0bd\x0ce\nf\r\n\ng".encode())
    assert read_lines(path) == ["a\u2028b\u0085c\x0bd\x0ce", "f", "", "g"]


def test_gzipped_text_reads_like_plain_text(tmp_path):
    plain, packed = tmp_path / "text", tmp_path / "text.gz"
    plain.write_bytes("ä\nb\n".encode())
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read_lines(packed) == read_lines(plain) == ["ä", "b"]


def test_a_byte_order_mark_is_no_part_of_the_first_word(tmp_path):
    (tmp_path / "text").write_bytes("\ufeffa b\n".encode())
    assert read_lines(tmp_path / "text") == ["a b"]


def test_a_byte_order_mark_alone_is_no_line(tmp_path):
    mark, line = tmp_path / "mark", tmp_path / "line"
    mark.write_bytes(BOM_UTF8)
    line.write_bytes(BOM_UTF8 + b"a\n" + BOM_UTF8)
    assert (read_lines(mark), read_lines(line)) == ([], ["a", "\ufeff"])
    assert count_pairs(line, line) == 2
    with pytest.raises(UserError, match=r"mark has 0 lines, .*line has 2"):
        count_pairs(mark, line)
    with pytest.raises(UserError, match="mark: no lines"):
        count_pairs(mark, mark)


def test_tokens_end_at_blanks_and_keep_other_white_space():
    assert split_words("  a\u00a0b  c\u2028d\te\nf ") == ["a\u00a0b", "c\u2028d", "e", "f"]


def test_limits_are_inclusive_and_what_is_over_them_is_counted():
    dropped = Counter()
    pairs = [(["a"] * source, ["b"] * target) for source, target in ((4, 6), (6, 4), (4, 7), (7, 4), (11, 11), (0, 1))]
    assert within_limits(pairs, 10, 1.5, dropped) == pairs[:2]
    assert dropped == {"length ratio over 1.5": 2, "over 10 tokens": 1, "empty": 1}


def test_no_ratio_keeps_every_ratio():
    pairs = [(["a"], ["b"] * 9)]
    assert within_limits(pairs, 10, None, Counter()) == pairs


def test_a_small_gzip_that_holds_a_huge_text_is_refused(tmp_path):
    path = tmp_path / "text.gz"
    path.write_bytes(gzip.compress(bytes(2**26 + 1)))
    with pytest.raises(UserError, match=r"text\.gz: is over 67,108,864 bytes, more than a text of its size has"):
        read_lines(path)
    assert count_text(path) is None
