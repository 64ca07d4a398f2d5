#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# One identity of a person, everywhere: whoever asks in another guise (a +tag,
# other letter case, another mailbox, a uid instead of a mail) is the same.
bats_require_minimum_version 1.8.0
load ../lib/bats/common
load ../lib/bats/approval

setup_file() {
	mail_world
}
setup() {
	use_tmp
	mail_home
	need jq sqlite3
	# Alice is whoever runs the test; hans asks by mail alone.
	cat >"$H/policy" <<-END
	[defaults]
	max_duration=8h
	mail_from=jit@example.org
	sendmail=$PWD/post
	${DEFAULTS:-}
	[person alice]
	uid=$(id -u)
	mail=alice+news@vendor.example, second@example.org
	[person hans]
	uid=64000
	mail=hans@vendor.example
	[person bob]
	uid=60001
	mail=bob@example.org
	[role ops]
	members=alice, bob
	[role guests]
	members=hans
	[rule one]
	kind=demo
	resource=*
	request=mail:@vendor.example, mail:@example.org, uid:$(id -u)
	approve=1 of role:ops
	max=2h
	END
}

# asks STATUS FROM [REASON]: a request by signed mail of that author.
asks() {
	local d=${2#*@}
	FROM=$2 write "request demo r$RANDOM 1h\n" |
	    D=${d,,} sign >asked
	run -"$1" --separate-stderr jit request --mail --offline --zone zone \
	    --mail-from m@e -o json <asked
	ID=$(jq -r .grant <<<"$output")
	[ -z "${3:-}" ] || [ "$(jq -r .reason <<<"$output")" = "$3" ] ||
	    show "another reason than $3"
}

ALICE='alice+news@vendor.example alice@vendor.example
    alice+x@vendor.example Alice+X@Vendor.Example second+a@example.org'

@test "identity: nobody approves his own request, in whatever guise he asked" {
	local from
	for from in $ALICE; do
		asks 2 "$from"
		run -1 --separate-stderr jit approve --id "$ID" -o json
		[ "$(jq -r .reason <<<"$output")" = self-approval ]
		[ "$(state)" = requested ]
		# Nor does he deny it as an approver, nor get a code for it.
		run -1 --separate-stderr jit deny --id "$ID" -o json
		[ "$(jq -r .reason <<<"$output")" = self-approval ]
		[ -z "$(grep -l 'your code' out/* | xargs -r grep -liE \
		    '^To: (alice|second)')" ]
		grep -q '^To: bob' out/*
		jit revoke --id "$ID"
		rm -f out/*
	done
	# Another's request she does approve.
	asks 2 joe@vendor.example
	run -0 --separate-stderr jit approve --id "$ID"
	[ "$(state)" = active ]
}

@test "identity: a vote of the requester that stands in the store counts not" {
	asks 2 alice+x@vendor.example
	sqlite3 "$H/store.db" "INSERT INTO votes(grant, person, yes, time, via)
	    VALUES('$ID', 'alice', 1, 1, 'local')"
	jit sweep -q || :
	[ "$(state)" = requested ]
	# That of another does.
	sqlite3 "$H/store.db" "UPDATE votes SET person = 'bob'"
	jit sweep -q || :
	[ "$(state)" = active ]
}

@test "identity: a deny holds in every guise, both ways" {
	local who from
	cp "$H/policy" plain
	for who in person:hans role:guests uid:64000 mail:hans@vendor.example \
	    mail:HANS+y@vendor.example; do
		{ cat plain; printf '[deny no]\nwho=%s\n' "$who"; } \
		    >"$H/policy"
		for from in hans@vendor.example hans+x@vendor.example \
		    Hans+X@VENDOR.example; do
			asks 1 "$from" deny
		done
		# Who is not meant may ask.
		asks 2 joe@vendor.example
		jit revoke -q --id "$ID"
	done
	# A deny of an address holds for the account of the same person.
	for who in mail:alice@vendor.example mail:second@example.org \
	    mail:@vendor.example person:alice; do
		{ cat plain; printf '[deny no]\nwho=%s\n' "$who"; } \
		    >"$H/policy"
		run -1 --separate-stderr jit request --kind demo \
		    --resource r --for 1h -o json
		[ "$(jq -r .reason <<<"$output")" = deny ]
	done
	cp plain "$H/policy"
	run -2 jit request --kind demo --resource r --for 1h
}

@test "identity: a freeze holds in every guise, both ways" {
	local who from
	for who in hans@vendor.example Hans@VENDOR.example \
	    hans+z@vendor.example 64000 uid:64000; do
		jit freeze -q --user "$who"
		for from in hans@vendor.example hans+x@vendor.example \
		    Hans+X@VENDOR.example; do
			asks 6 "$from" frozen
		done
		asks 2 joe@vendor.example
		jit revoke -q --id "$ID"
		jit unfreeze -q --user "$who"
		asks 2 hans@vendor.example
		jit revoke -q --id "$ID"
	done
	# What is active already is not used any more.
	cp "$H/policy" plain
	sed -i 's/^approve=.*/approve=none/' "$H/policy"
	ID=$(jit request --kind demo --resource r --for 1h --uses 5 -o json |
	    jq -r .grant)
	run -0 jit use --id "$ID"
	jit freeze -q --user Alice+q@vendor.example
	run -6 jit use --id "$ID"
	jit unfreeze -q --user Alice+q@vendor.example
	run -0 jit use --id "$ID"
	# Where the policy that could tell is broken, a freeze holds for all.
	jit freeze -q --user hans@vendor.example
	run -0 jit use --id "$ID"
	echo junk >"$H/policy"
	run -6 jit use --id "$ID"
	cp plain "$H/policy"
	run -0 jit use --id "$ID"
}

@test "identity: few requests wait of one person, whatever the tag" {
	asks 2 hans@vendor.example
	asks 2 hans+1@vendor.example
	asks 2 Hans+2@vendor.example
	asks 1 hans+3@vendor.example too-many
	asks 2 joe@vendor.example
	# Nor of somebody whom the policy does not know.
	asks 2 joe+1@vendor.example
	asks 2 JOE+2@vendor.example
	asks 1 joe+3@vendor.example too-many
}

@test "identity: an allow is for the address that it names" {
	sed -i 's/^request=.*/request=mail:hans@vendor.example/' "$H/policy"
	asks 2 hans@vendor.example
	asks 1 hans+x@vendor.example
	run -1 jit request --kind demo --resource r --for 1h
}

@test "identity: two persons with one mailbox are an error of the policy" {
	printf '[person eve]\nmail=bob+eve@example.org\n' >>"$H/policy"
	run -78 --separate-stderr jit policy check
	assert_err_has "person bob's already"
	sed -i 's/bob+eve@/eve+bob@/' "$H/policy"
	run -0 --separate-stderr jit policy check
}
