"""What holds for all tests: one thread, no deadline for hypothesis, no process that outlives them, a GPU if needed."""

import os
import subprocess

import hypothesis
import pytest
from processes import pytest_configure as pytest_configure
from warm import warm_process

from erac_vaml.cli.warm import ADDRESS

os.environ.setdefault("OMP_NUM_THREADS", "1")
hypothesis.settings.register_profile("usual", deadline=None, derandomize=True)
hypothesis.settings.register_profile("long", deadline=None, max_examples=3000, print_blob=True)
hypothesis.settings.load_profile("usual")


def pytest_runtest_setup(item):
    """Skip a test that needs a GPU where there is none."""
    if item.get_closest_marker("gpu"):
        import torch  # Here, because few tests need it, and it takes seconds.

        if not torch.cuda.is_available():
            pytest.skip("there is no CUDA device here")


@pytest.fixture(scope="session")
def warm_address():
    """The address of a warm process, one for all tests of a worker."""
    with warm_process() as address:
        yield address


@pytest.fixture(scope="module")
def warm(warm_address):
    """Let a module's calls of Snakemake and of `erac-vaml` be forks of the warm process."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(ADDRESS, warm_address)
        yield


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a file system of one megabyte."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)
