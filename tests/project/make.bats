#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What the Makefile promises to packagers.
bats_require_minimum_version 1.8.0
load ../lib/bats/common

# A make of its own: nothing from the make that runs these tests.
mk() {
	env -u O -u MAKEFLAGS -u MAKEOVERRIDES -u MFLAGS -u MAKELEVEL \
	    -u SANITIZE -u DESTDIR -u PREFIX make "$@"
}

# A copy of the sources, without what was built.
copy_sources() {
	mkdir -p "$1"
	(cd "$ROOT" && find . -type f ! -path './build*/*' ! -path './.git/*' \
	    ! -path './.git' ! -path './tests/vectors/*' \
	    ! -path './tests/fuzz/corpus/*' | tar cf - -T -) |
	    tar xf - -C "$1"
}

# One build for all tests, read by all, altered by none.
setup_file() {
	[ -z "${SANITIZE:-}" ] || return 0
	cd "$BATS_FILE_TMPDIR" || return 1
	copy_sources src
	mk -s -j2 -C src >build.log 2>&1
}

setup() {
	use_tmp
	no_sanitizer
	SRC=$BATS_FILE_TMPDIR/src
}

@test "a build says nothing but what it does, and warns of nothing" {
	run -0 cat "$BATS_FILE_TMPDIR/build.log"
	assert_out_empty
}

@test "make install puts everything below DESTDIR, uninstall takes it away" {
	run -0 --separate-stderr mk -s -C "$SRC" install DESTDIR="$T/root"
	assert_out_empty
	[ -x root/usr/local/bin/dkimverify ]
	[ -f root/usr/local/lib/libvouchsafe.a ]
	[ -f root/usr/local/include/vouchsafe/dkim/dkim.h ]
	[ -f root/usr/local/lib/pkgconfig/vouchsafe.pc ]
	[ -f root/usr/local/share/man/man7/vouchsafe.7 ]
	[ -f root/usr/local/share/man/man1/dkimverify.1 ]
	[ -f root/usr/local/share/bash-completion/completions/dkimverify ]
	[ -f root/usr/local/share/zsh/site-functions/_dkimverify ]
	[ -f root/usr/local/share/fish/vendor_completions.d/dkimverify.fish ]
	# Nothing lands outside the prefix.
	run -0 ls root root/usr
	assert_out "$(printf 'root:\nusr\n\nroot/usr:\nlocal')"
	# A file that is not ours stays.
	echo mine >root/usr/local/bin/other
	run -0 --separate-stderr mk -s -C "$SRC" uninstall DESTDIR="$T/root"
	run -0 find root -type f
	assert_out "root/usr/local/bin/other"
}

@test "PROGRAM_PREFIX: programs, pages, completions and examples follow" {
	mk -s -C "$SRC" install DESTDIR="$T/root" PREFIX=/usr \
	    PROGRAM_PREFIX=vouchsafe-
	cd root/usr
	[ -x bin/vouchsafe-dkimsign ] && [ ! -e bin/dkimsign ]
	[ -f share/man/man1/vouchsafe-dkimsign.1 ]
	[ -f share/man/man7/vouchsafe.7 ] && [ -f share/man/man5/jitgrant-policy.5 ]
	[ -f share/man/man7/jitgrant-mail.7 ] && [ -f share/man/man8/jitgrant-run.8 ]
	grep -qx '.Nm vouchsafe-dkimsign' share/man/man1/vouchsafe-dkimsign.1
	grep -q '^.Xr vouchsafe-dkimverify 1' share/man/man7/vouchsafe.7
	grep -q '^.Xr jitgrant-policy 5' share/man/man8/vouchsafe-jitgrant.8
	grep -q ' vouchsafe-dkimsign$' \
	    share/bash-completion/completions/vouchsafe-dkimsign
	run -0 head -n 1 share/zsh/site-functions/_vouchsafe-dkimsign
	assert_out '#compdef vouchsafe-dkimsign'
	grep -q '^complete -c vouchsafe-dkimsign -l key ' \
	    share/fish/vendor_completions.d/vouchsafe-dkimsign.fish
	grep -q '^| /usr/bin/vouchsafe-spfcheck -o' \
	    share/doc/vouchsafe/examples/procmailrc
	grep -q '^DKIMSIGN=/usr/bin/vouchsafe-dkimsign$' \
	    libexec/vouchsafe/postfix-filter
	[ -x libexec/vouchsafe/postfix-filter ]
	# Without a prefix nothing of it is left, and the places are right.
	mk -s -C "$SRC" install DESTDIR="$T/plain" PREFIX=/usr
	cd "$T/plain/usr"
	grep -q '^DKIMSIGN=/usr/bin/dkimsign$' libexec/vouchsafe/postfix-filter
	grep -q 'argv=/usr/libexec/vouchsafe/postfix-filter judge' \
	    libexec/vouchsafe/postfix-filter
	cmp share/man/man1/dkimsign.1 "$ROOT/man/dkimsign.1"
	run -1 grep -r vouchsafe-dkimsign share/doc/vouchsafe/examples
}

