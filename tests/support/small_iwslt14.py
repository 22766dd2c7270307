"""The archive of IWSLT 2014 in small."""

import io
import tarfile
from pathlib import Path

TEST_SETS = ("TED.tst2012", "TED.tst2010", "TEDX.dev2012", "TED.dev2010", "TED.tst2011")


def make_texts(pairs: int = 46) -> dict[str, str]:
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


def pack(path: Path, texts: dict[str, str]) -> Path:
    """Write texts as the archive; return its path."""
    with tarfile.open(path, "w:gz") as tar:
        for name, text in texts.items():
            info = tarfile.TarInfo(f"de-en/{name}")
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
    return path
