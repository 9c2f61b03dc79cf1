# The two commands a newcomer needs: `make check` and `make test`. Everything happens in .venv.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed

.DEFAULT_GOAL := help
.PHONY: help check test figures report paper lint bench full clean

help: ## Show what there is to make
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(INSTALLED): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python >= 3.11 is needed (make PYTHON=python3.12 ...)"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[suite,dev]'
	@touch $@

check: $(INSTALLED) ## Check every claim at effort quick, draw the figures, write the report into build/
	@status=0; $(BIN)/gronwall check || status=$$?; test $$status -ne 2 || exit 2; \
	$(BIN)/gronwall figures > build/figures.txt && $(BIN)/gronwall report > build/report.txt || exit 1; \
	echo "figures: build/figures/ ($$(wc -l < build/figures.txt | tr -d ' ') figures, SVG and PDF)"; \
	echo "report:  $$(cat build/report.txt)"; exit $$status

test: $(INSTALLED) ## Run the tests on every core, a file's tests in one process
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --dist loadfile

figures: $(INSTALLED) ## Draw the figures from the records
	$(BIN)/gronwall figures

report: $(INSTALLED) ## Write the report, one page a claim
	$(BIN)/gronwall report

paper: $(INSTALLED) ## Write build/paper.pdf with the numbers of the records
	$(BIN)/gronwall figures
	$(BIN)/gronwall paper

lint: $(INSTALLED) ## Check style (ruff), types (mypy --strict on gronwall/ and theory/) and the house (every claim in its place)
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/gronwall list --house

bench: $(INSTALLED) ## Time the tool against its peers
	for file in bench/*.py; do $(BIN)/python $$file || exit 1; done

full: $(INSTALLED) ## Check every claim at effort full (an hour or two) and lay records and tables into paper/
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps 'MDAnalysisTests>=2.9' || echo "without measured protein chains"
	$(BIN)/gronwall check --effort full --out build/full
	cp build/full/records.jsonl build/full/records.sha256 paper/
	rm -rf paper/tables && mkdir paper/tables && cp build/full/tables/*.json paper/tables/

clean: ## Remove what was built (not .venv)
	rm -rf build .pytest_cache .mypy_cache .ruff_cache
