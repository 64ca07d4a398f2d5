# SPDX-License-Identifier: ISC
# What is tested and how; the Makefile above includes it.
UNIT	:= $(patsubst tests/unit/%.c,$(O)/unit/%,$(wildcard tests/unit/*/*.c))
TEST_PROGS := $(patsubst tests/%.c,$(O)/tests/%,$(wildcard tests/*.c))
FUZZERS	:= $(patsubst tests/fuzz/%_fuzz.c,%,$(wildcard tests/fuzz/*_fuzz.c))
# The public SPF suite, which is not in this repository: SUITES=FOLDER.
SUITES	?=
# What the stages of a check need to know.
CHECK	= O='$(O)' CC='$(CC)' MAKE='$(MAKE)' AWK='$(AWK)' SUITES='$(SUITES)' \
	  SANITIZE='$(SANITIZE)' NOINSTALL='$(NOINSTALL)' JOBS='$(JOBS)' \
	  VERSION='$(VERSION)' FUZZERS='$(FUZZERS)' TOOLS='$(TOOLS)'

.PHONY: unit check check-all check-mta conformance fuzz bench lint
.PHONY: test-programs
test-programs: all $(UNIT) $(TEST_PROGS) $(FUZZERS:%=$(O)/replay/%)

## unit         build and run the unit tests
unit: $(UNIT) $(TEST_PROGS)
	@sh tests/lib/run/run-unit $(O) $(UNIT)

## check        all tests with one compiler; installs what they need if it
##              may (NOINSTALL=1: never; a test that lacks a tool is skipped)
check: packages test-programs
	@$(CHECK) sh tests/lib/run/check unit replay vectors bats conformance docs

## check-all    also clang, ASan and UBSan, failing allocations, failing
##              system calls, mail servers, lint
check-all:
	@$(CHECK) sh tests/lib/run/check-all

## check-mta    run the filters under Postfix and others
check-mta: packages test-programs
	@$(CHECK) sh tests/lib/run/check mta

## conformance  the public SPF suite (SUITES=FOLDER, not in this repository)
conformance: test-programs
	@$(CHECK) sh tests/lib/run/check conformance

## lint         layers, banned functions, static analysis, shell, man pages
lint:
	@O='$(O)' CC='$(CC)' AWK='$(AWK)' sh tests/lib/lint/lint

## fuzz         libFuzzer, FUZZ_SECONDS for each target (default 30)
FUZZ_SECONDS ?= 30
fuzz:
	@$(MAKE) --no-print-directory O=$(O)/clang-fuzz CC=clang \
	    SANITIZE=fuzzer-no-link,address,undefined \
	    $(FUZZERS:%=$(O)/clang-fuzz/fuzz/%)
	@sh tests/lib/run/run-fuzz $(O)/clang-fuzz $(FUZZ_SECONDS) $(FUZZERS)

## bench        ratios against peers, written to build/bench.json
bench: test-programs
	@$(CHECK) sh tests/bench/run $(BENCH)

.PHONY: packages
packages:
	@NOINSTALL='$(NOINSTALL)' O='$(O)' sh tests/lib/run/install-packages

# Each tool once more, with allocations and system calls that can be made to
# fail.
define allocfail_rule
$(O)/allocfail/$(1): $(call tool_obj,$(1)) $(CLI_OBJ) \
    $(O)/tests/lib/preload/allocfail.o $(O)/tests/lib/preload/iofail.o $(LIB)
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $$(CFLAGS) $$(HARDEN) -o $$@ \
	    $$(filter %.o,$$^) $(LIB) $$(LINK) \
	    $$(WRAP:%=-Wl,--wrap=%) $$(LIBS)
endef
WRAP	= malloc calloc realloc reallocarray strdup strndup read write pread \
	  pwrite open openat mkostemp fstat fsync ftruncate lseek rename \
	  close mmap opendir socket connect send recv poll fork pipe2
$(foreach t,$(TOOLS),$(eval $(call allocfail_rule,$(t))))

$(O)/tests/lib/%.o: tests/lib/%.c $(O)/flags
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(COMPILE) $(WARN) -MMD -MP -c -o $@ $<

# For LD_PRELOAD: the allocations inside libcrypto fail too.
$(O)/allocfail/memfail.so: tests/lib/preload/memfail.c
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE -O2 -fPIC -shared -o $@ $<

.PHONY: allocfail
allocfail: $(TOOLS:%=$(O)/allocfail/%) $(O)/allocfail/memfail.so

# Unit tests: each file a program that prints TAP, with tests/lib/c/tap.h.
$(O)/unit/%: tests/unit/%.c tests/lib/c/tap.h $(LIB)
	@mkdir -p $(@D)
	$(call say,TEST,$@)
	$(Q)$(COMPILE) $(WARN) -iquote tests/lib/c -MMD -MP -MF $@.d -o $@ $< \
	    $(LIB) $(LINK) $(LIBS)

# Programs that the tests run: tests/dnsd.c and others beside it.
$(O)/tests/%: tests/%.c $(LIB)
	@mkdir -p $(@D)
	$(call say,TEST,$@)
	$(Q)$(COMPILE) $(WARN) -iquote tests/lib/c -MMD -MP -MF $@.d -o $@ $< \
	    $(LIB) $(LINK) $(LIBS)

# A fuzz target twice: replaying its corpus (any compiler), and libFuzzer's.
$(O)/replay/%: tests/fuzz/%_fuzz.c tests/fuzz/replay.c $(LIB)
	@mkdir -p $(@D)
	$(call say,TEST,$@)
	$(Q)$(COMPILE) $(WARN) -Wno-missing-prototypes -DTARGET='"$*"' \
	    -o $@ $(filter %.c,$^) $(LIB) $(LINK) $(LIBS)

$(O)/fuzz/%: tests/fuzz/%_fuzz.c $(LIB)
	@mkdir -p $(@D)
	$(call say,FUZZ,$@)
	$(Q)$(COMPILE) -fsanitize=fuzzer -o $@ $< $(LIB) $(LINK) $(LIBS)


-include $(wildcard $(O)/unit/*/*.d $(O)/tests/*.d $(O)/tests/lib/*/*.d)
