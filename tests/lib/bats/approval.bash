# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2120,SC2154
# Mails that approve, really signed; their DNS is a file.
#
#	setup_file() { mail_world; }
#	setup() { use_tmp; mail_home; }

# In a personal home: one who asks (me), two who approve, a partner, an enemy.
mail_world() {
	cd "$BATS_FILE_TMPDIR" || return 1
	dkimkey new -t rsa -b 2048 rsa.pem
	dkimkey new -t ed25519 ed.pem
	openssl genrsa -out weak.pem 1024 2>/dev/null
	chmod 600 ./*.pem
	p=$(openssl rsa -in weak.pem -pubout -outform DER 2>/dev/null |
	    openssl base64 -A)
	t=$(openssl rsa -in rsa.pem -pubout -outform DER 2>/dev/null |
	    openssl base64 -A)
	{
		for d in example.org none.example evil.example vendor.example \
		    sub.example.org; do
			dkimkey record -d $d -s s1 rsa.pem
			dkimkey record -d $d -s e1 ed.pem
		done
		echo "weak._domainkey.example.org. 60 IN TXT \"v=DKIM1; p=$p\""
		printf 'test._domainkey.example.org. 60 IN TXT "%s"' \
		    "v=DKIM1; t=y; p=${t:0:180}" 
		echo " \"${t:180}\""
		cat <<-'END'
		_dmarc.example.org. 60 IN TXT "v=DMARC1; p=reject"
		_dmarc.none.example. 60 IN TXT "v=DMARC1; p=none"
		_dmarc.evil.example. 60 IN TXT "v=DMARC1; p=reject"
		_dmarc.vendor.example. 60 IN TXT "v=DMARC1; p=quarantine"
		example.org. 60 IN TXT "v=spf1 ip4:192.0.2.1 -all"
		END
	} >zone
}

mail_home() {
	export VOUCHSAFE_JIT_HOME=
	unset SENDER
	cp "$BATS_FILE_TMPDIR"/zone "$BATS_FILE_TMPDIR"/*.pem .
	H=$PWD/home
	cat >post <<-END
	#!/bin/sh
	n=\$(ls "$PWD/out" | wc -l)
	{ echo "\$@"; cat; } >"$PWD/out/\$n"
	END
	chmod 755 post
	mkdir out
	jitgrant init -q "$H"
	policy
}

policy() {
	cat >"$H/policy" <<-END
	[defaults]
	max_duration=8h
	pending_ttl=24h
	activate_within=1h
	mail_from=jit@example.org
	sendmail=$PWD/post
	$1
	[person me]
	uid=$(id -u)
	mail=me@example.org, second@example.org
	[person bob]
	uid=60001
	mail=bob@example.org, Bob.Builder@none.example
	[person carol]
	uid=60002
	mail=carol@example.org
	[role ops]
	members=me, bob, carol
	[rule one]
	kind=demo
	resource=*
	request=uid:$(id -u), mail:@vendor.example, mail:me@example.org
	approve=${K:-1} of role:ops
	max=2h
	END
}

jit() {
	local verb=$1
	shift
	jitgrant "$verb" --home "$H" "$@"
}
# ask: a request; its id goes to ID, the codes to BOB and CAROL.
ask() {
	rm -f out/*
	ID=$(jit request --kind demo --resource x --for 1h --reason \
	    "${REASON:-CHG-1}" -o json | jq -r .grant)
	BOB=$(code bob@example.org)
	CAROL=$(code carol@example.org)
}
code() {
	sed -n 's/^    your code: //p' "$(grep -l "^To: $1" out/*)"
}
state() {
	jit show -o json "$ID" | jq -r .state
}
# write BODY [FIELD...]: a mail of $FROM; fields given stand in front.
write() {
	local body=$1 when=${WHEN:-now}
	shift
	for field; do
		printf '%s\n' "$field"
	done
	printf 'From: %s\n' "${FROM:-Bob <bob@example.org>}"
	[ -n "${NOTO:-}" ] || printf 'To: jit@example.org\n'
	printf 'Subject: %s\n' "${SUBJECT:-Re: Approval wanted}"
	printf 'Date: %s\n' "$(LC_ALL=C date -uR -d "$when")"
	printf 'Message-ID: <%s@example.org>\n' "${MID:-$RANDOM.$RANDOM}"
	[ -n "${NOMIME:-}" ] || printf '%s\n' 'MIME-Version: 1.0' \
	    "Content-Type: ${TYPE:-text/plain; charset=utf-8}" \
	    "Content-Transfer-Encoding: ${CTE:-7bit}"
	printf '\n%b' "$body"
}
sign() {
	dkimsign -q -d "${D:-example.org}" -s "${S:-s1}" -k "${KEY:-rsa.pem}" \
	    "${@:---timestamp}"
}
# vote STATUS REASON <MAIL: the answer of approve --mail.
vote() {
	local want=$1 word=$2
	shift 2
	cat >mail.in
	run --separate-stderr jit approve --mail --offline --zone zone \
	    --mail-from "${ENVELOPE-bob@example.org}" -o json "$@" <mail.in
	[ "$status" = "$want" ] || { show; return 1; }
	[ -z "$word" ] || [ "$(jq -r .reason <<<"$output")" = "$word" ] ||
	    { show; return 1; }
}
