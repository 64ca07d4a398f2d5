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
PREFIX	?= /usr/local
BINDIR	?= $(PREFIX)/bin
SBINDIR	?= $(PREFIX)/sbin
LIBDIR	?= $(PREFIX)/lib
LIBEXECDIR ?= $(PREFIX)/libexec
INCLUDEDIR ?= $(PREFIX)/include
MANDIR	?= $(PREFIX)/share/man
SYSCONFDIR ?= /etc
STATEDIR ?= /var/lib
DATADIR	?= $(PREFIX)/share
DOCDIR	?= $(DATADIR)/doc/vouchsafe
PKGCONFIGDIR ?= $(LIBDIR)/pkgconfig
BASHCOMPDIR ?= $(DATADIR)/bash-completion/completions
ZSHCOMPDIR ?= $(DATADIR)/zsh/site-functions
FISHCOMPDIR ?= $(DATADIR)/fish/vendor_completions.d
UNITDIR	?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
TMPFILESDIR ?= $(PREFIX)/lib/tmpfiles.d
DESTDIR	?=
# Before each tool's installed name: Debian's python3-dkim has programs of two
# of the names.
PROGRAM_PREFIX ?=
INSTALL	?= install
AWK	?= awk

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

# Other flags mean other objects, other places other texts and those few
# objects that know them: these files change when they do.
FLAGS	:= $(strip $(COMPILE) $(LINK) $(LIBS))
PLACES	:= $(BINDIR)/$(PROGRAM_PREFIX) $(SYSCONFDIR) $(STATEDIR) \
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

# A tool is the folder cmd/TOOL, its options TOOL.ggo or a verb_VERB.ggo a
# verb there, and cmd/cli.
ALL_TOOLS = spfcheck dkimsign dkimverify dkimkey dmarceval dmarcreport mailaudit \
	  jitgrant
TOOLS	:= $(notdir $(patsubst %/,%,$(wildcard $(ALL_TOOLS:%=cmd/%/))))
LIB	= $(O)/lib/libvouchsafe.a
LIB_OBJ	:= $(patsubst common/%.c,$(O)/common/%.o,\
	  $(wildcard common/*.c common/*/*.c))
CLI_OBJ	:= $(patsubst cmd/%.c,$(O)/cmd/%.o,$(wildcard cmd/cli/*.c))
GGO	:= $(patsubst cmd/%.ggo,%,$(wildcard cmd/*/*.ggo))
GGO_C	:= $(GGO:%=$(O)/gen/%_cli.c)
GGO_H	:= $(GGO:%=$(O)/gen/%_cli.h) $(GGO:%=$(O)/gen/%_options.h)
# Adapters of jitgrant: cmd/adapter/NAME.c over main.c, dns.c and
# dns_servers.c there.
ADAPTERS = exec nsupdate sudoers unixgroup zonefrag

.PHONY: all help clean
all: $(TOOLS:%=$(O)/bin/%) $(LIB) $(O)/vouchsafe.pc completions \
	$(ADAPTERS:%=$(O)/libexec/adapters/%)

## usage: make [TARGET] [VARIABLE=VALUE]...
##
## all          the tools, the library, the completions (the default)
help:
	@sed -n 's/^## \{0,1\}//p' Makefile tests/test.mk

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

# TOOL for TOOL/TOOL, TOOL_VERB for TOOL/verb_VERB.
stem	= $(if $(filter $(patsubst %/,%,$(dir $(1))),$(notdir $(1))),$(notdir $(1)),$(subst /verb_,_,$(1)))
# The help says values and defaults in its own words: not again in brackets.
# gengetopt's own code: its warnings are not ours to fix.
$(O)/gen/%_cli.c $(O)/gen/%_cli.h: cmd/%.ggo
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(Q)sed 's/ values=\("[^"]*",\{0,1\}\)*//' $< | \
	    gengetopt -F $(*F)_cli -f $(call stem,$*)_cli \
	    -a $(call stem,$*)_args --output-dir=$(@D) --unamed-opts \
	    --no-handle-error --no-handle-help --no-handle-version \
	    --set-version='$(VERSION)'
	$(Q)sed 's/\(\\n\)\{0,1\} *(default=off)"/"/' \
	    $(@D)/$(*F)_cli.c >$(@D)/$(*F)_cli.t
	$(Q)mv $(@D)/$(*F)_cli.t $(@D)/$(*F)_cli.c

# The same options as a getopt_long(3) table, for those collected from argv.
$(O)/gen/%_options.h: cmd/%.ggo cmd/cli/options.awk
	@mkdir -p $(@D)
	$(Q)$(AWK) -v stem=$(call stem,$*) -f cmd/cli/options.awk $< >$@

$(O)/gen/%.o: $(O)/gen/%.c $(O)/flags
	$(call say,CC,$@)
	$(Q)$(COMPILE) -w -c -o $@ $<

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

