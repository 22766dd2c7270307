import hashlib
from dataclasses import replace

import pytest
from server import serving
from small_iwslt14 import make_texts, pack

from erac_vaml.config.datasets import Iwslt14Dataset
from erac_vaml.config.published import IWSLT14
from erac_vaml.data import iwslt14 as module
from erac_vaml.data.iwslt14 import iwslt14_pairs, segments, training_lines
from erac_vaml.errors import UserError


@pytest.fixture
def archive(tmp_path):
    return pack(tmp_path / "de-en.tgz", make_texts())


@pytest.fixture
def server(archive):
    with serving({"/de-en.tgz": archive.read_bytes(), "/login/de-en.tgz": b"<html>Sign in</html>"}) as subject:
        yield subject


def fetched(server, target, *paths, **settings):
    """Prepare from a download from these paths of the server; return the pairs of train."""
    urls = [server.url + path for path in paths or ["/de-en.tgz"]]
    return iwslt14_pairs(Iwslt14Dataset(urls=urls, **settings), target)[0]["train"]


def test_metadata_goes_and_titles_stay_without_tags():
    text = (
        "<url>u</url>\n<talkid>1</talkid>\n<keywords>k</keywords>\n<title>T</title>\n<description>D</description>\nx\n"
    )
    assert training_lines(text) == ["T", "D", "x"]


def test_segments_are_taken_without_their_margins():
    assert segments('<doc>\n<seg id="1"> a\u2028b </seg>\n<seg id="12">c</seg>\n</doc>\n') == ["a\u2028b", "c"]


def test_segments_without_an_end_are_left_out_however_long_they_are():
    blanks = " " * 100_000
    assert segments(f'<seg id="1">{blanks}\n<seg id="2">{blanks}a{blanks}</seg>' + '<seg id="' * 100_000) == ["a"]


def test_every_twenty_third_clean_pair_is_valid(archive, tmp_path):
    splits, _ = iwslt14_pairs(Iwslt14Dataset(archive=str(archive)), tmp_path)
    assert splits["valid"] == [(["wort", "23"], ["wort", "23"]), (["wort", "46"], ["wort", "46"])]
    assert [int(source[1]) for source, _ in splits["train"]] == [*range(1, 23), *range(24, 46)]


def test_the_cleaning_counts_what_it_drops(archive, tmp_path):
    _, dropped = iwslt14_pairs(Iwslt14Dataset(archive=str(archive)), tmp_path)
    assert dropped == {"empty": 2, "length ratio over 1.5": 1, "over 50 tokens": 1}


def test_the_five_sets_make_the_test_set_in_the_recipes_order(archive, tmp_path):
    splits, _ = iwslt14_pairs(Iwslt14Dataset(archive=str(archive)), tmp_path)
    assert [source[0] for source, _ in splits["test"]] == [
        "ted.dev2010",
        "tedx.dev2012",
        "ted.tst2010",
        "ted.tst2011",
        "ted.tst2012",
    ]
    assert splits["test"][0][1] == ["ted.dev2010", "it", "&apos;s", "en"]


def test_a_download_is_kept_with_its_checksum(archive, server, tmp_path, capsys):
    target = tmp_path / "data"
    assert len(fetched(server, target)) == 44
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    assert (target / "de-en.tgz.sha256").read_text() == f"{digest}\n"
    assert sorted(path.name for path in target.iterdir()) == ["de-en.tgz", "de-en.tgz.sha256"]
    said = capsys.readouterr().out
    assert f"has {archive.stat().st_size:,} bytes, the published one 19,982,877" in said
    assert f"{target}/de-en.tgz: sha256 {digest}\n" in said


def test_the_published_bytes_are_known(archive, server, tmp_path, capsys, monkeypatch):
    content = archive.read_bytes()
    known = replace(IWSLT14, size=len(content), checksum=hashlib.md5(content).hexdigest())
    monkeypatch.setattr(module, "IWSLT14", known)
    fetched(server, tmp_path / "data")
    assert "warning" not in capsys.readouterr().out


def test_what_is_no_archive_is_thrown_away_and_the_next_mirror_tried(server, tmp_path, capsys):
    assert len(fetched(server, tmp_path / "data", "/login/de-en.tgz", "/none/de-en.tgz", "/de-en.tgz")) == 44
    said = capsys.readouterr().out
    assert "/login/de-en.tgz: sent something else: damaged, or not a tar archive (" in said
    assert "/none/de-en.tgz: HTTP 404 Not Found" in said


def test_a_tar_file_of_something_else_is_no_archive(server, tmp_path):
    server.files["/de-en.tgz"] = pack(tmp_path / "other.tgz", {"readme": "text"}).read_bytes()
    with pytest.raises(UserError) as told:
        fetched(server, tmp_path / "data")
    assert str(told.value) == (
        f"de-en.tgz (19,982,877 bytes) cannot be fetched: {server.url}/de-en.tgz: sent something else: has no "
        "train.tags.de-en.de; run it again, or fetch it by hand and give its path as `archive`"
    )
    assert list((tmp_path / "data").iterdir()) == []


def test_a_login_page_that_an_older_version_kept_is_replaced(server, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "de-en.tgz").write_text("<html>Sign in</html>")
    assert len(fetched(server, tmp_path / "data")) == 44


def test_a_kept_download_is_not_fetched_again(server, tmp_path):
    fetched(server, tmp_path / "data")
    server.files.clear()
    assert len(fetched(server, tmp_path / "data")) == 44


def test_a_download_that_changed_is_refused(archive, tmp_path):
    (tmp_path / "de-en.tgz.sha256").write_text("0" * 64 + "\n")
    with pytest.raises(UserError, match=r"de-en\.tgz: its sha256 is [0-9a-f]{64}, not 0{64}; delete it"):
        iwslt14_pairs(Iwslt14Dataset(), tmp_path)


def test_a_download_with_another_checksum_never_has_its_name(server, tmp_path):
    target = tmp_path / "data"
    with pytest.raises(UserError, match=r"de-en\.tgz: its sha256 is .*, not a{64}"):
        fetched(server, target, sha256="a" * 64)
    assert list(target.iterdir()) == []


def test_what_was_recorded_at_first_sight_is_expected_of_the_next_download(server, tmp_path):
    target = tmp_path / "data"
    target.mkdir()
    (target / "de-en.tgz.sha256").write_text("0" * 64 + "\n")
    with pytest.raises(UserError, match=r"its sha256 is .*, not 0{64}"):
        fetched(server, target)
    assert [path.name for path in target.iterdir()] == ["de-en.tgz.sha256"]


@pytest.mark.parametrize(
    ("member", "part"), [("train.tags.de-en.en", "train.tags"), ("IWSLT14.TED.tst2011.de-en.en.xml", "test sets")]
)
def test_sides_of_unequal_length_are_refused(tmp_path, member, part):
    texts = make_texts()
    texts[member] = texts[member].replace("Wort 9\n", "").replace("seg", "sag")
    with pytest.raises(UserError, match=rf"its {part} has (\d+) German, (?!\1)\d+ English lines"):
        iwslt14_pairs(Iwslt14Dataset(archive=str(pack(tmp_path / "a.tgz", texts))), tmp_path)


def test_a_test_sentence_without_a_word_is_refused(tmp_path):
    texts = make_texts()
    texts["IWSLT14.TEDX.dev2012.de-en.en.xml"] = '<seg id="1"> </seg>\n'
    with pytest.raises(UserError, match="sentence 2 of its test sets has no word"):
        iwslt14_pairs(Iwslt14Dataset(archive=str(pack(tmp_path / "a.tgz", texts))), tmp_path)
