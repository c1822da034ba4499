#!/usr/bin/env python3
"""Checks that a sale was exact: compares the clients' histories with the rows in the database.

    load-tests/exactness.py --database postgres://… --event gardenia-2025 HISTORY.jsonl …

A history has one JSON object a line for each request: `key` (Idempotency-Key), `seats` (requested seats), `status` (of the
answer; 0 if there was none), `id` (of the registration, with status 201) and `code` (of a problem). Prints all violations
and exits with 1 if there are any. `--at-least in-doubt=5` makes a run fail in which fewer than five requests are in doubt,
because such a run proves nothing.
"""

import argparse
import collections
import csv
import glob
import io
import json
import os
import shutil
import subprocess
import sys

MAX_EXAMPLES = 5  # printed for each kind of violation


def main():
    arguments = parse()
    history = History(arguments.histories)
    event = arguments.event or only(history.events)
    rows = Rows(arguments.database, event)
    found = violations(history, rows)
    counts = {
        "requests": history.requests,
        "acknowledged": len(history.acknowledged),
        "in-doubt": len(history.in_doubt),
        "recovered": sum(key in rows.by_key for key in history.in_doubt),
        "repeated": history.repeated,
        "sold-out": history.codes["sold_out"],
        "shed": sum(history.codes[code] for code in ("overloaded", "unavailable", "rate_limited")),
        "rows": len(rows.registrations),
        "seats": sum(row["quantity"] for row in rows.registrations if row["active"]),
    }
    for name, least in arguments.at_least:
        if counts[name] < least:
            found["proves nothing"].append(f"{name} is {counts[name]}, must be at least {least}")
    print("  ".join(f"{name} {count}" for name, count in counts.items()))
    for kind, cases in found.items():
        print(f"WRONG: {kind}: {len(cases)}")
        for case in cases[:MAX_EXAMPLES]:
            print(f"       {case}")
    print("wrong" if found else "exact")
    return 1 if found else 0


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", required=True, help="PostgreSQL URL")
    parser.add_argument("--event", help="slug of the event; default: the `event` of the histories")
    parser.add_argument("--at-least", action="append", default=[], metavar="NAME=N", help="minimum of one of the printed counts")
    parser.add_argument("histories", nargs="+", metavar="HISTORY")
    arguments = parser.parse_args()
    split = (text.partition("=") for text in arguments.at_least)
    arguments.at_least = [(name, int(least)) for name, _, least in split]
    return arguments


def only(events):
    if len(events) != 1:
        sys.exit(f"the histories name {sorted(events) or 'no event'}; choose one with --event")
    return next(iter(events))


class History:
    """Requests of the clients and their answers."""

    def __init__(self, paths):
        self.events = set()
        self.requests = self.repeated = 0
        self.acknowledged = collections.defaultdict(set)  # key: ids in its answers
        self.keys_of = collections.defaultdict(set)  # id: keys that got it
        self.in_doubt = set()  # keys with an unknown result
        self.not_executed = set()  # keys of refused requests
        self.refused_single = 0  # requests for one seat that were refused as sold out
        self.codes = collections.Counter()
        seen = set()
        for path in paths:
            with open(path, encoding="utf-8") as lines:
                for line in filter(str.strip, lines):
                    self.add(json.loads(line), seen)

    def add(self, request, seen):
        key, status = request["key"], request["status"]
        self.events.update(filter(None, [request.get("event")]))
        self.requests += 1
        self.repeated += key in seen
        seen.add(key)
        self.codes[request.get("code")] += 1
        if status == 201:
            self.acknowledged[key].add(request["id"])
            self.keys_of[request["id"]].add(key)
        elif status in (0, 500):
            self.in_doubt.add(key)
        else:
            self.not_executed.add(key)
            self.refused_single += request.get("code") == "sold_out" and request["seats"] == 1