$(O)/vouchsafe.pc: Makefile $(O)/places
	$(Q)printf '%s\n' 'prefix=$(PREFIX)' 'libdir=$(LIBDIR)' \
	    'includedir=$(INCLUDEDIR)/vouchsafe' '' 'Name: vouchsafe' \
	    'Description: SPF, DKIM, DMARC and just-in-time privilege' \
	    'Version: $(VERSION)' 'Libs: -L$${libdir} -lvouchsafe -lresolv' \
	    'Requires: libcrypto libidn2 jansson sqlite3 expat zlib libseccomp' \
	    'Cflags: -I$${includedir}' >$@

## completions  for bash, zsh and fish, from the .ggo files
COMPLETIONS = $(TOOLS:%=$(O)/completions/bash/%) \
	$(TOOLS:%=$(O)/completions/zsh/_%) \
	$(TOOLS:%=$(O)/completions/fish/%.fish)
.PHONY: completions
completions: $(COMPLETIONS)
$(O)/completions/bash/%: completions/complete.awk cmd/*/*.ggo
	@mkdir -p $(@D)
	$(Q)$(AWK) -v tool=$* -v shell=bash -f completions/complete.awk \
	    $(wildcard cmd/$*/*.ggo) >$@
$(O)/completions/zsh/_%: completions/complete.awk cmd/*/*.ggo
	@mkdir -p $(@D)
	$(Q)$(AWK) -v tool=$* -v shell=zsh -f completions/complete.awk \
	    $(wildcard cmd/$*/*.ggo) >$@
$(O)/completions/fish/%.fish: completions/complete.awk cmd/*/*.ggo
	@mkdir -p $(@D)
	$(Q)$(AWK) -v tool=$* -v shell=fish -f completions/complete.awk \
	    $(wildcard cmd/$*/*.ggo) >$@