@test "PREFIXED: the prefix is before those names alone" {
	mk -s -C "$SRC" install DESTDIR="$T/some" PREFIX=/usr \
	    PROGRAM_PREFIX=vouchsafe- PREFIXED='dkimsign dkimverify'
	cd some/usr
	[ -x bin/vouchsafe-dkimsign ] && [ ! -e bin/dkimsign ]
	[ -x bin/spfcheck ] && [ ! -e bin/vouchsafe-spfcheck ]
	[ -f share/man/man1/vouchsafe-dkimverify.1 ]
	grep -q '^.Xr spfcheck 1' share/man/man1/vouchsafe-dkimverify.1
	run -0 head -n 1 share/zsh/site-functions/_spfcheck
	assert_out '#compdef spfcheck'
	run -0 head -n 1 share/zsh/site-functions/_vouchsafe-dkimsign
	assert_out '#compdef vouchsafe-dkimsign'
	grep -q '^DKIMSIGN=/usr/bin/vouchsafe-dkimsign$' \
	    libexec/vouchsafe/postfix-filter
	grep -q '^| /usr/bin/spfcheck -o' share/doc/vouchsafe/examples/procmailrc
}

@test "installing into what is no folder fails" {
	touch file
	run -2 --separate-stderr mk -s -C "$SRC" install DESTDIR="$T/file"
}

@test "pkg-config finds the library, and a program links with it" {
	need pkg-config
	mk -s -C "$SRC" install DESTDIR="$T/root"
	cat >x.c <<-'END'
	#include <stdio.h>
	#include <mail/verdict.h>
	int main(void) { return puts(verdict_word(VERDICT_PASS)) < 0; }
	END
	export PKG_CONFIG_PATH=$T/root/usr/local/lib/pkgconfig
	export PKG_CONFIG_SYSROOT_DIR=
	# shellcheck disable=SC2046
	cc -o x x.c $(pkg-config --define-variable=prefix="$T/root/usr/local" \
	    --define-variable=libdir="$T/root/usr/local/lib" \
	    --define-variable=includedir="$T/root/usr/local/include/vouchsafe" \
	    --cflags --libs vouchsafe)
	run -0 ./x
	assert_out pass
}

@test "every public header stands alone" {
	for h in "$ROOT"/common/*/*.h; do
		printf '#include "%s"\nstruct nothing;\n' \
		    "${h#"$ROOT"/common/}" >h.c
		cc -std=c11 -D_GNU_SOURCE -fsyntax-only -Wall -Werror \
		    -I "$ROOT/common" h.c || return 1
	done
}

@test "installed headers compile alone, in plain C and in C++" {
	local h c n=0 cxx=()
	for c in g++ clang++; do
		! command -v $c >/dev/null || cxx+=("$c")
	done
	mk -s -C "$SRC" install DESTDIR="$T/root"
	for h in "$T"/root/usr/local/include/vouchsafe/*/*.h; do
		n=$((n + 1))
		# As another program has them: no macro of ours, no warning.
		printf '#include "%s"\nstruct nothing;\n' "$h" >h.c
		printf 'extern "C" {\n#include "%s"\n}\n' "$h" >h.cc
		cc -std=c11 -fsyntax-only -Wall -Wextra -Werror \
		    -I root/usr/local/include/vouchsafe h.c
		for c in "${cxx[@]}"; do
			"$c" -fsyntax-only -Wall -Wextra -Werror \
			    -I root/usr/local/include/vouchsafe h.cc
		done
	done
	[ "$n" -gt 30 ]
	[ "${#cxx[@]}" -gt 0 ] || skip "C only: there is no C++ compiler"
	# A word that C++ has for itself would be found.
	printf 'extern "C" {\nstruct x { int public; };\n}\n' >h.cc
	run ! "${cxx[0]}" -fsyntax-only h.cc
	cat >x.cc <<-'END'
	extern "C" {
	#include "mail/verdict.h"
	}
	#include <stdio.h>
	int main() { puts(verdict_word(VERDICT_PASS)); return 0; }
	END
	"${cxx[0]}" -c -I root/usr/local/include/vouchsafe x.cc
	cc -o x x.o root/usr/local/lib/libvouchsafe.a
	run -0 ./x
	assert_out pass
}

