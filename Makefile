# SPDX-License-Identifier: ISC
# Vouchsafe.  `make help` lists the targets and the variables.
.DEFAULT_GOAL := all
ifneq ($(words $(CURDIR)),1)
$(error make cannot build in a folder with a space in its path: $(CURDIR))
endif

VERSION	= 0.1.0
O	?= build
# A path below this folder is made relative: it stands in the flags.
override O := $(patsubst $(CURDIR)/%,%,$(abspath $(O)))
CC	?= cc
AWK	?= awk

# A tool is the folder cmd/TOOL, its options TOOL.ggo or a verb_VERB.ggo a
# verb there, and cmd/cli.
ALL_TOOLS = spfcheck dkimsign dkimverify dkimkey dmarceval dmarcreport mailaudit \
	  jitgrant
TOOLS	:= $(notdir $(patsubst %/,%,$(wildcard $(ALL_TOOLS:%=cmd/%/))))
# Adapters of jitgrant: cmd/adapter/NAME.c over main.c, dns.c and
# dns_servers.c there.
ADAPTERS = exec nsupdate sudoers unixgroup zonefrag

LIB	= $(O)/lib/libvouchsafe.a

# Quiet unless V=1: one short line a file, and what the compiler has to say.
ifdef V
Q	=
say	= @:
else
Q	= @
say	= $(if $(findstring s,$(firstword -$(MAKEFLAGS))),@:,@printf '  %-4s %s\n' $(1) $(2))
endif

# What the compiler is asked to tell us.  WERROR=1 makes it final (CI does).
WARN	= -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
	  -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual \
	  -Wwrite-strings -Wformat=2 -Wundef -Wvla -Wnull-dereference \
	  -Wswitch-enum -Wimplicit-fallthrough
ifdef WERROR
WARN	+= -Werror
endif

comma	:= ,
# Each hardening flag is tried once: other architectures refuse some, and
# FORTIFY wants a CFLAGS that optimises.
try	= $(shell printf '\043include <stdio.h>\nint main(void){return 0;}' | \
	  $(CC) -Werror $(CFLAGS) $(1) -x c -o /dev/null - 2>/dev/null && \
	  echo '$(1)')
SANITIZE ?=
ifeq ($(SANITIZE),)
CFLAGS	?= -O2 -g
HARDEN	:= $(call try,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3) \
	  $(call try,-fstack-protector-strong) \
	  $(call try,-fstack-clash-protection) $(call try,-fcf-protection) \
	  -fPIE
HARDLD	:= -pie $(call try,-Wl$(comma)-z$(comma)relro$(comma)-z$(comma)now)
else
# No FORTIFY with ASan: it hides what ASan looks for.
HARDEN	:= -fsanitize=$(SANITIZE) -fno-sanitize-recover=all \
	  -fno-omit-frame-pointer
HARDLD	:= -fsanitize=$(SANITIZE)
CFLAGS	?= -O1 -g
endif

# CPPFLAGS, CFLAGS and LDFLAGS are the caller's, from the environment or the
# command line; what we cannot do without has names of its own.
DEFINES	= -D_GNU_SOURCE -DVOUCHSAFE_VERSION='"$(VERSION)"'
INCLUDE	= -iquote common -iquote cmd -iquote $(O)/gen
REPRO	= -ffile-prefix-map=$(CURDIR)=. -ffile-prefix-map=$(O)=build
COMPILE	= $(CC) -std=c11 $(DEFINES) $(CPPFLAGS) $(INCLUDE) $(CFLAGS) $(HARDEN) $(REPRO)
LINK	= $(LDFLAGS) $(HARDLD) -Wl,--as-needed -Wl,--gc-sections
COMPILE	+= -ffunction-sections -fdata-sections

# STATIC_CRYPTO=1 links libcrypto into the tools: faster to start by half a
# millisecond, but no longer replaced by the distribution's updates.
ifdef STATIC_CRYPTO
CRYPTO	= -Wl,-Bstatic -lcrypto -Wl,-Bdynamic
else
CRYPTO	= -lcrypto
endif
LIBS	= -lresolv -lidn2 -ljansson -lsqlite3 -lexpat -lz -lseccomp $(CRYPTO)

# spfcheck wants of libcrypto nothing but SHA-256, for the seal: with these few
# functions inside, it starts 0.6 ms sooner, a third of a whole check.  Where
# there is no libcrypto.a it is linked like the other tools.
STATIC_SHA := -Wl,-Bstatic -lcrypto -Wl,-Bdynamic
STATIC_SHA := $(shell printf 'int main(void){return 0;}' | \
	  $(CC) -x c -o /dev/null - $(STATIC_SHA) 2>/dev/null && \
	  echo '$(STATIC_SHA)')
ifeq ($(SANITIZE),)
CRYPTO_spfcheck = $(STATIC_SHA)
endif

# libpsl: the list of public suffixes, for mailaudit; without it names are judged
# by their form.  NO_PSL=1 leaves it out.
ifndef NO_PSL
PSL	:= $(shell printf '\043include <libpsl.h>\nint main(void)\
	  {return psl_builtin()==0;}' | $(CC) $(CPPFLAGS) -x c -o /dev/null \
	  - $(LDFLAGS) -lpsl 2>/dev/null && echo -lpsl)
endif
ifneq ($(PSL),)
DEFINES	+= -DHAVE_PSL
LIBS	+= $(PSL)
endif

# libunbound: mailaudit --validate, which loads it when it is asked for; only
# its header is needed here.  NO_UNBOUND=1 leaves it out.
ifndef NO_UNBOUND
DEFINES	+= $(shell printf '\043include <unbound.h>\nint main(void)\
	  {return 0;}' | $(CC) $(CPPFLAGS) -x c -fsyntax-only - \
	  2>/dev/null && echo -DHAVE_UNBOUND)