class Rows:
    """Rows of the event in the database."""

    def __init__(self, database, event):
        self.database = database
        (self.event,) = self.query(
            f"SELECT e.event_key, e.code, s.capacity, s.sold, s.last_number FROM events e JOIN event_seats s USING (event_key)"
            f" WHERE e.slug = '{event}'"
        )
        key = int(self.event["event_key"])
        self.types = self.query(f"SELECT type_number, capacity, sold FROM ticket_type_seats WHERE event_key = {key}")
        self.registrations = self.query(
            "SELECT number, type_number, status, quantity, idempotency_key, (SELECT count(*) FROM tickets t"
            f" WHERE t.event_key = r.event_key AND t.number = r.number) AS tickets FROM registrations r WHERE event_key = {key}"
        )
        for row in self.registrations:
            for name in ("number", "type_number", "status", "quantity", "tickets"):
                row[name] = int(row[name])
            row["active"] = row["status"] in (1, 2)  # confirmed, awaiting payment
            row["id"] = f"{self.event['code']}-{row['number']:04d}"
        self.by_id = {row["id"]: row for row in self.registrations}
        self.by_key = collections.defaultdict(list)
        for row in self.registrations:
            if row["idempotency_key"]:
                self.by_key[row["idempotency_key"]].append(row)

    def query(self, select):
        command = [psql(), self.database, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", f"COPY ({select}) TO STDOUT (FORMAT csv, HEADER)"]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return list(csv.DictReader(io.StringIO(output)))


def psql():
    paths = [os.path.join(os.environ.get("PG_BIN", ""), "psql"), *sorted(glob.glob("/usr/lib/postgresql/*/bin/psql"))]
    found = next(filter(os.path.exists, paths), None) or shutil.which("psql")
    return found or sys.exit("psql is missing")


def violations(history, rows):
    """Returns descriptions of the violations, by kind."""
    found = collections.defaultdict(list)
    for key, ids in history.acknowledged.items():
        if len(ids) > 1:
            found["one key was given two registrations"].append(f"{key}: {sorted(ids)}")
        for registration in ids:
            row = rows.by_id.get(registration)
            if row is None:
                found["acknowledged and lost"].append(f"{key}: {registration}")
            elif row["idempotency_key"] != key:
                kind = "acknowledged to somebody else"
                found[kind].append(f"{registration}: answered to {key}, stored for {row['idempotency_key']}")
    for registration, keys in history.keys_of.items():
        if len(keys) > 1:
            found["one registration was given to two keys"].append(f"{registration}: {sorted(keys)}")
    for key, of_key in rows.by_key.items():
        if len(of_key) > 1:
            found["one key stands twice"].append(f"{key}: {[row['id'] for row in of_key]}")
        if key not in history.acknowledged and key not in history.in_doubt:
            answer = "was refused" if key in history.not_executed else "is not in any history"
            found["is there, and nobody was told"].append(f"{of_key[0]['id']}: {key} {answer}")
    numbers = sorted(row["number"] for row in rows.registrations)
    if numbers != list(range(1, int(rows.event["last_number"]) + 1)):
        found["numbers are not complete"].append(f"{len(numbers)} rows, the last number is {rows.event['last_number']}")
    for row in rows.registrations:
        if row["tickets"] != row["quantity"]:
            found["not as many tickets as seats"].append(f"{row['id']}: {row['tickets']} of {row['quantity']}")
    active = [row for row in rows.registrations if row["active"]]
    check_seats(found, "the event", rows.event, active)
    for type_ in rows.types:
        of_type = [row for row in active if str(row["type_number"]) == type_["type_number"]]
        check_seats(found, f"type {type_['type_number']}", type_, of_type)
    # Without cancellations free seats only decrease: if a client was refused as sold out, no seat may be free at the end.
    if len(active) == len(rows.registrations) and len(rows.types) == 1 and history.refused_single:
        left = [int(seats["capacity"]) - int(seats["sold"]) for seats in (rows.event, *rows.types) if seats["capacity"]]
        if not left or min(left) > 0:
            found["refused while seats were free"].append(f"{history.refused_single} refused, {min(left, default='all')} free")
    return found


def check_seats(found, name, seats, active):
    taken = sum(row["quantity"] for row in active)
    if taken != int(seats["sold"]):
        found["the counter is not what the rows say"].append(f"{name}: counter {seats['sold']}, rows {taken}")
    if seats["capacity"] and taken > int(seats["capacity"]):
        found["oversold"].append(f"{name}: {taken} of {seats['capacity']}")


if __name__ == "__main__":
    sys.exit(main())