@test "two builds in different folders give the same bytes" {
	copy_sources two/deeper
	mk -s -C two/deeper -j2 O=out
	for f in "$SRC"/build/bin/*; do
		assert_same "$f" "two/deeper/out/bin/${f##*/}"
	done
	assert_same "$SRC/build/lib/libvouchsafe.a" \
	    two/deeper/out/lib/libvouchsafe.a
}

@test "a changed header or option file rebuilds what depends on it" {
	run -0 mk -C "$SRC" -q
	run -1 mk -C "$SRC" -q -W common/mail/verdict.h
	run -1 mk -C "$SRC" -q -W cmd/dkimverify/dkimverify.ggo
	run -1 mk -C "$SRC" -q -W cmd/dkimverify/dkimverify.ggo \
	    build/cmd/dkimverify/dkimverify.o
}

@test "other flags rebuild, the same flags do not" {
	copy_sources src
	mk -s -C src build/common/base/span.o
	run -0 mk -C src -q build/common/base/span.o
	run -1 mk -C src -q build/common/base/span.o CPPFLAGS=-DOTHER
}

@test "other places rebuild what knows them, and nothing else" {
	run -1 mk -C "$SRC" -q build/cmd/jitgrant/env.o SYSCONFDIR=/other
	# The question alone has changed what is remembered.
	run -1 mk -C "$SRC" -q build/cmd/jitgrant/env.o
	run -0 mk -C "$SRC" -q build/common/base/span.o SYSCONFDIR=/other
	mk -s -C "$SRC"
	run -0 mk -C "$SRC" -q
}

@test "a build is quiet, V=1 shows the commands" {
	copy_sources src
	run -0 --separate-stderr mk --no-print-directory -C src \
	    build/common/base/span.o
	assert_out "  CC   build/common/base/span.o"
	assert_err_empty
	rm -r src/build
	run -0 mk -C src build/common/base/span.o V=1
	assert_out_has "-std=c11"
}

@test "make check NOINSTALL=1 never installs" {
	mkdir bin
	for t in apt-get sudo dpkg; do
		printf '#!/bin/sh\necho "%s $*" >>"%s/called"\n' $t "$T" \
		    >bin/$t
		chmod +x bin/$t
	done
	printf 'no-such-package-at-all\n' >list
	PATH=$T/bin:$PATH NOINSTALL=1 run -0 \
	    sh "$ROOT/tests/lib/run/install-packages" list
	[ ! -e called ]
	# Without it, the missing package is asked for.
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	PATH=$T/bin:$PATH NOINSTALL='' POLICY_RC_D=$T/policy run -0 \
	    sh "$ROOT/tests/lib/run/install-packages" list
	grep -q '^apt-get install .*no-such-package-at-all' called
}