EXAMPLES = $(foreach e,$(filter-out examples/systemd%,\
	  $(wildcard examples/* examples/*/*)),$(if $(wildcard $(e)/*),,$(e)))
PAGES	= $(wildcard man/*.[1-8])
# The installed name of page $(1): those of the tools bear their prefix.
named	= $(if $(filter $(TOOLS),$(basename $(1))),$(PROGRAM_PREFIX))$(1)
# The rooms that other programs may use, without what is private to them.
HEADERS	= $(filter-out %impl.h,$(wildcard $(patsubst %,common/%/*.h,\
	  base dns mail spf dkim dmarc)))
# What is installed: MODE:FROM:TO.
INSTALLED = \
	$(foreach t,$(TOOLS),755:$(O)/bin/$(t):$(BINDIR)/$(PROGRAM_PREFIX)$(t)) \
	644:$(LIB):$(LIBDIR)/libvouchsafe.a \
	644:$(O)/vouchsafe.pc:$(PKGCONFIGDIR)/vouchsafe.pc \
	$(foreach h,$(HEADERS:common/%=%),\
	    644:common/$(h):$(INCLUDEDIR)/vouchsafe/$(h)) \
	$(foreach m,$(notdir $(PAGES)),\
	    644:$(O)/named/man/$(m):$(MANDIR)/man$(subst .,,$(suffix $(m)))/$(call named,$(m))) \
	$(foreach t,$(TOOLS),\
	    644:$(O)/named/bash/$(t):$(BASHCOMPDIR)/$(PROGRAM_PREFIX)$(t) \
	    644:$(O)/named/zsh/_$(t):$(ZSHCOMPDIR)/_$(PROGRAM_PREFIX)$(t) \
	    644:$(O)/named/fish/$(t).fish:$(FISHCOMPDIR)/$(PROGRAM_PREFIX)$(t).fish) \
	755:$(O)/named/examples/postfix-filter:$(LIBEXECDIR)/vouchsafe/postfix-filter \
	$(foreach a,$(ADAPTERS),\
	    755:$(O)/libexec/adapters/$(a):$(LIBEXECDIR)/vouchsafe/adapters/$(a)) \
	$(foreach u,$(UNITS),644:$(O)/systemd/$(u):$(UNITDIR)/$(u)) \
	$(foreach u,$(SYSUSERS),644:$(O)/systemd/$(u):$(SYSUSERSDIR)/$(u:sysusers-%=%)) \
	$(foreach u,$(TMPFILES),644:$(O)/systemd/$(u):$(TMPFILESDIR)/$(u:tmpfiles-%=%)) \
	$(foreach d,README.md CHANGELOG.md VIOLATIONS.md LICENSE,\
	    644:$(d):$(DOCDIR)/$(d)) \
	$(foreach e,$(EXAMPLES),644:$(O)/named/$(e):$(DOCDIR)/$(e))
# examples/systemd/NAME.{socket,service,timer,path}.in, sysusers-NAME.conf.in and
# tmpfiles-NAME.conf.in, with @BINDIR@ and the like filled in.
SYSTEMD	:= $(patsubst examples/systemd/%.in,%,$(wildcard examples/systemd/*.in))
SYSUSERS := $(filter sysusers-%,$(SYSTEMD))
TMPFILES := $(filter tmpfiles-%,$(SYSTEMD))
UNITS	:= $(filter-out $(SYSUSERS) $(TMPFILES),$(SYSTEMD))
$(O)/systemd/%: examples/systemd/%.in $(O)/places
	@mkdir -p $(@D)
	$(Q)sed -e 's|@BINDIR@|$(BINDIR)|g' -e 's|@STATEDIR@|$(STATEDIR)|g' \
	    -e 's|@SYSCONFDIR@|$(SYSCONFDIR)|g' \
	    -e 's|@LIBEXECDIR@|$(LIBEXECDIR)|g' $< >$@
all: $(SYSTEMD:%=$(O)/systemd/%)

# What names the tools, with the names and places that they are installed by.
# Examples call them by full path: another program of that name on PATH must
# not be run instead.
blank	:= $() $()
ANYTOOL	= $(subst $(blank),|,$(strip $(TOOLS)))
$(O)/named/%: % $(O)/places
	@mkdir -p $(@D)
	$(Q)sed -E -e 's,/usr/local/bin/($(ANYTOOL)),$(BINDIR)/$(PROGRAM_PREFIX)\1,g' \
	    -e 's,/usr/local/libexec/,$(LIBEXECDIR)/,g' $< >$@
ifdef PROGRAM_PREFIX
RENAME	= sed -E 's,(^|[^A-Za-z0-9_./@-])($(ANYTOOL))($$|[^A-Za-z0-9_.@-]|\.$$),\1$(PROGRAM_PREFIX)\2\3,g'
else
RENAME	= cat
endif
$(O)/named/man/%: man/% $(O)/places
	@mkdir -p $(@D)
	$(Q)$(RENAME) $< | $(RENAME) >$@
$(O)/named/bash/%: $(O)/completions/bash/% $(O)/places
	@mkdir -p $(@D)
	$(Q)sed '/^complete /s/[^ ]*$$/$(PROGRAM_PREFIX)&/' $< >$@
$(O)/named/zsh/%: $(O)/completions/zsh/% $(O)/places
	@mkdir -p $(@D)
	$(Q)sed '1s/^#compdef /&$(PROGRAM_PREFIX)/' $< >$@
$(O)/named/fish/%: $(O)/completions/fish/% $(O)/places
	@mkdir -p $(@D)
	$(Q)sed 's/^complete -c /&$(PROGRAM_PREFIX)/' $< >$@
NAMED	= $(EXAMPLES:%=$(O)/named/%) $(PAGES:%=$(O)/named/%) \
	  $(TOOLS:%=$(O)/named/bash/%) $(TOOLS:%=$(O)/named/zsh/_%) \
	  $(TOOLS:%=$(O)/named/fish/%.fish)

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

## install      everything below PREFIX (after DESTDIR), and
## uninstall    remove exactly that
install: all $(NAMED)
	$(Q)set -e; umask 022; for f in $(INSTALLED); do \
	    from=$${f#*:}; to="$(DESTDIR)$${from#*:}"; from=$${from%%:*}; \
	    mkdir -p "$${to%/*}"; \
	    $(INSTALL) -m "$${f%%:*}" "$$from" "$$to"; done
	$(call say,INST,$(DESTDIR)$(PREFIX))
OWN_DIRS = $(sort $(dir $(HEADERS:common/%=$(INCLUDEDIR)/vouchsafe/%))) \
	$(INCLUDEDIR)/vouchsafe \
	$(patsubst %/.,$(DOCDIR)/%,$(filter-out examples/systemd%,$(wildcard examples/*/.))) \
	$(DOCDIR)/examples $(DOCDIR) \
	$(LIBEXECDIR)/vouchsafe/adapters $(LIBEXECDIR)/vouchsafe
uninstall:
	$(Q)for f in $(INSTALLED); do rm -f "$(DESTDIR)$${f##*:}"; done
	$(Q)for d in $(OWN_DIRS); do \
	    rmdir "$(DESTDIR)$$d" 2>/dev/null || :; done

## dist         build/vouchsafe-VERSION.tar.gz, from git
dist:
	@mkdir -p $(O)
	$(Q)git archive --format=tar --prefix=vouchsafe-$(VERSION)/ HEAD | \
	    gzip -9n >$(O)/vouchsafe-$(VERSION).tar.gz
	$(call say,TAR,$(O)/vouchsafe-$(VERSION).tar.gz)

##
## V=1          show the commands           O=DIR      build there
## WERROR=1     warnings are errors         SANITIZE=address,undefined
## STATIC_CRYPTO=1  libcrypto inside the tools: start half a millisecond
##              sooner, but no longer follow the distribution's updates
## PROGRAM_PREFIX=vouchsafe-  before each tool's installed name
## PREFIX DESTDIR SYSCONFDIR STATEDIR BINDIR LIBDIR LIBEXECDIR MANDIR

-include $(LIB_OBJ:.o=.d) $(wildcard $(O)/cmd/*/*.d)
