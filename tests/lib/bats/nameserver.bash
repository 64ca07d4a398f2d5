# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# Real name servers that take updates, on loopback: knot, with a TSIG key.
# They work in $PWD; the caller ends $KNOT_PID (and $KNOT2_PID).

# free_port: a port that nobody has, for UDP and TCP.
free_port() {
	/usr/bin/python3 - <<-'END'
	import socket
	while True:
	    u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	    u.bind(("127.0.0.1", 0))
	    t = socket.socket()
	    try:
	        t.bind(u.getsockname())
	    except OSError:
	        continue
	    print(u.getsockname()[1])
	    break
	END
}

# answers PORT NAME: wait (up to 10 s) until a server there tells an SOA.
answers() {
	local i
	for ((i = 0; i < 100; i++)); do
		if kdig +short +timeout=1 +retry=0 "@127.0.0.1" -p "$1" \
		    "$2" SOA 2>/dev/null | grep -q .; then
			return 0
		fi
		sleep 0.1
	done
	echo "no server on port $1" >&2
	return 1
}

# knot_key: tsig.key for nsupdate; $SECRET.
knot_key() {
	SECRET=$(openssl rand -base64 32)
	printf 'key "upd" {\n algorithm hmac-sha256;\n secret "%s";\n};\n' \
	    "$SECRET" >tsig.key
	chmod 600 tsig.key
}

# knot_start PORT ZONE ZONEFILE [SECONDARY_PORT]: a primary; $KNOT_PID.
knot_start() {
	mkdir -p knot.d
	cat >knot.conf <<-END
	server:
	    rundir: "$PWD/knot.d"
	    listen: "127.0.0.1@$1"
	log:
	  - target: stderr
	    any: warning
	database:
	    storage: "$PWD/knot.d"
	key:
	  - id: upd
	    algorithm: hmac-sha256
	    secret: "$SECRET"
	acl:
	  - id: upd
	    key: upd
	    action: [update, transfer]
	  - id: loop
	    address: 127.0.0.0/8
	    action: transfer
	${4:+remote:
	  - id: second
	    address: 127.0.0.1@$4}
	template:
	  - id: default
	    storage: "$PWD"
	    zonefile-sync: -1
	    journal-content: all
	    zonefile-load: difference
	zone:
	  - domain: $2
	    file: "$3"
	    acl: [upd, loop]
	    ${4:+notify: second}
	END
	knotd -c knot.conf >knot.log 2>&1 3>&- 4>&- &
	export KNOT_PID=$!
	answers "$1" "$2"
}

# knot_second PORT ZONE PRIMARY_PORT: its secondary; $KNOT2_PID.
knot_second() {
	mkdir -p knot2.d
	cat >knot2.conf <<-END
	server:
	    rundir: "$PWD/knot2.d"
	    listen: "127.0.0.1@$1"
	database:
	    storage: "$PWD/knot2.d"
	remote:
	  - id: first
	    address: 127.0.0.1@$3
	acl:
	  - id: first
	    address: 127.0.0.0/8
	    action: notify
	zone:
	  - domain: $2
	    storage: "$PWD/knot2.d"
	    master: first
	    acl: first
	END
	knotd -c knot2.conf >knot2.log 2>&1 3>&- 4>&- &
	export KNOT2_PID=$!
	answers "$1" "$2"
}

# knot_stop PID
knot_stop() {
	kill "$1" 2>/dev/null || :
	wait "$1" 2>/dev/null || :
}

# relay PORT TO: pass UDP on at once, and TCP (updates) too unless the file
# hold is there: then one message is kept, whatever becomes of who sent it,
# until hold is gone.  Writes the files held and arrived; $RELAY_PID.
relay() {
	cat >relay.py <<-'END'
	import os, socket, sys, threading, time
	port, to = int(sys.argv[1]), ("127.0.0.1", int(sys.argv[2]))
	def udp(data, back, u):
	    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	    s.settimeout(5)
	    s.sendto(data, to)
	    try:
	        u.sendto(s.recv(65535), back)
	    except OSError:
	        pass
	def whole(c):
	    head = c.recv(2, socket.MSG_WAITALL)
	    n = int.from_bytes(head, "big")
	    return head + c.recv(n, socket.MSG_WAITALL) if n else b""
	def tcp(c):
	    data = whole(c)
	    kept = os.path.exists("hold")
	    if kept and data:
	        open("held", "a").write("held\n")
	    while os.path.exists("hold"):
	        time.sleep(0.02)
	    s = socket.create_connection(to)
	    s.sendall(data)
	    answer = whole(s)
	    try:
	        c.sendall(answer)
	    except OSError:
	        pass
	    c.close()
	    if kept and data:
	        open("arrived", "a").write("rcode=%d\n" % (answer[5] & 15))
	u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	u.bind(("127.0.0.1", port))
	t = socket.socket()
	t.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
	t.bind(("127.0.0.1", port))
	t.listen(16)
	def each_udp():
	    while True:
	        data, back = u.recvfrom(65535)
	        threading.Thread(target=udp, args=(data, back, u)).start()
	threading.Thread(target=each_udp).start()
	while True:
	    threading.Thread(target=tcp, args=(t.accept()[0],)).start()
	END
	/usr/bin/python3 relay.py "$1" "$2" >relay.log 2>&1 3>&- 4>&- &
	export RELAY_PID=$!
}
