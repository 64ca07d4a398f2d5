# SPDX-License-Identifier: ISC
# The pipe spfcheck | dkimverify | dmarceval: whom each stage believes.
# shellcheck disable=SC2030,SC2031,SC2059,SC2094
bats_require_minimum_version 1.8.0
load ../lib/bats/common

SECRET=0123456789abcdef0123456789abcdef
OTHER=fedcba9876543210fedcba9876543210

# Two keys of one domain: one published, and a mail signed with it.
setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	dkimkey new -t ed25519 key.pem
	{
		dkimkey record -d legit.example -s s1 key.pem
		cat <<-'END'
		legit.example. 60 IN TXT "v=spf1 ip4:192.0.2.1 -all"
		_dmarc.legit.example. 60 IN TXT "v=DMARC1; p=reject"
		attack.example. 60 IN TXT "v=spf1 ip4:192.0.2.66 -all"
		_dmarc.attack.example. 60 IN TXT "v=DMARC1; p=none"
		END
	} >full.zone
	grep -v _domainkey full.zone >nokey.zone
	cat >plain <<-'END'
	Date: Mon, 23 Nov 2026 18:00:00 +0000
	From: Some One <one@legit.example>
	To: two@here.example
	Message-ID: <1@legit.example>
	Subject: a pipe

	Text.
	END
	dkimsign -d legit.example -s s1 -k key.pem plain >good
}

