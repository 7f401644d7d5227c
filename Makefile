PYTHON ?= python3

.PHONY: help setup run test check format train evaluate benchmark-intents bench clean
.DEFAULT_GOAL := help

help setup run test check format train evaluate benchmark-intents bench clean:
	@$(PYTHON) bootstrap.py $@ $(ARGS)
