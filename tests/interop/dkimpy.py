# SPDX-License-Identifier: ISC
"""dkimpy.py sign CANON DOMAIN SELECTOR KEYFILE | dkimpy.py verify KEYS

The message is on standard input.  verify demands that every signature pass.
"""
import sys

import dkim


def keys(path):
    table = {}
    for line in open(path, 'rb'):
        name, text = line.rstrip(b'\n').split(b' ', 1)
        table[name + b'.'] = text
    return lambda name, timeout=5: table.get(
        name if isinstance(name, bytes) else name.encode())


def sign(message, canon, domain, selector, path):
    key = open(path, 'rb').read()
    algorithm = b'rsa-sha256'
    if b'RSA' not in key and len(key) < 200 and b'BEGIN' not in key:
        algorithm = b'ed25519-sha256'
    d = dkim.DKIM(message, signature_algorithm=algorithm)
    header, body = canon.encode().split(b'/')
    field = d.sign(selector.encode(), domain.encode(), key,
                   canonicalize=(header, body))
    sys.stdout.buffer.write(field + message)


def verify(message, path):
    header = message.replace(b'\r\n', b'\n').split(b'\n\n')[0].lower()
    count = (b'\n' + header).count(b'\ndkim-signature:')
    for i in range(count):
        if not dkim.DKIM(message).verify(idx=i, dnsfunc=keys(path)):
            return 1
    return 0 if count > 0 else 2


MESSAGE = sys.stdin.buffer.read()
if sys.argv[1] == 'sign':
    sign(MESSAGE, *sys.argv[2:])
else:
    sys.exit(verify(MESSAGE, sys.argv[2]))
