"""A mail server that keeps what it accepts, and refuses, hangs and hangs up as the recipient's address says.

Usage: sink.py FOLDER [PORT]. Prints its port. Writes each accepted message to FOLDER/NUMBER.eml, and then a line to
FOLDER/log: number, return path, recipient, Message-ID. While FOLDER/refuse exists, every connection is refused.
"""

import asyncio
import collections
import email.parser
import pathlib
import ssl
import sys

from aiosmtpd.smtp import SMTP

folder = pathlib.Path(sys.argv[1])
attempts = collections.Counter()
log = open(folder / "log", "a")
count = len(list(folder.glob("*.eml")))


class Sink:
    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        return responses[:-1] + ["250-PIPELINING", responses[-1]]

    async def handle_RCPT(self, server, session, envelope, address, options):
        user = address.split("@")[0]
        attempts[address] += 1
        if user.startswith("unknown"):
            return "550 5.1.1 there is no such mailbox"
        if user.startswith("full"):
            return "452 4.2.2 the mailbox is full"
        if user.startswith("busy") and attempts[address] == 1:
            return "451 4.3.0 come back later"
        if user.startswith("closing") and attempts[address] == 1:
            return "421 4.3.2 closing for a moment"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        address = envelope.rcpt_tos[0]
        user = address.split("@")[0]
        if user.startswith("spam"):
            return "550 5.7.1 this looks like spam"
        if user.startswith("hang") and attempts[address] == 1:
            await asyncio.sleep(3600)
        if user.startswith("slow"):
            await asyncio.sleep(0.5)
        keep(envelope, address)
        if user.startswith("vanish") and attempts[address] == 1:
            # The message is accepted, but its sender does not learn of it.
            server.transport.abort()
        if user.startswith("hangup"):
            await server.push("250 OK")
            server.transport.close()
        return "250 2.0.0 OK"


def keep(envelope, address):
    global count
    count += 1
    (folder / f"{count}.eml").write_bytes(envelope.content)
    head = email.parser.BytesHeaderParser().parsebytes(envelope.content)
    log.write(f"{count}\t{envelope.mail_from}\t{address}\t{head['message-id']}\n")
    log.flush()


class Server(SMTP):
    def connection_made(self, transport):
        if (folder / "refuse").exists():
            transport.write(b"421 4.3.2 not now\r\n")
            transport.close()
            return
        super().connection_made(transport)


async def main():
    loop = asyncio.get_running_loop()
    tls = None
    if (folder / "cert.pem").exists():
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(folder / "cert.pem", folder / "key.pem")

    def factory():
        return Server(Sink(), hostname="sink.example", enable_SMTPUTF8=True, tls_context=tls, require_starttls=tls is not None)

    port = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    server = await loop.create_server(factory, "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
