# The front door. Every rule needs nothing but a Python >= 3.11: what it installs goes into $(VENV),
# and what is already there is not installed again. The work is done by tools/dev.
#
#   make check PYTHON=python3.12 VENV=.venv-3.12      another interpreter
#   make test ARGS="tests/httputil -k cookie"         arguments for what the rule runs
#   make run PORT=9000                                another port for the demo

.POSIX:

PYTHON = python3
VENV = .venv
ARGS =
PORT = 8888

DEV = VENV="$(VENV)" $(PYTHON) -m tools.dev

.PHONY: help run test check bench tornado-suite apps autobahn fuzz sanitize soak docs clean

help:
	@echo 'make run            the demo on http://localhost:8888 (PORT=...)'
	@echo 'make test           the tests, on the native kernel and on its pure-Python twin'
	@echo 'make check          everything a change must pass: lint, types, rooms, tests, docs, budgets'
	@echo 'make bench          peers side by side; writes benchmarks/results'
	@echo "make tornado-suite  Tornado's own tests against zonda; fails when a module drops below its floor"
	@echo 'make apps           Jupyter, Bokeh, Dask and Flower, written for Tornado, run on zonda (needs a Redis)'
	@echo 'make autobahn       the WebSocket test suite Autobahn on server and client; needs a Python 2.7 (ARGS=--quick)'
	@echo 'make fuzz           coverage-guided fuzzing of every parser (ARGS="--seconds 600 multipart")'
	@echo 'make soak           load and faults: what a server has to bear, on loopback and bounded'
	@echo 'make sanitize       tests on a native kernel built with AddressSanitizer and UBSan'
	@echo 'make docs           the documentation, in docs/_build/html'
	@echo 'make clean          removes everything the other rules made'
	@echo
	@echo 'PYTHON=python3.12 chooses the interpreter, VENV=.venv-3.12 where its packages go, ARGS=... is passed on.'

run:
	@$(DEV) run --port=$(PORT) $(ARGS)

test:
	@$(DEV) test $(ARGS)

check:
	@$(DEV) check

bench:
	@$(DEV) bench $(ARGS)

tornado-suite:
	@$(DEV) tornado-suite $(ARGS)

apps:
	@VENV=".venv-apps" $(PYTHON) -m tools.dev apps $(ARGS)

autobahn:
	@$(DEV) autobahn $(ARGS)

fuzz:
	@$(DEV) fuzz $(ARGS)

sanitize:
	@$(DEV) sanitize $(ARGS)

soak:
	@$(DEV) soak $(ARGS)

docs:
	@$(DEV) docs

clean:
	@$(DEV) clean