# installs POLICY: what install-packages asks of an apt-get that notes whether
# a server could be started meanwhile, and that would remove exim4 for postfix.
installs() {
	mkdir -p bin
	cat >bin/apt-get <<-END
	#!/bin/sh
	case "\$*" in
	*-s*postfix*) echo 'Remv exim4-daemon-light [4.96]'; exit 0 ;;
	esac
	"$T/policy" postfix start
	echo "policy \$? apt-get \$*" >>"$T/called"
	case "\$*" in *postfix*) exit 100 ;; esac
	END
	printf '#!/bin/sh\nexit 1\n' >bin/dpkg-query
	chmod +x bin/*
	printf 'postfix\nharmless\n' >list
	PATH=$T/bin:$PATH NOINSTALL='' POLICY_RC_D=$T/policy run -0 \
	    sh "$ROOT/tests/lib/run/install-packages" list
}

@test "make check installs without removing, and starts no server" {
	need_root
	installs
	assert_out_has "installing what the tests use"
	assert_out_has "no server among them is started"
	# Every install ran while starts were refused, none may remove.
	[ "$(grep -c 'apt-get install' called)" -ge 3 ]
	assert_file_lacks_re '^policy ([^1]|1[^0])' '^policy 101 ' called
	[ "$(grep -c 'install' called)" -eq "$(grep -c -e --no-remove called)" ]
	# What would remove another is left out, and said; the rest came.
	assert_out_has "postfix is not installed: it would remove exim4-daemon-light"
	grep -q 'install .* harmless$' called
	# The refusal is taken away again.
	[ ! -e policy ]
}

@test "make check installs nothing where servers would be started" {
	need_root
	printf '#!/bin/sh\nexit 0\n' >policy
	chmod +x policy
	cp policy as-it-was
	installs
	assert_out_has "nothing is installed"
	[ ! -e called ]
	assert_same as-it-was policy
	# One that refuses starts itself is left as it is, and enough.
	printf '#!/bin/sh\nexit 101\n' >policy
	cp policy as-it-was
	installs
	[ -s called ]
	assert_same as-it-was policy
	# What a killed run left behind is cleared away.
	{
		echo '#!/bin/sh'
		sed -n "s/^mark='\(.*\)'/\1/p" \
		    "$ROOT/tests/lib/run/install-packages"
		echo 'exit 101'
	} >policy
	installs
	[ ! -e policy ]
}

@test "make dist makes the same tarball twice, and it builds" {
	need git
	git -C "$ROOT" rev-parse --git-dir >/dev/null 2>&1 || skip "not in git"
	mk -s -C "$ROOT" O="$T/a" dist
	mk -s -C "$ROOT" O="$T/b" dist
	assert_same a/vouchsafe-*.tar.gz b/vouchsafe-*.tar.gz
	tar xzf a/vouchsafe-*.tar.gz
	mk -s -C vouchsafe-*/ build/common/base/span.o
	run -0 cat vouchsafe-*/build/common/base/span.d
}

@test "make dist outside of git fails, and leaves no tarball" {
	need git
	copy_sources two/deeper
	GIT_CEILING_DIRECTORIES=$PWD run -2 --separate-stderr \
	    mk -s -C two/deeper O="$T/a" dist
	assert_err_has 'make dist: this is no git checkout'
	run ! ls a/*.gz
	# In somebody else's repository too.
	git init -q two
	run -2 --separate-stderr mk -s -C two/deeper O="$T/a" dist
	assert_err_has 'make dist: this is no git checkout'
	run ! ls a/*.gz
}

@test "make help lists every public target" {
	run -0 mk -s -C "$ROOT" help
	for t in all unit check check-all check-mta conformance lint fuzz \
	    bench install uninstall dist completions clean; do
		assert_out_match "(^|"$'\n'")$t  "
	done
}

@test "a caller's flags are added to ours, wherever they come from" {
	copy_sources src
	mk -s -C src -n build/common/base/span.o V=1 \
	    CPPFLAGS='-DHIS -D_FORTIFY_SOURCE=2' CFLAGS='-O1 -Dmore' >line
	grep -q -- '-D_GNU_SOURCE .*-DHIS .*-O1 -Dmore .*-U_FORTIFY_SOURCE' line
	CPPFLAGS=-DHIS mk -s -C src -n build/common/base/span.o \
	    V=1 >line
	grep -q -- '-D_GNU_SOURCE .*-DHIS ' line
}

@test "a path with a space is refused in plain words" {
	mkdir 'a b'
	cp "$SRC/Makefile" 'a b'
	run -2 --separate-stderr mk -C 'a b'
	assert_err_has 'a folder with a space in its path'
}

@test "what is installed can be read by all, whatever the umask" {
	(umask 077 && mk -s -C "$SRC" install DESTDIR="$T/root")
	run -0 find root/usr ! -perm -0444 -o -type d ! -perm -0555
	assert_out_empty
}