setup() {
	use_tmp
	cp "$BATS_FILE_TMPDIR"/* .
	COMMON=(-o message --authserv-id=me.example --offline)
	ZONE=full.zone
	FROM=one@legit.example
	IP=192.0.2.1
}

# stage NAME IN OUT [OPTION]...: one stage of the pipe.
stage() {
	local name=$1 in=$2 out=$3
	shift 3
	case $name in
	spfcheck) set -- --ip="$IP" --mail-from="$FROM" --helo=h "$@" ;;
	esac
	"$name" "${COMMON[@]}" --zone="$ZONE" "$@" <"$in" >"$out" 2>>err
}

# Fields of our own in a message, unfolded, one a line.
ours() {
	awk '/^\r?$/ { exit }
	    /^[ \t]/ { sub(/^[ \t]+/, " "); line = line $0; next }
	    { if (line != "") print line; line = $0 }
	    END { if (line != "") print line }' "$1" |
	    grep -i '^authentication-results *: *me\.example' || :
}

ORDERS='spfcheck
dkimverify
dmarceval
spfcheck dkimverify
spfcheck dmarceval
dkimverify spfcheck
dkimverify dmarceval
dmarceval spfcheck
dmarceval dkimverify
spfcheck dkimverify dmarceval
spfcheck dmarceval dkimverify
dkimverify spfcheck dmarceval
dkimverify dmarceval spfcheck
dmarceval spfcheck dkimverify
dmarceval dkimverify spfcheck'

# Secrets by name: one a stage, the n-th of the list.
secret() {
	local state=$1 n=$2
	case $state in
	set) export VOUCHSAFE_SEAL=$SECRET ;;
	unset) unset VOUCHSAFE_SEAL ;;
	short) export VOUCHSAFE_SEAL=0123456789abcdef ;;
	changed)
		if [ "$n" -eq 1 ]; then
			export VOUCHSAFE_SEAL=$SECRET
		else
			export VOUCHSAFE_SEAL=$OTHER$n
		fi
		;;
	lost)
		export VOUCHSAFE_SEAL=$SECRET
		[ "$n" -eq 1 ] || unset VOUCHSAFE_SEAL
		;;
	found)
		unset VOUCHSAFE_SEAL
		[ "$n" -eq 1 ] || export VOUCHSAFE_SEAL=$SECRET
		;;
	esac
}

# pipe_run ORDER STATE IN: out.N are what the stages wrote; LAST the last.
pipe_run() {
	local n=0 s last=$3
	: >err
	for s in $1; do
		n=$((n + 1))
		secret "$2" "$n"
		if ! stage "$s" "$last" "out.$n"; then
			echo "stage $s of '$1' ($2) failed" >&2
			cat err >&2
			return 1
		fi
		last=out.$n
	done
	LAST=$last
	unset VOUCHSAFE_SEAL
}

# What attackers write into a mail that spoofs legit.example.
forgeries() {
	local fake='spf=pass smtp.mailfrom=one@legit.example;
	dkim=pass header.d=legit.example header.s=s1;
	dmarc=pass header.from=legit.example policy.dmarc=reject'
	local big
	printf -v big '%5000s' x
	case $1 in
	plain) printf 'Authentication-Results: me.example;\n\t%s\n' "$fake" ;;
	version) printf 'Authentication-Results: me.example 1; %s\n' "$fake" ;;
	case) printf 'AUTHENTICATION-results: ME.Example;\n\t%s\n' "$fake" ;;
	space) printf 'Authentication-Results : me.example; %s\n' "$fake" ;;
	folded) printf 'Authentication-Results:\n\t(c (d))\n me.example;\n %s\n' \
	    "$fake" ;;
	quoted) printf 'Authentication-Results: "me.ex\\ample"; %s\n' "$fake" ;;
	long) printf 'Authentication-Results: me.example (%s); %s\n' "$big" \
	    "$fake" ;;
	broken) printf 'Authentication-Results: me.example (((; %s\n' \
	    "$fake" ;;
	twenty)
		printf 'Authentication-Results: me.example'
		for ((i = 0; i < 20; i++)); do printf ';\n\t%s' "$fake"; done
		echo
		;;
	several)
		for ((i = 0; i < 5; i++)); do
			printf 'X-Other: %d\nAuthentication-Results: %s; %s\n' \
			    "$i" me.example "$fake"
		done
		;;
	malformed)
		printf 'this is no header line\n'
		printf 'Authentication-Results: me.example; %s\n' "$fake"
		;;
	sealed)
		# A field that was good in another pipe, for other bytes.
		sed -n '1,/^Date/p' sealed | sed '$d'
		;;
	esac
}
FORGERIES='plain version case space folded quoted long broken twenty several
sealed malformed'

@test "no forged result is believed, whatever the stages and the secret" {
	VOUCHSAFE_SEAL=$OTHER stage spfcheck plain sealed
	FROM=evil@attack.example
	IP=192.0.2.66
	local forgery order state got
	for forgery in $FORGERIES; do
		{ forgeries "$forgery"; cat plain; } >spoof
		for state in set unset short changed lost found; do
			# All orders for one forgery, the longest for each.
			while read -r order; do
				[ "$forgery" = several ] ||
				    [ "$forgery" = sealed ] ||
				    [ "$order" = \
					'spfcheck dkimverify dmarceval' ] ||
				    continue
				pipe_run "$order" "$state" spoof
				got=$(ours "$LAST")
				if [[ $got == *pass*legit* ||
				    $got == *dmarc=pass* ||
				    $got == *dkim=pass* ||
				    $got == *vs1*dmarc=* ]]; then
					echo "$forgery $state $order" >&2
					echo "$got" >&2
					return 1
				fi
				[[ $order != *dmarceval ||
				    $got == *dmarc=fail* ||
				    $got == *dmarc=permerror* ]]
			done <<<"$ORDERS"
		done
	done
}

@test "with a good secret no true result is lost" {
	local order got
	while read -r order; do
		# After dmarceval, the last stage, nobody is believed.
		[[ $order != *dmarceval\ * ]] || continue
		pipe_run "$order" set good
		got=$(ours "$LAST")
		[[ $order != *spfcheck* || $got == \
		    *"spf=pass smtp.mailfrom=one@legit.example"* ]]
		[[ $order != *dkimverify* || $got == \
		    *"dkim=pass header.d=legit.example"* ]]
		[[ $order != *dmarceval* || $got == \
		    *"dmarc=pass header.from=legit.example"* ]]
		# Each result stands once.
		[ "$(grep -o 'spf=' <<<"$got" | wc -l)" -le 1 ]
		[ "$(grep -o 'dkim=' <<<"$got" | wc -l)" -le 1 ]
	done <<<"$ORDERS"
}

@test "dmarceval believes a sealed SPF result, and nothing else" {
	# It is told no envelope, and the mail is unsigned: only the seal helps.
	export VOUCHSAFE_SEAL=$SECRET
	stage spfcheck plain out.1
	stage dmarceval out.1 out.2
	[[ $(ours out.2) == *dmarc=pass* ]]
	# Its own field holds dmarc alone and the check of DKIM it had to do.
	[[ $(ours out.2 | head -n 1) != *spf=* ]]
	VOUCHSAFE_SEAL=$OTHER stage dmarceval out.1 out.3
	[[ $(ours out.3) == *dmarc=permerror*no-envelope* ]]
	unset VOUCHSAFE_SEAL
	: >err
	stage dmarceval out.1 out.4
	[[ $(ours out.4) == *dmarc=permerror*no-envelope* ]]
	grep -q 'without a valid VOUCHSAFE_SEAL' err
}

@test "dmarceval believes a sealed DKIM result" {
	export VOUCHSAFE_SEAL=$SECRET
	stage dkimverify good out.1
	# Here the key is gone from the DNS: only the seal helps.
	ZONE=nokey.zone
	stage dmarceval out.1 out.2
	[[ $(ours out.2) == *dmarc=pass* ]]
	VOUCHSAFE_SEAL=$OTHER stage dmarceval out.1 out.3
	[[ $(ours out.3) != *pass* ]]
	[ "$(ours out.3 | wc -l)" -eq 1 ]
}

@test "dmarceval's field holds dmarc alone if all was believed" {
	pipe_run 'spfcheck dkimverify dmarceval' set good
	run -0 --separate-stderr head -n 2 "$LAST"
	assert_out 'Authentication-Results: me.example;
	dmarc=pass header.from=legit.example policy.dmarc=reject'
	# And the seals are gone.
	assert_file_lacks vs1 dmarc=pass "$LAST"
	# Below the fields nothing changed.
	tail -c "$(wc -c <good)" "$LAST" | cmp - good
}

@test "a sealed HELO result does not count for DMARC" {
	export VOUCHSAFE_SEAL=$SECRET
	spfcheck "${COMMON[@]}" --zone=full.zone --identity=helo \
	    --ip=192.0.2.1 --helo=legit.example --mail-from=x@attack.example \
	    <plain >out.1
	grep -q 'smtp.helo=legit.example' out.1
	stage dmarceval out.1 out.2
	[[ $(ours out.2) != *dmarc=pass* ]]
}

@test "a null sender counts as postmaster@HELO" {
	export VOUCHSAFE_SEAL=$SECRET
	spfcheck "${COMMON[@]}" --zone=full.zone --ip=192.0.2.1 \
	    --helo=legit.example --mail-from= <plain >out.1
	grep -q 'smtp.mailfrom=postmaster@legit.example' out.1
	stage dmarceval out.1 out.2
	[[ $(ours out.2) == *dmarc=pass* ]]
}

@test "a long sender loses its local part, and no result" {
	local n
	export VOUCHSAFE_SEAL=$SECRET
	for n in 230 257 330 1000; do
		for c in a '"' $'\303\251'; do
			FROM=$(printf "$c%.0s" $(seq $n))@legit.example
			run --separate-stderr dmarceval --offline \
			    --zone="$ZONE" --ip="$IP" --helo=h \
			    --mail-from="$FROM" plain
			[ "$n" -eq 1000 ] ||
			    [ "${lines[0]%% *}" = dmarc=pass ]
			stage spfcheck plain 1
			stage dkimverify 1 2
			stage dmarceval 2 3
			head -n 2 3 | grep -q "${lines[0]%% *}"
		done
	done
}

@test "a message cut between stages: 75 and nothing on stdout" {
	export VOUCHSAFE_SEAL=$SECRET
	stage spfcheck good out.1
	local size n s
	size=$(wc -c <out.1)
	for s in dkimverify dmarceval spfcheck; do
		for ((n = 0; n < size; n += 13)); do
			head -c "$n" out.1 >piece
			run -75 stage "$s" piece piece.out
			[ ! -s piece.out ]
		done
		head -c "$((size - 1))" out.1 >piece
		run -75 stage "$s" piece piece.out
		[ ! -s piece.out ]
	done
}

@test "a message changed between stages: 75 and nothing on stdout" {
	export VOUCHSAFE_SEAL=$SECRET
	stage spfcheck good out.1
	sed 's/^Text\.$/text./' out.1 >body
	sed 's/^Subject: a pipe$/Subject: a bomb/' out.1 >header
	sed 's/^To:/X-Added: 1\nTo:/' out.1 >added
	{ cat out.1; echo more; } >longer
	crlf out.1 >crlf
	local f s
	for f in body header added longer; do
		run ! cmp -s out.1 "$f"
		for s in dkimverify dmarceval; do
			run -75 stage "$s" "$f" out
			[ ! -s out ]
			grep -q 'cut or changed' err
		done
	done
	# In another line convention the field itself is not ours any more.
	stage dkimverify crlf out
	[[ $(ours out) != *spf=* ]]
}

@test "a changed field of an earlier stage is a forgery: removed" {
	export VOUCHSAFE_SEAL=$SECRET
	FROM=evil@attack.example IP=192.0.2.66 stage spfcheck plain out.1
	sed 's/evil@attack\.example/one@legit.example/' out.1 >lie
	run ! cmp -s out.1 lie
	stage dmarceval lie out.2
	[[ $(ours out.2) != *pass* ]]
}

@test "fields of others, and all other bytes, stay" {
	{
		printf 'Authentication-Results: other.example; spf=pass\n'
		printf 'authentication-results: notme.example; dkim=pass\n'
		printf 'Authentication-Results: me.example.other; spf=pass\n'
		printf 'X-Authentication-Results: me.example; spf=pass\n'
		printf 'Authentication-Results: me.example; spf=pass\n'
		printf 'X-Tabs:\t\t \tvalue \t\r\n'
		cat good
		printf 'Authentication-Results: me.example; in the body\n'
		printf 'no newline at the end'
	} >in
	grep -v '^Authentication-Results: me.example; spf=pass$' in >want
	head -c -1 want >want.1
	pipe_run 'spfcheck dkimverify dmarceval' set in
	tail -c "$(wc -c <want.1)" "$LAST" | cmp - want.1
}

@test "removal knows every line end, and does not stop at broken lines" {
	local end fake='Authentication-Results: me.example; dmarc=pass'
	for end in '\n' '\r\n' '\r'; do
		{
			printf "X-One: 1$end$fake$end\tfolded$end"
			printf "no colon here$end$fake$end"
			printf "From: one@legit.example$end$end"
			printf "$fake$end"
		} >in
		stage dmarceval in out
		run -0 --separate-stderr tr '\r' '\n' <out
		assert_out_lacks "X-One: 1
Authentication-Results"
		assert_out_lacks "here
Authentication-Results"
		# Bare CR is nobody's line end, so the body is not sure then.
		[ "$end" != '\r' ] || continue
		# The one that is left stands in the body.
		tr '\r' '\n' <out | tail -n 2 | grep -q 'dmarc=pass'
	done
}

@test "--strip-id removes fields of further ids" {
	{
		echo 'Authentication-Results: old.example; dmarc=pass'
		echo 'Authentication-Results: older.example; dmarc=pass'
		echo 'Authentication-Results: other.example; dmarc=pass'
		cat plain
	} >in
	stage dmarceval in out --strip-id=old.example --strip-id=older.example
	assert_file_lacks_re 'old.*dmarc=pass' 'other.*dmarc=pass' out
	grep -q '^Authentication-Results: other.example; dmarc=pass$' out
	stage dmarceval in out
	[ "$(grep -c 'old.*dmarc=pass' out)" -eq 2 ]
}

@test "--final takes the seals out of a pipe without dmarceval" {
	export VOUCHSAFE_SEAL=$SECRET
	stage spfcheck good out.1
	stage dkimverify out.1 out.2 --final
	assert_file_lacks vs1 dkim=pass out.2
	[[ $(ours out.2) == *dkim=pass*spf=pass* ]]
	# A stage after it believes nobody.
	stage dmarceval out.2 out.3
	[[ $(ours out.3) == *no-envelope* ]]
}

@test "dkimverify signs off a mail whose signer covered the field's name" {
	# Sealed fields are not there for h=.
	dkimsign -d legit.example -s s1 -k key.pem \
	    --oversign=authentication-results plain >signed ||
	    skip "no such oversigning"
	pipe_run 'spfcheck dkimverify dmarceval' set signed
	[[ $(ours "$LAST") == *dkim=pass* ]]
}

@test "a From_ line stays first and is never hashed" {
	local first
	for first in 'From one@legit.example Mon Nov 23 18:00:00 2026' \
	    '>From one@legit.example Mon Nov 23 18:00:00 2026'; do
		{ echo "$first"; cat good; } >in
		pipe_run 'spfcheck dkimverify dmarceval' set in
		[ "$(head -n 1 "$LAST")" = "$first" ]
		[ "$(sed -n 2p "$LAST")" = \
		    'Authentication-Results: me.example;' ]
		[[ $(ours "$LAST") == *dkim=pass* ]]
		tail -c "$(wc -c <good)" "$LAST" | cmp - good
		# Changed between stages, it costs nothing.
		export VOUCHSAFE_SEAL=$SECRET
		stage spfcheck in out.1
		sed '1s/.*/From other/' out.1 >out.2
		stage dmarceval out.2 out.3
		[[ $(ours out.3) == *dmarc=pass* ]]
		unset VOUCHSAFE_SEAL
	done
}

