"""Reads messages with Python's strict policy, and verifies their DKIM signatures.

Usage: check.py FILE…; with DKIM_KEYS=SELECTOR:KIND:BASE64,… in the environment, every message must have a valid signature
by each of these keys. Prints one JSON object a line.
"""

import email
import email.policy
import json
import os
import sys

import dkim

keys = dict()
for entry in filter(None, os.environ.get("DKIM_KEYS", "").split(",")):
    selector, kind, public = entry.split(":")
    keys[selector] = f"v=DKIM1; k={kind}; p={public}".encode()


def look_up(name, timeout=5):
    return keys[name.split(b"._domainkey.")[0].decode()]


for path in sys.argv[1:]:
    raw = open(path, "rb").read()
    assert b"\n" not in raw.replace(b"\r\n", b""), "a line ends without CR"
    assert max(map(len, raw.split(b"\r\n"))) <= 998, "a line is too long"
    message = email.message_from_bytes(raw, policy=email.policy.strict)
    defects = [repr(defect) for part in message.walk() for defect in part.defects]
    verifier = dkim.DKIM(raw)
    signatures = [verifier.verify(idx=index, dnsfunc=look_up) for index in range(len(keys))]
    parts = [part for part in message.walk() if not part.is_multipart()]
    print(json.dumps({
        "subject": str(message["subject"]),
        "from": str(message["from"]),
        "to": str(message["to"]),
        "names": [address.display_name for address in message["to"].addresses],
        "messageId": message["message-id"],
        "date": message["date"].datetime.isoformat(),
        "headers": {name.lower(): str(value) for name, value in message.items()},
        "defects": defects,
        "signatures": signatures,
        "text": message.get_body(["plain"]).get_content().replace("\r\n", "\n"),
        "html": message.get_body(["html"]).get_content(),
        "files": [{
            "name": part.get_filename(),
            "type": part.get_content_type(),
            "bytes": len(part.get_payload(decode=True)),
            "start": part.get_payload(decode=True)[:4000].decode("utf-8", "replace") if part.get_content_maintype() == "text" else part.get_payload(decode=True)[:8].decode("latin1"),
        } for part in parts if part.get_filename()],
    }))
