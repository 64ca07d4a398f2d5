# SPDX-License-Identifier: ISC
# What is installed, where, and by what name; the Makefile includes this.
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
# Before the installed names of PREFIXED, which are all tools unless said
# otherwise: Debian's python3-dkim has programs of two of the names.
PROGRAM_PREFIX ?=
PREFIXED ?= $(TOOLS)
pre	= $(if $(filter $(PREFIXED),$(1)),$(PROGRAM_PREFIX))
INSTALL	?= install

EXAMPLES = $(foreach e,$(filter-out examples/systemd%,\
	  $(wildcard examples/* examples/*/*)),$(if $(wildcard $(e)/*),,$(e)))
PAGES	= $(wildcard man/*.[1-8])
# The installed name of page $(1): those of the tools bear their prefix.
named	= $(call pre,$(basename $(1)))$(1)
# The rooms that other programs may use, without what is private to them.
HEADERS	= $(filter-out %impl.h,$(wildcard $(patsubst %,common/%/*.h,\
	  base dns mail spf dkim dmarc)))
# What is installed: MODE:FROM:TO.
INSTALLED = \
	$(foreach t,$(TOOLS),755:$(O)/bin/$(t):$(BINDIR)/$(call pre,$(t))$(t)) \
	644:$(LIB):$(LIBDIR)/libvouchsafe.a \
	644:$(O)/vouchsafe.pc:$(PKGCONFIGDIR)/vouchsafe.pc \
	$(foreach h,$(HEADERS:common/%=%),\
	    644:common/$(h):$(INCLUDEDIR)/vouchsafe/$(h)) \
	$(foreach m,$(notdir $(PAGES)),\
	    644:$(O)/named/man/$(m):$(MANDIR)/man$(subst .,,$(suffix $(m)))/$(call named,$(m))) \
	$(foreach t,$(TOOLS),\
	    644:$(O)/named/bash/$(t):$(BASHCOMPDIR)/$(call pre,$(t))$(t) \
	    644:$(O)/named/zsh/_$(t):$(ZSHCOMPDIR)/_$(call pre,$(t))$(t) \
	    644:$(O)/named/fish/$(t).fish:$(FISHCOMPDIR)/$(call pre,$(t))$(t).fish) \
	755:$(O)/named/examples/postfix-filter:$(LIBEXECDIR)/vouchsafe/postfix-filter \
	$(foreach a,$(ADAPTERS),\
	    755:$(O)/libexec/adapters/$(a):$(LIBEXECDIR)/vouchsafe/adapters/$(a)) \
	$(foreach u,$(UNITS),644:$(O)/systemd/$(u):$(UNITDIR)/$(u)) \
	$(foreach u,$(SYSUSERS),644:$(O)/systemd/$(u):$(SYSUSERSDIR)/$(u:sysusers-%=%)) \
	$(foreach u,$(TMPFILES),644:$(O)/systemd/$(u):$(TMPFILESDIR)/$(u:tmpfiles-%=%)) \
	$(foreach d,README.md CHANGELOG.md VIOLATIONS.md SECURITY.md LICENSE,\
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
any	= $(subst $(blank),|,$(strip $(1)))
$(O)/named/%: % $(O)/places
	@mkdir -p $(@D)
	$(Q)sed -E -e 's,/usr/local/bin/($(call any,$(PREFIXED))),$(BINDIR)/$(PROGRAM_PREFIX)\1,g' \
	    -e 's,/usr/local/bin/($(call any,$(TOOLS))),$(BINDIR)/\1,g' \
	    -e 's,/usr/local/libexec/,$(LIBEXECDIR)/,g' $< >$@
ifdef PROGRAM_PREFIX
RENAME	= sed -E 's,(^|[^A-Za-z0-9_./@-])($(call any,$(PREFIXED)))($$|[^A-Za-z0-9_.@-]|\.$$),\1$(PROGRAM_PREFIX)\2\3,g'
else
RENAME	= cat
endif
$(O)/named/man/%: man/% $(O)/places
	@mkdir -p $(@D)
	$(Q)$(RENAME) $< | $(RENAME) >$@
$(O)/named/bash/%: $(O)/completions/bash/% $(O)/places
	@mkdir -p $(@D)
	$(Q)sed '/^complete /s/[^ ]*$$/$(call pre,$*)&/' $< >$@
$(O)/named/zsh/%: $(O)/completions/zsh/% $(O)/places
	@mkdir -p $(@D)
	$(Q)sed '1s/^#compdef /&$(call pre,$(*:_%=%))/' $< >$@
$(O)/named/fish/%: $(O)/completions/fish/% $(O)/places
	@mkdir -p $(@D)
	$(Q)sed 's/^complete -c /&$(call pre,$(*:%.fish=%))/' $< >$@
NAMED	= $(EXAMPLES:%=$(O)/named/%) $(PAGES:%=$(O)/named/%) \
	  $(TOOLS:%=$(O)/named/bash/%) $(TOOLS:%=$(O)/named/zsh/_%) \
	  $(TOOLS:%=$(O)/named/fish/%.fish)

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

$(O)/vouchsafe.pc: Makefile packaging/install.mk $(O)/places
	$(Q)printf '%s\n' 'prefix=$(PREFIX)' 'libdir=$(LIBDIR)' \
	    'includedir=$(INCLUDEDIR)/vouchsafe' '' 'Name: vouchsafe' \
	    'Description: SPF, DKIM, DMARC and just-in-time privilege' \
	    'Version: $(VERSION)' 'Libs: -L$${libdir} -lvouchsafe -lresolv' \
	    'Requires: libcrypto libidn2 jansson sqlite3 expat zlib libseccomp' \
	    'Cflags: -I$${includedir}' >$@

## dist         build/vouchsafe-VERSION.tar.gz, from git
dist:
	@mkdir -p $(O)
	$(Q)top=$$(git rev-parse --show-cdup 2>&1) && [ -z "$$top" ] || { \
	    echo "make dist: this is no git checkout" >&2; exit 1; }
	$(Q)git archive --format=tar --prefix=vouchsafe-$(VERSION)/ \
	    -o $(O)/vouchsafe-$(VERSION).tar HEAD
	$(Q)gzip -9nf $(O)/vouchsafe-$(VERSION).tar
	$(call say,TAR,$(O)/vouchsafe-$(VERSION).tar.gz)

## deb          Debian packages of the last commit, in build/deb
.PHONY: deb
deb:
	$(Q)rm -rf $(O)/deb && mkdir -p $(O)/deb
	$(Q)git archive --format=tar --prefix=vouchsafe-$(VERSION)/ HEAD | \
	    gzip -9n >$(O)/deb/vouchsafe_$(VERSION).orig.tar.gz
	$(Q)cd $(O)/deb && tar -xzf vouchsafe_$(VERSION).orig.tar.gz && \
	    cd vouchsafe-$(VERSION) && cp -R packaging/debian debian && \
	    dpkg-buildpackage -us -uc >../build.log 2>&1 || \
	    { tail -30 ../build.log; exit 1; }
	$(call say,DEB,$(O)/deb)

## check-deb    look at them, install and purge them in a bare Debian
.PHONY: check-deb
check-deb: deb
	@sh packaging/check-deb $(O)/deb
