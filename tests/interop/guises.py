#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Authentication-Results fields in guises that some reader takes for ours.

guises.py make ID        a mail with all of them, on standard output
guises.py python FILE    the fields that Python's email package takes for ours
guises.py judge          lines `name TAB value` of another reader on stdin
What is taken for ours is printed, one a line; exit 1 if there is any.
"""
import base64
import email
import email.header
import email.policy
import re
import sys
import unicodedata

ID = "mx.test.example"
NAME = "Authentication-Results"
SPACES = ["\u00a0", "\u0085", "\u2003", "\u200b", "\ufeff", "\u00ad", "\u3000"]


def words(text):
    """RFC 2047 words for text, in several spellings."""
    q = "".join("=%02X" % b for b in text.encode())
    b = base64.b64encode(text.encode()).decode()
    half = len(text) // 2
    return [
        "=?utf-8?q?%s?=" % text, "=?UTF-8?Q?%s?=" % q, "=?us-ascii?b?%s?=" % b,
        "=?iso-8859-1?Q?%s?=" % q, "=?utf-8*en?q?%s?=" % text,
        "=?utf-8?q?%s?= =?utf-8?q?%s?=" % (text[:half], text[half:]),
        "%s=?utf-8?q?%s?=" % (text[:half], text[half:]),
        "=?utf-8?q?%s?=%s" % (text[:half], text[half:]),
        "=?utf-8?q?%s=3B_dkim=3Dpass?=" % text,
        "(=?utf-8?q?=29_%s?=) other.example" % text,
    ]


def ids(own):
    wide = "".join(chr(ord(c) + 0xfee0) if c.isalnum() else c for c in own)
    yield from words(own)
    yield from [own, own.upper(), own + ".", own + " 1", own + " (c)",
                '"%s"' % own, '"%s"' % own.replace("m", "\\m"), wide,
                own.replace(".", "\u3002"), own.replace(".", " . "),
                own.replace("e", "\uff45", 1), own.replace("t", "t\u00ad", 1),
                "(%s) %s" % (own, own), "\t" + own, "." + own, "; " + own,
                "\\" + own, own + "/1", own + "\x0b", "\x0c" + own]
    for space in SPACES:
        yield from [space + own, own + space, own + " " + space + "1"]


def names():
    yield NAME
    for space in SPACES:
        yield NAME + space
        yield space + NAME
    yield from [NAME.upper(), NAME + " ", NAME + "\t", NAME + "\x0b",
                "\x0c" + NAME, NAME + "\x00", "\x7f" + NAME]


def guises(own):
    """All fields, as bytes without a line end."""
    for codec in ("utf-8", "latin-1"):
        for text in ids(own):
            try:
                yield ("%s: %s; dkim=pass header.d=evil.example" %
                       (NAME, text)).encode(codec)
            except UnicodeEncodeError:
                pass
        for name in names():
            try:
                yield ("%s: %s; dkim=pass header.d=evil.example" %
                       (name, own)).encode(codec)
            except UnicodeEncodeError:
                pass


def make(own):
    out = sys.stdout.buffer
    for i, field in enumerate(guises(own)):
        out.write(field + b"\nX-Between: %d\n" % i)
    out.write(b"From: a@evil.example\nSubject: guises\n\nhello\n")


def plain(text):
    """As a generous reader would compare: mapped, without what is no text."""
    text = unicodedata.normalize("NFKC", text).replace("\u3002", ".")
    return "".join(c for c in text if c.isalnum() or c in ".-=();\\\"/ ")


def is_ours(name, value):
    """Does a reader that strips and decodes whatever it can see our id with a
    result that nobody of our own wrote?"""
    if plain(name).strip().lower() != NAME.lower():
        return False
    try:
        value = str(email.header.make_header(
            email.header.decode_header(value)))
    except (ValueError, LookupError, UnicodeError):
        pass
    value = re.sub(r"\([^()]*\)", " ", plain(value))
    head, _, rest = value.partition(";")
    while rest and not head.strip():
        head, _, rest = rest.partition(";")
    head = re.sub(r'[\\" ]', "", head).lower().strip(".")
    return re.match(re.escape(ID) + r"([^a-z0-9.-]|\d?$)", head) is not None \
        and "dkim=pass" in value


def show(found):
    for name, value in found:
        print(ascii(name), ascii(value))
    sys.exit(1 if found else 0)


def by_python(path):
    found = []
    data = open(path, "rb").read()
    for policy in (email.policy.compat32, email.policy.default):
        mail = email.message_from_bytes(data, policy=policy)
        for name, value in mail.raw_items():
            if is_ours(str(name), str(value)):
                found.append((str(name), str(value)))
        for value in mail.get_all(NAME, []):
            if is_ours(NAME, str(value)):
                found.append((NAME, str(value)))
    show(found)


def by_lines():
    found = []
    for line in sys.stdin.buffer:
        name, _, value = line.decode("utf-8", "replace").partition("\t")
        if is_ours(name, value):
            found.append((name, value))
    show(found)


if sys.argv[1] == "make":
    make(sys.argv[2])
elif sys.argv[1] == "python":
    by_python(sys.argv[2])
else:
    by_lines()
