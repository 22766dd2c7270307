"""Damaged data: the command, how the files are spoilt before it, and words that its error message must contain."""

import gzip

import numpy as np
from spoil import (
    all_of,
    change,
    configure,
    copy,
    cut,
    delete,
    make_folder,
    make_pipe,
    nothing,
    pack,
    replace,
    save,
    write,
)

TEXT, GIVEN = "results/small/data/text", "results/small/data/given"
NO_ARRAY = ("features.npy: no array that can be read", "; save it with numpy.save")
NO_ARCHIVE = ("de-en.tgz: damaged, or not a tar archive", "; fetch it again")
GZIP = ("train.de.gz: damaged gzip", "; copy the file again")
AGAIN, FEATURES_AGAIN = "; prepare the data set again", "; make the features again"

WHOLE_NUMBERS = np.ones((4, 3), int)
OBJECTS = np.array([["x", None, 1]] * 4, object)
HOLE = np.array([[1, 2, 3], [1, np.nan, 3], [1, 2, 3], [1, 2, 3]], np.float32)
LONG_HEADER = b"\x93NUMPY\x02\x00\xff\xff\x0f\x00" + b" " * 0xFFFFF
BOMB = gzip.compress(bytes(2**26 + 1))
ELSEWHERE = {"kind": "iwslt14", "urls": ["file:///etc/hostname"]}


def reversed_lines(content: bytes) -> bytes:
    """Return the lines of a text in reverse order."""
    return b"".join(reversed(content.splitlines(keepends=True)))


def zeroed(content: bytes) -> bytes:
    """Return zero bytes of the same length."""
    return bytes(len(content))


