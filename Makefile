# SPDX-License-Identifier: ISC
# Vouchsafe.  `make help` lists the targets.

VERSION	= 0.1.0
O	?= build
CC	?= cc
PREFIX	?= /usr/local
BINDIR	?= $(PREFIX)/bin
SBINDIR	?= $(PREFIX)/sbin
LIBDIR	?= $(PREFIX)/lib
LIBEXECDIR ?= $(PREFIX)/libexec
INCLUDEDIR ?= $(PREFIX)/include
MANDIR	?= $(PREFIX)/share/man
SYSCONFDIR ?= /etc
STATEDIR ?= /var/lib
DESTDIR	?=

# What the compiler is asked to tell us.  WERROR=1 makes it final (CI does).
WARN	= -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
	  -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual \
	  -Wwrite-strings -Wformat=2 -Wundef -Wvla -Wnull-dereference \
	  -Wswitch-enum -Wimplicit-fallthrough
ifdef WERROR
WARN	+= -Werror
endif

comma	:= ,
# Each hardening flag is tried once: other architectures refuse some.
try	= $(shell printf 'int main(void){return 0;}' | \
	  $(CC) -Werror -O2 $(1) -x c -o /dev/null - 2>/dev/null && echo '$(1)')
SANITIZE ?=
ifeq ($(SANITIZE),)
HARDEN	:= $(call try,-D_FORTIFY_SOURCE=3) \
	  $(call try,-fstack-protector-strong) \
	  $(call try,-fstack-clash-protection) $(call try,-fcf-protection) \
	  -fPIE
HARDLD	:= -pie $(call try,-Wl$(comma)-z$(comma)relro$(comma)-z$(comma)now)
CFLAGS	?= -O2 -g
else
# No FORTIFY with ASan: it hides what ASan looks for.
HARDEN	:= -fsanitize=$(SANITIZE) -fno-sanitize-recover=all \
	  -fno-omit-frame-pointer
HARDLD	:= -fsanitize=$(SANITIZE)
CFLAGS	?= -O1 -g
endif

CPPFLAGS += -D_GNU_SOURCE -DVOUCHSAFE_VERSION='"$(VERSION)"' \
	  -DSYSCONFDIR='"$(SYSCONFDIR)/vouchsafe"' \
	  -DSTATEDIR='"$(STATEDIR)/vouchsafe"' \
	  -DLIBEXECDIR='"$(LIBEXECDIR)/vouchsafe"'
INCLUDE	= -iquote common -iquote cmd -iquote $(O)/gen
REPRO	= -ffile-prefix-map=$(CURDIR)=.
COMPILE	= $(CC) -std=c11 $(CPPFLAGS) $(INCLUDE) $(CFLAGS) $(HARDEN) $(REPRO)
LDFLAGS	+= $(HARDLD) -Wl,--as-needed -Wl,--gc-sections
COMPILE	+= -ffunction-sections -fdata-sections

# STATIC_CRYPTO=1 links libcrypto into the tools: faster to start by half a
# millisecond, but no longer replaced by the distribution's updates.
ifdef STATIC_CRYPTO
CRYPTO	= -Wl,-Bstatic -lcrypto -Wl,-Bdynamic
else
CRYPTO	= -lcrypto
endif
LIBS	= -lresolv -lidn2 -ljansson -lsqlite3 $(CRYPTO)

# A tool is cmd/TOOL.c, its further files cmd/TOOL-*.c, its options
# cmd/TOOL.ggo and one cmd/TOOL-VERB.ggo a verb, and cmd/cli*.c.
ALL_TOOLS = spfcheck dkimsign dkimverify dkimkey dmarceval jitgrant
TOOLS	:= $(basename $(notdir $(wildcard $(ALL_TOOLS:%=cmd/%.c))))
LIB	= $(O)/lib/libvouchsafe.a
LIB_OBJ	:= $(patsubst common/%.c,$(O)/common/%.o,$(wildcard common/*.c))
CLI_OBJ	:= $(patsubst cmd/%.c,$(O)/cmd/%.o,$(wildcard cmd/cli*.c))
GGO	:= $(basename $(notdir $(wildcard cmd/*.ggo)))
GGO_C	:= $(GGO:%=$(O)/gen/%_cli.c)
GGO_H	:= $(GGO:%=$(O)/gen/%_cli.h) $(GGO:%=$(O)/gen/%_options.h)
UNIT	:= $(patsubst tests/unit/%.c,$(O)/unit/%,$(wildcard tests/unit/*.c))

.PHONY: all help clean
all: $(TOOLS:%=$(O)/bin/%) $(LIB)

help:
	@sed -n 's/^## //p' Makefile

## all          the tools and the library (the default)
## clean        remove what was built
clean:
	rm -rf $(O)

.SECONDARY:
.DELETE_ON_ERROR:

$(LIB): $(LIB_OBJ)
	@mkdir -p $(@D)
	rm -f $@
	$(AR) rcsD $@ $(LIB_OBJ)

$(O)/common/%.o: common/%.c
	@mkdir -p $(@D)
	$(COMPILE) $(WARN) -MMD -MP -c -o $@ $<

$(O)/cmd/%.o: cmd/%.c | $(GGO_H)
	@mkdir -p $(@D)
	$(COMPILE) $(WARN) -MMD -MP -c -o $@ $<

# gengetopt's own code: its warnings are not ours to mend.
$(O)/gen/%_cli.c $(O)/gen/%_cli.h: cmd/%.ggo
	@mkdir -p $(@D)
	gengetopt -i $< -F $*_cli -f $(subst -,_,$*)_cli \
	    -a $(subst -,_,$*)_args --output-dir=$(O)/gen --unamed-opts \
	    --no-handle-error --no-handle-help --no-handle-version \
	    --set-version='$(VERSION)'

# The same options as a getopt_long(3) table, for those collected from argv.
$(O)/gen/%_options.h: cmd/%.ggo cmd/options.awk
	@mkdir -p $(@D)
	awk -v stem=$(subst -,_,$*) -f cmd/options.awk $< >$@

$(O)/gen/%.o: $(O)/gen/%.c
	$(COMPILE) -w -c -o $@ $<

# All that belongs to tool $(1), as object files.
tool_obj = $(patsubst cmd/%.c,$(O)/cmd/%.o,$(wildcard cmd/$(1).c cmd/$(1)-*.c))\
	$(patsubst cmd/%.ggo,$(O)/gen/%_cli.o,$(wildcard cmd/$(1).ggo cmd/$(1)-*.ggo))

define tool_rule
$(O)/bin/$(1): $(call tool_obj,$(1)) $(CLI_OBJ) $(LIB)
	@mkdir -p $$(@D)
	$$(CC) $$(CFLAGS) $$(HARDEN) -o $$@ $$(filter %.o,$$^) $(LIB) \
	    $$(LDFLAGS) $$(LIBS)
endef
$(foreach t,$(TOOLS),$(eval $(call tool_rule,$(t))))

# Unit tests: each file a program that prints TAP, with tests/lib/tap.h.
$(O)/unit/%: tests/unit/%.c tests/lib/tap.h $(LIB)
	@mkdir -p $(@D)
	$(COMPILE) $(WARN) -iquote tests/lib -MMD -MP -MF $@.d -o $@ $< $(LIB) \
	    $(LDFLAGS) $(LIBS)

.PHONY: unit
## unit         build and run the unit tests
unit: $(UNIT)
	@sh tests/lib/run-unit $(O) $(UNIT)

-include $(LIB_OBJ:.o=.d) $(wildcard $(O)/cmd/*.d) $(wildcard $(O)/unit/*.d)
