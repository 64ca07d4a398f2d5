# SPDX-License-Identifier: ISC
"""A mail server on a free port of loopback: prints the port, writes each
mail to the folder that is its argument."""
import socketserver
import sys


class Session(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        self.say("220 sink")
        for line in self.rfile:
            verb = line.split()[0].upper() if line.strip() else b""
            if verb == b"DATA":
                self.say("354 go on")
                self.take()
                self.say("250 taken")
            elif verb == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 sink")

    def take(self):
        self.server.mails += 1
        with open(f"{sys.argv[1]}/{self.server.mails}.eml", "wb") as mail:
            for line in self.rfile:
                if line == b".\r\n":
                    return
                mail.write(line[1:] if line[:1] == b"." else line)


with socketserver.TCPServer(("127.0.0.1", 0), Session) as server:
    server.mails = 0
    print(server.server_address[1], flush=True)
    server.serve_forever()
