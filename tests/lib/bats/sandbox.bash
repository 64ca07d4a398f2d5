# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# need_sandbox: skip the test where there can be no sandbox.
need_sandbox() {
	need_root
	need unshare setpriv strings systemd-socket-activate
	unshare -m true 2>/dev/null || skip "no private mounts here"
}

# ready_for_sandbox: in setup(), the same for the tests that have one. (`skip`
# within `run` would end only its subshell, and with success.)
ready_for_sandbox() {
	case $(declare -f "$BATS_TEST_NAME") in
	*sandbox*) need_sandbox ;;
	esac
}

# sandbox SCRIPT [ARGUMENT...]: run a bash script as root with an /etc, a /run,
# a /var/lib and a folder of adapters of its own: the machine stays as it is.
#
# In it there are the accounts _vouchsafe, alice and bob, the group staffers,
# the adapters where jitgrant looks for them ($ADAPTERS), and the functions
# below `inside`.
sandbox() {
	BATS_SANDBOX=$T/sandbox
	mkdir -p "$BATS_SANDBOX"
	export BATS_SANDBOX
	export -f inside serve as_user
	local script=$1
	shift
	# A program that has changed its account cannot be traced, and LSan
	# ends it for that alone. All else of ASan stays.
	ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 \
	    unshare -m --propagation private bash -euc \
	    'inside; eval "$0"' "$script" "$@" 3>&- 4>&-
}

# Everything below runs in the private mount namespace.
inside() {
	local s=$BATS_SANDBOX above entry
	ADAPTERS=$(strings -n 9 "$BIN/jitgrant" | grep '/adapters$')
	above=$ADAPTERS
	while [ ! -d "$above" ]; do above=${above%/*}; done
	mount -t tmpfs -o mode=755 none "$s"
	mkdir "$s/etc" "$s/lib" "$s/above" "$s/farm"
	cp -a /etc/. "$s/etc/"
	# What stands beside the adapters' folder stays where it is.
	mount --bind "$above" "$s/above"
	for entry in "$s/above"/*; do
		[ ! -e "$entry" ] || ln -s "$entry" "$s/farm/${entry##*/}"
	done
	mount --bind "$s/farm" "$above"
	mount --bind "$s/etc" /etc
	mount -t tmpfs -o mode=755 none /run
	mount -t tmpfs -o mode=755 none /var/lib
	# What libfaketime left there when it was killed is in its way.
	mount -t tmpfs -o mode=1777 none /dev/shm
	# libfaketime keeps a file a process there. One that is killed leaves
	# it, and the next process of that number dies of it.
	mount -t tmpfs -o mode=1777 none /dev/shm
	mkdir -p "$ADAPTERS" /run/vouchsafe /var/lib/vouchsafe /etc/vouchsafe
	cp "$BIN"/../libexec/adapters/* "$ADAPTERS"
	mkdir /run/bin
	cp "$BIN/jitgrant" /run/bin
	printf '%s\n' '_vouchsafe:x:64101:64101::/:/bin/sh' \
	    'alice:x:64102:64102::/:/bin/sh' \
	    'bob:x:64103:64103::/:/bin/sh' >>/etc/passwd
	printf '%s\n' '_vouchsafe:x:64101:' 'alice:x:64102:' 'bob:x:64103:' \
	    'staffers:x:64110:bob' >>/etc/group
	printf '%s\n' '_vouchsafe:!::' 'alice:!::' 'bob:!::' \
	    'staffers:!::bob' >>/etc/gshadow
	printf '%s:*:19000:0:99999:7:::\n' _vouchsafe alice bob >>/etc/shadow
	chown _vouchsafe:_vouchsafe /run/vouchsafe /var/lib/vouchsafe
	chmod 700 /var/lib/vouchsafe
	PATH=/run/bin:$PATH
	export ADAPTERS
}

# serve [ARGUMENT...]: a system's home, with the policy on standard input,
# behind a socket; the arguments are those of `jitgrant serve`.
serve() {
	cat >/etc/vouchsafe/policy
	chmod 644 /etc/vouchsafe/policy
	jitgrant init >/dev/null
	setpriv --reuid _vouchsafe --regid _vouchsafe --clear-groups \
	    systemd-socket-activate -l /run/vouchsafe/jitgrant.sock -a \
	    --inetd /run/bin/jitgrant serve "$@" >/dev/null 2>&1 &
	# shellcheck disable=SC2064
	trap "kill $!" EXIT
	local i
	for ((i = 0; i < 100; i++)); do
		[ ! -S /run/vouchsafe/jitgrant.sock ] || break
		read -rt 0.05 <> <(:) || :
	done
	chmod 666 /run/vouchsafe/jitgrant.sock
}

as_user() {	# as_user NAME COMMAND...
	local name=$1
	shift
	setpriv --reuid "$name" --regid "$name" --init-groups -- "$@"
}
