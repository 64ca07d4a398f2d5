# SPDX-License-Identifier: ISC
# What the .ggo files say of the options becomes a table, a help text and the
# completions of three shells; the Makefile includes this.
GGO	:= $(patsubst cmd/%.ggo,%,$(wildcard cmd/*/*.ggo))
GGO_C	:= $(GGO:%=$(O)/gen/%_cli.c)
GGO_H	:= $(GGO:%=$(O)/gen/%_cli.h) $(GGO:%=$(O)/gen/%_options.h)

# TOOL for TOOL/TOOL, TOOL_VERB for TOOL/verb_VERB.
stem	= $(if $(filter $(patsubst %/,%,$(dir $(1))),$(notdir $(1))),$(notdir $(1)),$(subst /verb_,_,$(1)))
# The help says values and defaults in its own words: not again in brackets.
# gengetopt's own code: its warnings are not ours to fix.  A folder of the build
# is not to stand in it, or two builds would differ.
$(O)/gen/%_cli.c $(O)/gen/%_cli.h: cmd/%.ggo
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(Q)sed 's/ values=\("[^"]*",\{0,1\}\)*//' $< | \
	    gengetopt -F $(*F)_cli -f $(call stem,$*)_cli \
	    -a $(call stem,$*)_args --output-dir=$(@D) --unamed-opts \
	    --no-handle-error --no-handle-help --no-handle-version \
	    --set-version='$(VERSION)'
	$(Q)sed 's/\(\\n\)\{0,1\} *(default=off)"/"/; s| --output-dir=[^ ]*||' \
	    $(@D)/$(*F)_cli.c >$(@D)/$(*F)_cli.t
	$(Q)mv $(@D)/$(*F)_cli.t $(@D)/$(*F)_cli.c

# The same options as a getopt_long(3) table, for those collected from argv.
$(O)/gen/%_options.h: cmd/%.ggo cmd/cli/options.awk
	@mkdir -p $(@D)
	$(Q)$(AWK) -v stem=$(call stem,$*) -f cmd/cli/options.awk $< >$@

$(O)/gen/%.o: $(O)/gen/%.c $(O)/flags
	$(call say,CC,$@)
	$(Q)$(COMPILE) -w -c -o $@ $<

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
