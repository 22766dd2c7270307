"""Make a small real parallel corpus: the one-line descriptions of Debian's packages, in English and another language.

Usage: python examples/debian_corpus.py de

It downloads two files, 8 MB together, and writes corpus.de and corpus.en: one description per line, shuffled. German
has about 12,900 pairs, of five words on average. The Debian Description Translation Project translated them; each text
has the licence of its package.
"""

import bz2
import lzma
import random
import re
import sys
from urllib.request import urlopen

RELEASE = "https://deb.debian.org/debian/dists/bookworm/main/i18n"


def descriptions(text: str) -> dict[tuple[str, str], str]:
    """Return the one-line descriptions of a Translation file, by package and digest of the English description."""
    fields = (dict(re.findall(r"^([\w-]+): (.*)", entry, re.MULTILINE)) for entry in text.split("\n\n"))
    return {
        (entry["Package"], entry["Description-md5"]): next(
            entry[name] for name in entry if re.fullmatch(r"Description-(?!md5$).+", name)
        )
        for entry in fields
        if "Package" in entry
    }


def pairs(english: str, translated: str) -> list[tuple[str, str]]:
    """Return translations and English descriptions, each pair once, in a random order that is always the same."""
    others, originals = descriptions(translated), descriptions(english)
    found = sorted({(other, originals[key]) for key, other in others.items() if key in originals})
    random.Random(1).shuffle(found)
    return found


def download(language: str) -> str:
    """Return the Translation file of a language; Debian compresses the English one in another way."""
    ending, decompress = ("xz", lzma.decompress) if language == "en" else ("bz2", bz2.decompress)
    with urlopen(f"{RELEASE}/Translation-{language}.{ending}") as answer:
        return decompress(answer.read()).decode("utf-8")


def main(language: str) -> None:
    """Write corpus.{language} and corpus.en."""
    found = pairs(download("en"), download(language))
    for side, name in enumerate((language, "en")):
        with open(f"corpus.{name}", "w", encoding="utf-8") as corpus:
            corpus.writelines(f"{pair[side]}\n" for pair in found)
    print(f"{len(found):,} pairs: corpus.{language}, corpus.en")


if __name__ == "__main__":
    main(*sys.argv[1:])
