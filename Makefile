# make demo: set up and assess a published patient.  make test: set up, lint, type-check, test.
PYTHON ?= python3
BIN := .venv/bin
DEMO := src/hypomag/cases/patients/ppi_severe.toml

.PHONY: demo test check accept bench docs serve coverage release calibrate validate judge lock clean
demo: .venv/demo
	@$(BIN)/hypomag assess $(DEMO) || { code=$$?; [ $$code = 3 ] || [ $$code = 4 ] || exit $$code; }

test: check
	$(BIN)/pytest -n 2

check: .venv/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# What needs the published cases, third-party records (../shared) or npm; writes its figures into docs/.
accept: .venv/test
	$(BIN)/python -m accept

bench: .venv/test
	$(BIN)/python -m bench

# Regenerate what is made from knowledge, rules and the body model (a test of each fails while it is stale), then the site
# into build/site, with nothing fetched.
docs: .venv/test
	$(BIN)/python -m tools.generate_body
	$(BIN)/python -m hypomag.knowledge.recall > docs/why/recall.md
	$(BIN)/python -m tools.treatment_page
	$(BIN)/python -m tools.trust_pages
	$(BIN)/python -m tools.validation
	$(BIN)/python -m tools.readme
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

serve: .venv/test
	$(BIN)/hypomag serve

coverage: .venv/test
	$(BIN)/coverage run --branch --source src/hypomag -m pytest
	$(BIN)/coverage report --skip-covered --sort cover

# The wheel twice (equal bytes, or stop), the bill of materials, the rules as SQL. docs/how-to/release.md
release: export SOURCE_DATE_EPOCH := $(shell git log -1 --format=%ct)
release: .venv/test
	rm -rf dist build/again
	$(BIN)/python -m hatchling build -t wheel -d dist
	$(BIN)/python -m hatchling build -t wheel -d build/again
	cmp dist/*.whl build/again/*.whl
	$(BIN)/python -m tools.sbom > dist/sbom.json
	$(BIN)/python -m tools.export_sql dist/sql
	cd dist && find . -type f ! -name SHA256SUMS | sort | xargs sha256sum > SHA256SUMS

# Fit the body to the experiments set aside for it, then generate again.
calibrate: .venv/test
	$(BIN)/python -m hypomag.body.calibrate --write
	$(BIN)/python -m tools.generate_body

# The body beside every published experiment, and beside an independent solver (50 people x 10 schedules).
validate: .venv/test
	$(BIN)/hypomag validate --write docs/trust/body-scoreboard.md

judge: .venv/test
	HYPOMAG_FULL_JUDGE=1 $(BIN)/pytest tests/body/test_judge.py

.venv/demo: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/test: requirements-test.lock .venv/demo
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	@touch $@

# Pin again (development only): writes hashes and no index address.
lock:
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header --extra build -o requirements.lock pyproject.toml
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header --all-extras -o requirements-test.lock pyproject.toml

clean:
	rm -rf .venv build dist *.egg-info