endif

include packaging/install.mk

# Other flags mean other objects, other places other texts and those few
# objects that know them: these files change when they do.
FLAGS	:= $(strip $(COMPILE) $(LINK) $(LIBS))
PLACES	:= $(BINDIR)/$(PROGRAM_PREFIX) $(PREFIXED) $(SYSCONFDIR) $(STATEDIR) \
	  $(LIBEXECDIR) $(LIBDIR) $(INCLUDEDIR)
define remember
ifneq ($$(file <$(O)/$(1)),$$($(2)))
$$(shell mkdir -p $(O))
$$(file >$(O)/$(1),$$($(2)))
endif
endef
ifeq ($(filter clean help dist lint uninstall,$(MAKECMDGOALS)),)
$(eval $(call remember,flags,FLAGS))
$(eval $(call remember,places,PLACES))
endif
$(O)/flags $(O)/places: ;

LIB_OBJ	:= $(patsubst common/%.c,$(O)/common/%.o,\
	  $(wildcard common/*.c common/*/*.c))
CLI_OBJ	:= $(patsubst cmd/%.c,$(O)/cmd/%.o,$(wildcard cmd/cli/*.c))
include cmd/options.mk

.PHONY: all help clean
all: $(TOOLS:%=$(O)/bin/%) $(LIB) $(O)/vouchsafe.pc completions \
	$(ADAPTERS:%=$(O)/libexec/adapters/%)

## usage: make [TARGET] [VARIABLE=VALUE]...
##
## all          the tools, the library, the completions (the default)
help:
	@sed -n 's/^## //p; s/^##$$//p' Makefile cmd/options.mk \
	    tests/test.mk packaging/install.mk
	@sed -n 's/^##= \{0,1\}//p' Makefile

## clean        remove what was built
clean:
	$(Q)rm -rf $(O)

.SECONDARY:
.DELETE_ON_ERROR:

$(LIB): $(LIB_OBJ)
	@mkdir -p $(@D)
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) qcsD $@ $(LIB_OBJ)

$(O)/common/%.o: common/%.c $(O)/flags
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(COMPILE) $(WARN) -MMD -MP -c -o $@ $<

$(O)/gen/cli/places.h: $(O)/places
	@mkdir -p $(@D)
	$(Q)printf '#define %s "%s/vouchsafe"\n' SYSCONFDIR '$(SYSCONFDIR)' \
	    STATEDIR '$(STATEDIR)' LIBEXECDIR '$(LIBEXECDIR)' >$@

$(O)/cmd/%.o: cmd/%.c $(O)/flags | $(GGO_H) $(O)/gen/cli/places.h
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(COMPILE) $(WARN) -MMD -MP -c -o $@ $<

# All that belongs to tool $(1), as object files.
tool_obj = $(patsubst cmd/%.c,$(O)/cmd/%.o,$(wildcard cmd/$(1)/*.c))\
	$(patsubst cmd/%.ggo,$(O)/gen/%_cli.o,$(wildcard cmd/$(1)/*.ggo))

# Each option of a .ggo must be taken by a line of its verb, of what the verbs
# of a tool share, or of the front end.
define tool_rule
$(O)/taken/$(1): cmd/cli/taken.awk common/jit/jit.h \
    $(wildcard cmd/$(1)/*.ggo cmd/$(1)/*.c cmd/cli/*.c)
	@mkdir -p $$(@D)
	$$(Q)set -e; for g in $$(filter %.ggo,$$^); do \
	    $(AWK) -f cmd/cli/taken.awk $$$$g $$$${g%.ggo}.c \
	    $$(filter-out cmd/$(1)/verb_%,$$(filter %.c %.h,$$^)); done
	$$(Q)touch $$@

$(O)/bin/$(1): $(call tool_obj,$(1)) $(CLI_OBJ) $(LIB) $(O)/taken/$(1)
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $$(CFLAGS) $$(HARDEN) -o $$@ $$(filter %.o,$$^) $(LIB) \
	    $$(LINK) $$(CRYPTO_$(1)) $$(LIBS)
endef
$(foreach t,$(TOOLS),$(eval $(call tool_rule,$(t))))

ADAPTER_OBJ := $(patsubst %,$(O)/cmd/adapter/%.o,main dns dns_servers)
$(O)/libexec/adapters/%: $(O)/cmd/adapter/%.o $(ADAPTER_OBJ) $(LIB)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(HARDEN) -o $@ $(filter %.o,$^) $(LIB) \
	    $(LINK) $(LIBS)

include tests/test.mk

## demo         the founding story on loopback, in half a minute
.PHONY: demo
demo: all
	@BIN='$(O)/bin' sh examples/demo

## pictures     draw the picture of the README from its text
.PHONY: pictures
pictures:
	$(Q)$(AWK) -f examples/pictures/draw.awk \
	    examples/pictures/overview.txt >examples/pictures/overview.svg

## screenshot   the page of dmarcreport for the README, by chromium
.PHONY: screenshot
screenshot: all
	@BIN='$(O)/bin' sh examples/pictures/screenshot

##=
##= V=1          show the commands           O=DIR      build there
##= WERROR=1     warnings are errors         SANITIZE=address,undefined
##= STATIC_CRYPTO=1  libcrypto inside the tools: start half a millisecond
##=              sooner, but no longer follow the distribution's updates
##= PROGRAM_PREFIX=vouchsafe-  before each tool's installed name, or only of
##=              PREFIXED='dkimsign dkimverify'
##= PREFIX DESTDIR SYSCONFDIR STATEDIR BINDIR LIBDIR LIBEXECDIR MANDIR

-include $(LIB_OBJ:.o=.d) $(wildcard $(O)/cmd/*/*.d)