@test "a message that begins with a space is fenced and permerror" {
	{ echo ' From: one@legit.example'; cat good; } >in
	pipe_run 'spfcheck dkimverify dmarceval' set in
	[[ $(ours "$LAST") == *dmarc=permerror* ]]
	[[ $(ours "$LAST") != *dkim=pass* ]]
	# The continuation hangs on the fence, on no field of our own.
	[ "$(grep -n -B1 '^ From: one' "$LAST" | head -n 1 |
	    sed 's/^[0-9]*-//')" = 'X-Vouchsafe-Malformed: yes' ]
	[ "$(grep -c '^X-Vouchsafe-Malformed: yes' "$LAST")" -eq 1 ]
	tail -c "$(wc -c <in)" "$LAST" | cmp - in
}

@test "25 MB pass unchanged" {
	no_sanitizer
	{
		cat good
		head -c 18750000 /dev/urandom | base64
	} >in
	pipe_run 'spfcheck dkimverify dmarceval' set in
	tail -c "$(wc -c <in)" "$LAST" | cmp - in
	[[ $(ours "$LAST") == *spf=pass* ]]
}

@test "empty input: 75 and nothing on stdout" {
	local s
	for s in spfcheck dkimverify dmarceval; do
		run -75 stage "$s" /dev/null out
		[ ! -s out ]
	done
	echo 'From one@legit.example Mon Nov 23 18:00:00 2026' >in
	for s in spfcheck dkimverify dmarceval; do
		# In a pipe a stage may have died after it; alone it is a mail.
		VOUCHSAFE_SEAL=$SECRET run -75 stage "$s" in out
		[ ! -s out ]
		run -0 stage "$s" in out
		cmp in <(head -n 1 out)
	done
}

