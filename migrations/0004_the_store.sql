-- Further kinds of documents, and what is known of each file in storage. `part` tells files of one kind of one
-- registration apart: the ticket's position, or the number of a confirmation; 0 where there is only one.
ALTER TABLE documents
    ADD COLUMN part smallint NOT NULL DEFAULT 0 CHECK (part >= 0),
    ADD COLUMN tag text, -- what storage calls this content: another tag there, and somebody has changed it
    ADD COLUMN revision int, -- the event's, when the file was made
    ADD COLUMN layout_version int,
    ADD COLUMN imported boolean NOT NULL DEFAULT false, -- made by another program: never stale
    ADD COLUMN generation jsonb, -- who asked for it, and why; where that is worth knowing
    DROP CONSTRAINT documents_kind_check,
    ADD CONSTRAINT documents_kind_check CHECK (kind BETWEEN 1 AND 4),
    DROP CONSTRAINT documents_pkey,
    ADD PRIMARY KEY (event_key, number, kind, part);
COMMENT ON COLUMN documents.kind IS '1 PDF of all tickets of a registration, 2 confirmation, 3 PDF of one ticket, 4 code of one ticket';
-- What waited longest comes first, whatever happened to it in between.
DROP INDEX documents_pending;
CREATE INDEX documents_pending ON documents (promised_at) WHERE state = 1;
CREATE INDEX documents_failed ON documents (event_key, number) WHERE state = 3;
-- What is withdrawn and still lies in storage: whoever removes it clears the key.
CREATE INDEX documents_to_remove ON documents (due_at) WHERE state = 4 AND storage_key IS NOT NULL;

-- Work that one server at a time does, and for how long it may. `token` changes hands with it.
CREATE TABLE leases (
    name  text PRIMARY KEY,
    token uuid NOT NULL,
    until timestamptz NOT NULL
);

-- Who this database is: written into the bucket too, so that nobody cleans up what another database owns.
CREATE TABLE house (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    one_of_one boolean NOT NULL DEFAULT true UNIQUE CHECK (one_of_one)
);
INSERT INTO house DEFAULT VALUES;

-- What was done to whose data, by whom: only ever added to.
CREATE TABLE audit_log (
    entry         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at            timestamptz NOT NULL DEFAULT now(),
    actor         text NOT NULL,
    action        text NOT NULL,
    organizer_key int REFERENCES organizers,
    event_key     int,
    detail        jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_log_by_event ON audit_log (event_key, entry);
CREATE FUNCTION keep_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is only ever added to';
END $$;
CREATE TRIGGER keep_audit BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION keep_audit();

-- What storage was asked, day by day: what it charges for.
CREATE TABLE storage_requests (
    day       date NOT NULL,
    operation text NOT NULL,
    requests  bigint NOT NULL CHECK (requests >= 0),
    PRIMARY KEY (day, operation)
);

-- Invoices: a row only once its object lies in storage.
CREATE TABLE invoices (
    storage_key   text COLLATE "C" PRIMARY KEY, -- compared with lists of the bucket, which are in the order of bytes
    organizer_key int NOT NULL REFERENCES organizers,
    content_hash  bytea NOT NULL CHECK (length(content_hash) = 32),
    tag           text,
    bytes         int NOT NULL,
    currency      char(3) NOT NULL,
    total         bigint NOT NULL,
    issued_at     timestamptz NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    upload_ms     int NOT NULL,
    request       jsonb NOT NULL -- what it was made from
);
CREATE INDEX invoices_by_organizer ON invoices (organizer_key, created_at);

-- Downloads by day, for stats; and those whose addresses are still whole.
CREATE INDEX downloads_with_address ON downloads (at) WHERE address IS NOT NULL AND masklen(address) IN (32, 128);
ALTER TABLE downloads DROP CONSTRAINT downloads_served_from_check,
    ADD CONSTRAINT downloads_served_from_check CHECK (served_from IN ('storage', 'render', 'disk'));
