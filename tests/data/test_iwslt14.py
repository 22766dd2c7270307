import hashlib
import io
import tarfile
from collections.abc import Iterator
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from threading import Thread

import pytest

from erac_vaml.config.datasets import Iwslt14Dataset
from erac_vaml.data.iwslt14 import iwslt14_pairs, segments, training_lines
from erac_vaml.errors import UserError

TEST_SETS = ("TED.tst2012", "TED.tst2010", "TEDX.dev2012", "TED.dev2010", "TED.tst2011")


def make_texts(pairs=46):
    """Return the twelve texts of the archive, with `pairs` clean training pairs and four that the cleaning drops."""
    texts = {}
    for language in ("de", "en"):
        lines = ["<url>http://x</url>", "<talkid>1</talkid>", "<keywords>k</keywords>", "<title>Wort 1</title>"]
        lines += [f"Wort {number}" for number in range(2, pairs + 1)]
        lines += ["", "x", "a b c" if language == "de" else "a b", "wort " * 51]
        lines[-3] = "x" if language == "de" else ""
        lines[-2] = "a b c d" if language == "de" else "a b"
        texts[f"train.tags.de-en.{language}"] = "".join(f"{line}\n" for line in lines)
        for name in TEST_SETS:
            seg = f'<doc>\n<title>T</title>\n<seg id="1"> {name} It’s {language} </seg>\n</doc>\n'
            texts[f"IWSLT14.{name}.de-en.{language}.xml"] = seg
    return texts


def pack(path, texts):
    with tarfile.open(path, "w:gz") as tar:
        for name, text in texts.items():
            info = tarfile.TarInfo(f"de-en/{name}")
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
    return path


@pytest.fixture
def archive(tmp_path):
    return pack(tmp_path / "de-en.tgz", make_texts())


@pytest.fixture
def server(archive, monkeypatch) -> Iterator[str]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with HTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=archive.parent)) as http:
        Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()


def test_metadata_goes_and_titles_stay_without_tags():
    text = (
        "<url>u</url>\n<talkid>1</talkid>\n<keywords>k</keywords>\n<title>T</title>\n<description>D</description>\nx\n"
    )
    assert training_lines(text) == ["T", "D", "x"]


def test_segments_are_taken_without_their_margins():
    assert segments('<doc>\n<seg id="1"> a\u2028b </seg>\n<seg id="12">c</seg>\n</doc>\n') == ["a\u2028b", "c"]


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


def test_a_download_is_kept_with_its_checksum(archive, server, tmp_path):
    target = tmp_path / "data"
    settings = Iwslt14Dataset(url=f"{server}/de-en.tgz")
    splits, _ = iwslt14_pairs(settings, target)
    assert len(splits["train"]) == 44
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    assert (target / "de-en.tgz.sha256").read_text() == f"{digest}\n"
    assert sorted(path.name for path in target.iterdir()) == ["de-en.tgz", "de-en.tgz.sha256"]


def test_what_is_no_archive_is_not_expected_of_the_next_download(server, tmp_path):
    (tmp_path / "data").mkdir()
    kept = tmp_path / "data" / "de-en.tgz"
    kept.write_text("<html>Sign in</html>")
    settings = Iwslt14Dataset(url=f"{server}/de-en.tgz")
    with pytest.raises(UserError, match=r"de-en\.tgz: damaged, or no tar archive .*; fetch it again"):
        iwslt14_pairs(settings, tmp_path / "data")
    kept.unlink()
    assert len(iwslt14_pairs(settings, tmp_path / "data")[0]["train"]) == 44


def test_a_kept_download_is_not_fetched_again(archive, tmp_path):
    unreachable = Iwslt14Dataset(url="http://127.0.0.1:9/de-en.tgz")
    assert len(iwslt14_pairs(unreachable, tmp_path)[0]["train"]) == 44


def test_a_download_that_changed_is_refused(archive, tmp_path):
    (tmp_path / "de-en.tgz.sha256").write_text("0" * 64 + "\n")
    with pytest.raises(UserError, match=r"de-en\.tgz: its sha256 is [0-9a-f]{64}, not 0{64}; delete it"):
        iwslt14_pairs(Iwslt14Dataset(), tmp_path)


def test_a_download_with_another_checksum_never_has_its_name(server, tmp_path):
    target = tmp_path / "data"
    with pytest.raises(UserError, match=r"de-en\.tgz: its sha256 is .*, not a{64}"):
        iwslt14_pairs(Iwslt14Dataset(url=f"{server}/de-en.tgz", sha256="a" * 64), target)
    assert list(target.iterdir()) == []


def test_what_was_recorded_at_first_sight_is_expected_of_the_next_download(server, tmp_path):
    target = tmp_path / "data"
    target.mkdir()
    (target / "de-en.tgz.sha256").write_text("0" * 64 + "\n")
    with pytest.raises(UserError, match=r"its sha256 is .*, not 0{64}"):
        iwslt14_pairs(Iwslt14Dataset(url=f"{server}/de-en.tgz"), target)
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
