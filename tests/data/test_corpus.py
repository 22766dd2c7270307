import gzip
from collections import Counter

import pytest

from erac_vaml.data.corpus import read_lines, read_pairs, refuse_empty, split_words, within_limits
from erac_vaml.data.tokenise import lower, tokenise
from erac_vaml.errors import UserError


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


def test_tokens_end_at_blanks_and_keep_other_white_space():
    assert split_words("  a\u00a0b  c\u2028d\te\nf ") == ["a\u00a0b", "c\u2028d", "e", "f"]


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UserError, match=r"absent: No such file or directory; check the path"):
        read_lines(tmp_path / "absent")


def test_bytes_that_are_not_utf8_are_named_with_their_line(tmp_path):
    (tmp_path / "text").write_bytes(b"a\nb\n\xe4c\n")
    with pytest.raises(UserError, match=r"text:3: not UTF-8; convert it"):
        read_lines(tmp_path / "text")


@pytest.mark.parametrize("data", [b"no gzip", gzip.compress(b"a\n" * 999, mtime=0)[:-9]])
def test_a_damaged_gzip_is_named(tmp_path, data):
    (tmp_path / "text.gz").write_bytes(data)
    with pytest.raises(UserError, match=r"text\.gz: damaged gzip"):
        read_lines(tmp_path / "text.gz")


def test_unequal_line_counts_are_both_said(tmp_path):
    (tmp_path / "de").write_text("a\nb\nc\n")
    (tmp_path / "en").write_text("a\nb\n")
    with pytest.raises(UserError, match=r"de has 3 lines, .*en has 2: make"):
        read_pairs(tmp_path / "de", tmp_path / "en")


def test_a_corpus_without_lines_is_refused(tmp_path):
    (tmp_path / "de").touch()
    with pytest.raises(UserError, match=r"de: no lines"):
        read_pairs(tmp_path / "de", tmp_path / "de")


def test_a_line_without_tokens_is_named(tmp_path):
    with pytest.raises(UserError, match=r"de:2: empty line; delete it, and line 2"):
        refuse_empty([["a"], []], tmp_path / "de")


def test_limits_are_inclusive_and_what_is_over_them_is_counted():
    dropped = Counter()
    pairs = [(["a"] * source, ["b"] * target) for source, target in ((4, 6), (6, 4), (4, 7), (7, 4), (11, 11), (0, 1))]
    assert within_limits(pairs, 10, 1.5, dropped) == pairs[:2]
    assert dropped == {"length ratio over 1.5": 2, "over 10 tokens": 1, "empty": 1}


def test_no_ratio_keeps_every_ratio():
    pairs = [(["a"], ["b"] * 9)]
    assert within_limits(pairs, 10, None, Counter()) == pairs


@pytest.mark.parametrize(
    ("raw", "tokens"),
    [
        ("It's “R&amp;D”, isn’t it?", "it &apos;s “ r &amp; amp ; d ” , isn &apos;t it ?"),
        ('He said: "Mr. Smith [left]."', "he said : &quot; mr. smith &#91; left &#93; . &quot;"),
    ],
)
def test_english_is_tokenised_as_in_the_published_sets(raw, tokens):
    assert lower(tokenise([raw], "en")) == [tokens.split(" ")]


def test_white_space_of_raw_text_parts_words():
    assert tokenise(["a\u00a0b\u2028c", "\u00a0"], "de") == [["a", "b", "c"], []]
