# SPDX-License-Identifier: ISC
"""terminal.py PREFIX: a shell on a terminal runs commands after PREFIX, and
Ctrl-C, Ctrl-Z and typed lines do what they do without it."""
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

pid, fd = pty.fork()
if pid == 0:
    # Wide: what is typed is not to be folded, or shown in parts.
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 999, 0, 0))
    os.environ["TERM"] = "dumb"
    # Whoever runs the tests in the background ignores these.
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP):
        signal.signal(number, signal.SIG_DFL)
    os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
seen = b""


def expect(what, seconds=20):
    """Wait for these bytes; forget all up to their end."""
    global seen
    end = time.monotonic() + seconds
    while what not in seen:
        left = end - time.monotonic()
        if left <= 0 or not select.select([fd], [], [], left)[0]:
            sys.exit("not seen: %r in %r" % (what, seen))
        seen += os.read(fd, 4096)
    before, seen = seen.split(what, 1)
    return before


def say(text):
    os.write(fd, text.encode())


prefix = sys.argv[1]
say("PS1='ready> '; echo st''art\n")
expect(b"start")
expect(b"ready> ")
# What is typed reaches the command.
say(prefix + "sh -c 'echo u''p; read x; echo got-$x'\n")
expect(b"up")
say("line\n")
expect(b"got-line")
expect(b"ready> ")
# Ctrl-C ends it, and tells how.
say(prefix + "sh -c 'echo u''p; exec sleep 60'\n")
expect(b"up\r\n")
say("\x03")
expect(b"ready> ")
say("echo st=$?\n")
expect(b"st=130")
expect(b"ready> ")
# It comes once.
say(prefix + "bash -c 'trap \"echo IN''T\" INT; echo u''p; for i in 1 2 3 4 "
    "5 6 7 8 9 10; do sleep 0.1; done; echo do''ne'\n")
expect(b"up\r\n")
say("\x03")
got = expect(b"done").count(b"INT")
if got != 1:
    sys.exit("Ctrl-C came %d times" % got)
expect(b"ready> ")
# Ctrl-Z, fg, and the end.
say(prefix + "sh -c 'echo u''p; read x; echo got-$x; exit 3'\n")
expect(b"up\r\n")
for i in range(3):
    say("\x1a")
    expect(b"Stopped")
    expect(b"ready> ")
    say("jobs\n")
    expect(b"Stopped")
    expect(b"ready> ")
    say("fg\n")
    expect(b"got-$x")
    time.sleep(0.2)
say("again\n")
expect(b"got-again")
expect(b"ready> ")
say("echo st=$?\n")
expect(b"st=3")
# In the background it stops when it reads.
say(prefix + "cat &\n")
expect(b"ready> ")
time.sleep(0.5)
say("jobs\n")
expect(b"Stopped")
say("fg\n")
time.sleep(0.3)
say("typed\n")
expect(b"typed\r\ntyped")
say("\x04")
expect(b"ready> ")
say("exit\n")
os.waitpid(pid, 0)
print("terminal kept")
