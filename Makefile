# `make demo` runs the mini experiment, `make quick` one seed a cell of it, `make test` all tests. Each sets up .venv first if it is missing.

PYTHON ?= python3
CORES ?= all
JOBS ?= 2
BIN := .venv/bin
PYTHON_FILES := src benchmarks tests examples docs/*.py
KERNEL_USERS := objectives kernels networks decoding training theory

# Every job has one thread. Without this setting, threads of the linear algebra would compete for the cores.
export OMP_NUM_THREADS := 1
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: demo quick differences test fuzz bench gpu docs lint format schema lock clean

demo: .venv/.complete
	erac-vaml warm -- snakemake --profile profiles/local --cores $(CORES)
	@printf '\nAll tables and figures on one page: %s\nTables: %s\nFigures: %s\n\n' results/mini/report.html results/mini/tables/ results/mini/figures/
	@cat results/mini/tables/table1.md

# The whole way with one seed a cell: results/quick/report.html.
quick: .venv/.complete
	erac-vaml warm -- snakemake --profile profiles/local --cores $(CORES) --configfile config.yaml config/overlays/quick.yaml
	@printf '\nAll tables and figures on one page: %s\n' results/quick/report.html

# Flip each difference between the paper's text and its released code alone, at mini scale.
differences: .venv/.complete
	erac-vaml warm -- snakemake --profile profiles/local --cores $(CORES) --configfile config/recipe-differences.yaml -- all
	@cat results/recipe-differences/tables/recipe-differences.md

# First the tests of what uses kernels, with all kernels off (src/erac_vaml/kernels/__init__.py), then all tests as users run the code.
# Fake tensors have no kernels.
test: .venv/.complete
	ERAC_VAML_KERNELS=none pytest -q -n $(JOBS) --dist loadscope --ignore-glob='*/test_fake_cuda.py' $(addprefix tests/,$(KERNEL_USERS))
	pytest -n $(JOBS) --dist loadscope

# Fuzz the files that commands read, with 30 times as many examples as `make test`, new ones each time.
# make fuzz ARGS="-k results" runs one of the tests.
fuzz: .venv/.complete
	pytest --hypothesis-profile long tests/fuzzing $(ARGS)

# Measure each step against the limits of this machine in ten minutes; make bench ARGS=--short takes two.
bench: .venv/.complete
	python -m benchmarks $(ARGS)

# Run all that needs a GPU, tests, benchmark and a short experiment, and write what they saw to results/gpu.md.
gpu: .venv/.complete
	python -m benchmarks.gpu

# Build the documentation site; an unknown link or anchor is an error. Its search needs a server.
docs: .venv/.docs
	NO_MKDOCS_2_WARNING=1 mkdocs build --strict
	@printf '\nThe site: %s\nWith search, at http://localhost:8000: %s\n' site/index.html 'python3 -m http.server --directory site'

lint: .venv/.complete
	ruff check $(PYTHON_FILES)
	ruff format --check $(PYTHON_FILES)
	mypy
	snakefmt --check Snakefile workflow

format: .venv/.complete
	ruff check --fix $(PYTHON_FILES)
	ruff format $(PYTHON_FILES)
	snakefmt Snakefile workflow

# Run this after a change of the settings. It writes the JSON schema, and the reference below the marker in config/README.md.
schema: .venv/.complete
	erac-vaml schema --output workflow/schemas/config.schema.json
	sed -i.old '/^<!-- make schema/q' config/README.md && rm config/README.md.old
	erac-vaml schema --markdown >> config/README.md

# Pin the newest versions. torch is pinned by hand in requirements-torch.lock. Run this where pip finds the CPU build of
# torch, which needs no GPU libraries.
lock: .venv/.complete
	pip install --quiet pip-tools
	CUSTOM_COMPILE_COMMAND="make lock" pip-compile --quiet --upgrade --extra hpc --extra dev --strip-extras --generate-hashes \
		--unsafe-package torch --constraint requirements-torch.lock --annotation-style line --no-emit-options \
		--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --output-file requirements.lock pyproject.toml
	sed -i.old '/^# WARNING/,$$d' requirements.lock && rm requirements.lock.old
	python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["docs"], sep="\n")' | \
		CUSTOM_COMPILE_COMMAND="make lock" pip-compile --quiet --upgrade --strip-extras --generate-hashes \
		--constraint requirements.lock --annotation-style line --no-emit-options --no-emit-index-url --no-emit-find-links \
		--no-emit-trusted-host --output-file requirements-docs.lock -

# pip resolves no dependencies: the lock lists every package, and torch, on which some depend, has no hash.
.venv/.complete: requirements.lock requirements-torch.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "make: $(PYTHON) is older than Python 3.11; give a newer one: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-torch.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.docs: .venv/.complete requirements-docs.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-docs.lock
	@touch $@

clean:
	rm -rf .venv site .snakemake .pytest_cache .mypy_cache .ruff_cache .hypothesis
