"""The provenance of the numbers on the page, and its warnings."""

from fake_results import usual_manifest

from erac_vaml.page.provenance import provenance
from erac_vaml.runs.manifest import DataRecord, Manifest


def manifest(code="c0ffee", digest="aa", packages="torch 2.13.0"):
    name, version = packages.split()
    made_of = {"code": code, "packages": {name: version}, "data": DataRecord("mini", {"train.npz": digest})}
    return Manifest(**usual_manifest(epoch_seconds=(), attempts=(), **made_of), files={})


def test_runs_of_one_origin_raise_no_doubt():
    found = provenance([manifest(), manifest()], 2)
    assert found.doubts == []
    assert found.codes == {"c0ffee": 2}
    assert [(item.dataset, item.runs) for item in found.data] == [("mini", 2)]


def test_every_mixture_is_a_doubt():
    mixed = [manifest(), manifest(code="beef+changes"), manifest(digest="bb"), manifest(packages="torch 2.11.0")]
    assert provenance(mixed, 5).doubts == [
        "1 of the runs that ended has no readable manifest.json.",
        "The runs were made by 2 versions of the code.",
        "Some runs were made by code with uncommitted changes, which no commit identifies.",
        "The runs on data set mini use 2 versions of it.",
        "The runs were made with 2 sets of packages.",
    ]