DATA = {
    "prepare --dataset text": {
        "missing": (delete("train.de"), "train.de: No such file or directory; check the path"),
        "folder": (make_folder("train.de"), "train.de: Is a directory; check the path"),
        "pipe": (make_pipe("train.de"), "train.de: is a pipe or a device; give a regular file"),
        "not UTF-8": (write("train.en", b"a dog\n\xe4\n"), "train.en:2: not UTF-8; convert it"),
        "unequal lines": (write("train.en", "a\n"), "train.de has 2 lines, train.en has 1: make line n"),
        "empty": (all_of(write("test.de", ""), write("test.en", "")), "test.de: no lines; give at least one"),
        "empty line": (write("train.de", "ein hund\n\n"), "train.de:2: empty line; delete it, and line 2"),
        "too long": (configure("datasets.text.max_length", 1), "text: no pair of train is left", "; raise max_length"),
        "rare words": (configure("datasets.text.min_count", 9), "text: no source word occurs 9", "; lower min_count"),
    },
    "prepare --dataset zipped": {
        "no gzip": (write("train.de.gz", "text"), *GZIP),
        "cut": (cut("train.de.gz"), *GZIP),
        "changed": (change("train.de.gz", lambda content: content[:-8] + bytes(8)), *GZIP),
        "bomb": (
            write("train.de.gz", BOMB),
            "train.de.gz: is over 67,108,864 bytes, more than a text of its size has",
        ),
    },
    "prepare --dataset pictures": {
        "image missing": (delete("images/2.png"), "images/2.png: no such image; set `images`"),
        "image without caption": (write("valid.txt", "\n9.png\n"), "valid.txt:2: image 9.png has no", "; add one"),
        "image in two splits": (write("valid.txt", "1.png\n"), "valid.txt", "1.png is in both train and valid; keep"),
        "captions in two files": (
            all_of(
                write("more.tsv", "2.png\ta dog again\n"),
                configure("datasets.pictures.captions", ["captions.tsv", "more.tsv"]),
            ),
            "more.tsv: image 2.png has captions in captions.tsv too; put them in one file",
        ),
        "column missing": (write("captions.tsv", "1.png a dog\n"), "captions.tsv:1: no image and", "; write both"),
        "split without images": (write("valid.txt", ""), "pictures: no captioned image of valid is left", "; name"),
    },
    "prepare --dataset annotated": {
        "no JSON": (cut("captions.json"), "captions.json: ", "Invalid JSON", "; give COCO's"),
        "deep JSON": (write("captions.json", "[" * 100_000), "captions.json: ", "recursion", "; give COCO's"),
        "number for an image": (replace("captions.json", '"images": [', '"images": [1, '), "images.0: ", "; give"),
        "image without number": (replace("captions.json", '"id": 1, "file', '"file'), "images.0.id: Field required"),
        "number for a caption": (replace("captions.json", '"a dog"', "3"), "annotations.0.caption: ", "; give COCO's"),
        "caption without image": (
            replace("captions.json", '"image_id": 4', '"image_id": 9'),
            "belongs to image 9",
            "; correct",
        ),
        "file name twice": (
            replace("captions.json", '"2.png"', '"1.png"'),
            "captions.json: images 1 and 2 have one file name, 1.png; give all captions to one of them",
        ),
        "negative number": (
            replace("captions.json", '"id": 1, "file', '"id": -1, "file'),
            "images.0.id: is neither a whole number from 0 on nor a name",
            "; give COCO's",
        ),
        "number with a tab": (
            replace("captions.json", '"id": 1, "file', '"id": "1\\t", "file'),
            "images.0.id: is neither a whole number from 0 on nor a name",
            "; give COCO's",
        ),
        "name with a tab": (replace("captions.json", '"1.png"', '"1\\t.png"'), "images.0.file_name: ", "; give COCO's"),
    },
    "prepare --dataset coco": {
        "split of another form": (write("split.json", '{"images": [{}]}'), "split.json: images.0.split: Field"),
        "image twice": (replace("split.json", "2.png", "1.png"), "split.json: image 1.png is twice in train; keep"),
        "image without caption": (
            replace("split.json", '"cocoid": 4', '"cocoid": 9'),
            "image 9 has no caption in captions.json or",
            "; give",
        ),
    },
    "prepare --dataset absent": {
        "no address": (
            nothing,
            "annotations_trainval2014.zip (252,872,794 bytes) cannot be fetched: file:///annotations_trainval2014.zip",
            "or fetch it by hand and put it at absent/annotations_trainval2014.zip",
        ),
        "other file by hand": (
            all_of(lambda folder: (folder / "absent").mkdir(), write("absent/annotations_trainval2014.zip", "<html>")),
            "absent/annotations_trainval2014.zip: damaged, or not a zip archive (File is not a zip file); delete it",
        ),
    },
    "features --dataset given": {
        "missing": (delete("features.npy"), "features.npy: no such file; make the features first"),
        "pipe": (make_pipe("features.npy"), "features.npy: is a pipe or a device; give a regular file"),
        "a row too few": (save("features.npy", HOLE[1:]), "ids.txt has 4 lines, features.npy 3 rows: make"),
        "one-dimensional": (save("features.npy", HOLE[0]), "features.npy: is (3,) of float32; save floats"),
        "without width": (save("features.npy", HOLE[:, :0]), "features.npy: is (4, 0) of float32; save floats"),
        "whole numbers": (save("features.npy", WHOLE_NUMBERS), "features.npy: is (4, 3) of int64; save floats"),
        "text": (write("features.npy", "text"), *NO_ARRAY),
        "empty": (write("features.npy", ""), *NO_ARRAY),
        "cut": (cut("features.npy", 0.9), *NO_ARRAY),
        "long header": (write("features.npy", LONG_HEADER), *NO_ARRAY),
        "broken header": (replace("features.npy", "}", "("), *NO_ARRAY),
        "pickled objects": (save("features.npy", OBJECTS), *NO_ARRAY),
        "NaN": (save("features.npy", HOLE), "features.npy: row 1 (2.png) has NaN or infinity; make that row again"),
        "image without a row": (replace("ids.txt", "2.png", "9.png"), "features.npy: no row for image 2.png"),
        "name twice": (replace("ids.txt", "2.png", "1.png"), "ids.txt: 1.png is named 2 times; name each image once"),
    },
    f"features --dataset pictures --output {GIVEN}": {
        "damaged image": (write("images/2.png", "text"), "images/2.png: cannot be read", "; copy the image again"),
        "pipe for an image": (make_pipe("images/2.png"), "images/2.png: is a pipe or a device; give a regular file"),
    },
    "prepare --dataset iwslt14": {
        "missing": (delete("de-en.tgz"), "de-en.tgz: No such file or directory; give the path"),
        "pipe": (make_pipe("de-en.tgz"), "de-en.tgz: is a pipe or a device; give a regular file"),
        "text": (write("de-en.tgz", "<html>404</html>"), *NO_ARCHIVE),
        "cut": (cut("de-en.tgz"), *NO_ARCHIVE),
        "member missing": (pack("de-en.tgz", {"a": ""}), "de-en.tgz: has no train.tags.de-en.de; give the official"),
        "other checksum": (configure("datasets.iwslt14.sha256", "0" * 64), "de-en.tgz: its sha256 is", "; delete it"),
        "from a file": (
            configure("datasets.iwslt14", ELSEWHERE),
            "file:///etc/hostname: not an address",
            "and give its",
        ),
    },
    "train --run runs/mt/vaml/critic1-actor1 --device cpu": {
        "ids missing": (delete(f"{TEXT}/test.npz"), f"{TEXT}/test.npz: is missing", AGAIN),
        "ids cut": (cut(f"{TEXT}/test.npz"), f"{TEXT}/test.npz: has", AGAIN),
        "ids empty": (write(f"{TEXT}/test.npz", ""), f"{TEXT}/test.npz: has 0 bytes", AGAIN),
        "ids of captions": (copy(f"{GIVEN}/test.npz", f"{TEXT}/test.npz"), f"{TEXT}/test.npz: has", AGAIN),
        "ids zeroed": (change(f"{TEXT}/test.npz", zeroed), f"{TEXT}/test.npz: was changed", AGAIN),
        "vocabulary missing": (delete(f"{TEXT}/vocabulary.source.txt"), "source.txt: is missing", AGAIN),
        "vocabulary cut": (cut(f"{TEXT}/vocabulary.target.txt"), "vocabulary.target.txt: has", AGAIN),
        "vocabulary reversed": (change(f"{TEXT}/vocabulary.target.txt", reversed_lines), "target.txt: was cha", AGAIN),
        "references missing": (delete(f"{TEXT}/valid.target.txt"), "valid.target.txt: is missing", AGAIN),
        "references permuted": (change(f"{TEXT}/test.target.txt", reversed_lines), "test.target.txt: was cha", AGAIN),
        "statistics missing": (delete(f"{TEXT}/statistics.json"), "statistics.json: no such file", AGAIN),
        "statistics garbage": (write(f"{TEXT}/statistics.json", "garbage"), "statistics.json: damaged", AGAIN),
        "statistics cut": (cut(f"{TEXT}/statistics.json"), "statistics.json: damaged", AGAIN),
        "other settings": (
            configure("datasets.text.max_length", 7),
            f"{TEXT}: was prepared with other settings, max_length was 50, is 7" + AGAIN,
        ),
    },
    "train --run runs/captioning/raml/seed1 --device cpu": {
        "ids of text": (copy(f"{TEXT}/test.npz", f"{GIVEN}/test.npz"), f"{GIVEN}/test.npz: has", AGAIN),
        "images without columns": (replace(f"{GIVEN}/images.tsv", "\t", " "), f"{GIVEN}/images.tsv: was cha", AGAIN),
        "features missing": (delete(f"{GIVEN}/features.npy"), f"{GIVEN}/features.npy: is missing", FEATURES_AGAIN),
        "features zeroed": (change(f"{GIVEN}/features.npy", zeroed), "features.npy: was changed", FEATURES_AGAIN),
        "features of others": (replace(f"{GIVEN}/features.ids.txt", "1.png", "9"), "ids.txt: has", FEATURES_AGAIN),
        "no record of features": (delete(f"{GIVEN}/features.json"), "features.json: no such file", FEATURES_AGAIN),
    },
}
