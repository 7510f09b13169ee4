# Each word is done by packaging/setup.py, which needs nothing but Python 3.11 or later:
#   run  test  demo [MODEL=coder]  bench  check  screenshots  lock  clean      ACCEL=cpu|cuda|metal with any
PYTHON ?= python3
WORDS := run test demo bench check screenshots lock clean

.PHONY: $(WORDS)
$(WORDS):
	@$(PYTHON) packaging/setup.py $@ $(if $(ACCEL),--accel $(ACCEL)) $(if $(findstring command,$(origin MODEL)),--model $(MODEL))
