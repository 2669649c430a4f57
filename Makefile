# Everything is done by rag/bootstrap.py; this file only gives it short names.
PYTHON ?= python3

.PHONY: help run test test-models test-fast clean lock

help:
	@echo "make run    installe, prépare les modèles et l’index, ouvre la page (ARGS=\"--port 8502\")"
	@echo "make test   installe et passe tous les tests (ARGS=\"-k nom\" pour en choisir)"
	@echo "make test-fast    sans modèle, en une à deux minutes ; make test-models : sans navigateur"
	@echo "make clean  efface .venv et .index ; les modèles du cache et vos articles restent"
	@echo "PYTHON=python3.12 choisit le Python, de 3.11 à 3.13."

run test test-models test-fast:
	@command -v $(PYTHON) >/dev/null || { echo "Échec : $(PYTHON) est introuvable ; installez Python (3.11 à 3.13) ou nommez-le avec PYTHON=."; exit 1; }
	@exec $(PYTHON) rag/bootstrap.py $@ $(ARGS)

clean:
	rm -rf .venv .index

# uv (https://docs.astral.sh/uv/) resolves for every system at once, and keeps the versions that are
# there unless ARGS=--upgrade. No host is written: an index of one's own may stand in for PyPI.
lock:
	uv pip compile pyproject.toml --universal --all-extras --python-version 3.11 --no-build \
	  --no-annotate --custom-compile-command "make lock" -o requirements.lock $(ARGS)