@test "no room for the spool, or for the output: 75" {
	local s
	{ cat good; head -c 6000000 /dev/zero | tr '\0' 'x'; } >in
	for s in spfcheck dkimverify dmarceval; do
		TMPDIR=$T/none run -75 stage "$s" in out
		[ ! -s out ]
		run -75 stage "$s" good /dev/full
	done
}

@test "a full spool disk: 75 and nothing on stdout" {
	need unshare
	need_root
	unshare -m true 2>/dev/null || skip "no mount namespaces"
	{ cat good; head -c 6000000 /dev/zero | tr '\0' 'x'; } >in
	mkdir small
	local s envelope
	for s in spfcheck dkimverify dmarceval; do
		envelope='--ip=192.0.2.1 --mail-from=a@b.example'
		[ "$s" != dkimverify ] || envelope=
		run -75 unshare -m sh -c "
			mount -t tmpfs -o size=64k none small || exit 1
			TMPDIR=$T/small exec $s -o message --offline \
			    --authserv-id=me.example --zone=full.zone \
			    $envelope <in >out"
		[ ! -s out ]
	done
}

@test "a stage that dies ends the pipe with 75" {
	export VOUCHSAFE_SEAL=$SECRET
	stage spfcheck good out.1
	# What a killed dkimverify leaves: a piece, or nothing.
	head -c 300 out.1 >dead
	run -75 stage dmarceval dead out
	[ ! -s out ]
	: >dead
	run -75 stage dmarceval dead out
	[ ! -s out ]
}

@test "--defer: temperror is 75, else the mail goes out marked" {
	export VOUCHSAFE_SEAL=$SECRET
	run -75 --separate-stderr dmarceval -o message --offline --defer \
	    --authserv-id=me.example <plain
	assert_out_empty
	assert_err_tool dmarceval
	run -0 --separate-stderr dmarceval -o message --offline \
	    --authserv-id=me.example <plain
	assert_out_has 'dmarc=temperror'
	# A fail is not deferred.
	run -0 --separate-stderr dmarceval -o message --offline --defer \
	    --zone=full.zone --spf=none --authserv-id=me.example <plain
	assert_out_has 'dmarc=fail'
}

@test "malformed mail goes out, marked permerror" {
	printf 'no header at all\nFrom: one@legit.example\n\nText.\n' >in
	pipe_run 'spfcheck dkimverify dmarceval' set in
	[[ $(ours "$LAST") == *dmarc=permerror* ]]
	tail -c "$(wc -c <in)" "$LAST" | cmp - in
	printf 'From: one@legit.example\r\nX: a\nb\r\n\r\nText.\r\n' >in
	pipe_run 'spfcheck dkimverify dmarceval' set in
	[[ $(ours "$LAST") == *dmarc=permerror* ]]
}
