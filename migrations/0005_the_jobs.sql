-- Long work. A job goes over an event's registrations in the order of their numbers, a chunk at a time; whoever has a chunk holds
-- it under a lease, and what became of it is counted when it is given back: once, however often it was begun.
CREATE TABLE jobs (
    job_id        uuid PRIMARY KEY,
    organizer_key int NOT NULL REFERENCES organizers,
    event_key     int NOT NULL REFERENCES events,
    kind          smallint NOT NULL CHECK (kind IN (1, 2)),
    status        smallint NOT NULL DEFAULT 1 CHECK (status BETWEEN 1 AND 5),
    paused        boolean NOT NULL DEFAULT false,
    request       jsonb NOT NULL, -- what was asked for; the same again is the same job
    dry_run       boolean NOT NULL DEFAULT false, -- nothing is changed, so nothing is in the way of another
    actor         text NOT NULL,
    types         smallint[], -- null: all
    numbers       int[], -- null: all; in order
    last_number   int NOT NULL, -- registrations that came later are none of its business
    reached       int NOT NULL DEFAULT 0, -- the last number that was handed out
    pass          smallint NOT NULL DEFAULT 1, -- one more whenever the event changed meanwhile
    revision      int NOT NULL, -- the event's when this pass began
    -- Tickets. They add up: nothing is counted twice, and total is what the three come to in the end.
    total         bigint NOT NULL DEFAULT 0,
    done          bigint NOT NULL DEFAULT 0,
    skipped       bigint NOT NULL DEFAULT 0,
    failed        bigint NOT NULL DEFAULT 0,
    -- Why what was done, or would be, had to be.
    reasons       jsonb NOT NULL DEFAULT '{}',
    version       bigint NOT NULL DEFAULT 1, -- one more with each change that can be seen
    rate          float8, -- tickets a second, smoothed
    rate_at       timestamptz,
    rate_count    bigint NOT NULL DEFAULT 0,
    created_at    timestamptz NOT NULL DEFAULT now(),
    started_at    timestamptz,
    finished_at   timestamptz,
    served_at     timestamptz, -- when it last got a chunk's worth of work: whoever waited longest is next
    error         text,
    upload        text, -- of what an archive is being written to
    result_key    text,
    result_bytes  bigint,
    result_until  timestamptz,
    CHECK ((status IN (3, 4, 5)) = (finished_at IS NOT NULL))
);
COMMENT ON COLUMN jobs.kind IS '1 regeneration, 2 archive';
COMMENT ON COLUMN jobs.status IS '1 queued, 2 running, 3 completed, 4 cancelled, 5 failed';
CREATE UNIQUE INDEX jobs_one_at_a_time ON jobs (event_key, kind, dry_run) WHERE status IN (1, 2);
CREATE INDEX jobs_by_organizer ON jobs (organizer_key, created_at DESC, job_id);
CREATE INDEX jobs_by_event ON jobs (event_key, created_at);
CREATE INDEX jobs_results ON jobs (result_until) WHERE result_key IS NOT NULL;

-- Chunks that somebody has, or had when it ended. `attempts` is the lease's token, as for documents.
CREATE TABLE job_chunks (
    job_id   uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    pass     smallint NOT NULL,
    first    int NOT NULL,
    last     int NOT NULL,
    attempts int NOT NULL DEFAULT 1,
    errors   smallint NOT NULL DEFAULT 0, -- in a row
    until    timestamptz NOT NULL,
    PRIMARY KEY (job_id, pass, first)
);
CREATE INDEX job_chunks_lapsed ON job_chunks (until);

-- Adds to what a job has done, and to how fast it is.
CREATE FUNCTION count_job(job uuid, more_done bigint, more_skipped bigint, more_failed bigint, more_reasons jsonb)
RETURNS boolean LANGUAGE sql AS $$
    UPDATE jobs j SET done = done + more_done, skipped = skipped + more_skipped, failed = failed + more_failed,
        total = greatest(total, seen), version = version + 1,
        reasons = (
            SELECT coalesce(jsonb_object_agg(key, tickets), '{}') FROM (
                SELECT key, sum(value::bigint) AS tickets
                FROM (SELECT * FROM jsonb_each_text(j.reasons) UNION ALL SELECT * FROM jsonb_each_text(more_reasons)) AS both_of_them
                GROUP BY key) AS sums),
        rate = CASE WHEN seconds < 1 THEN rate WHEN rate IS NULL THEN (seen - rate_count) / seconds
            ELSE (rate + (seen - rate_count) / seconds) / 2 END,
        rate_count = CASE WHEN seconds < 1 THEN rate_count ELSE seen END,
        rate_at = CASE WHEN seconds < 1 THEN rate_at ELSE clock_timestamp() END
    FROM (
        SELECT extract(epoch FROM clock_timestamp() - rate_at)::float8 AS seconds,
            done + skipped + failed + more_done + more_skipped + more_failed AS seen
        FROM jobs WHERE job_id = job FOR UPDATE) AS now
    WHERE j.job_id = job
    RETURNING j.reached >= j.last_number
$$;

-- Files a job could not make, and why.
CREATE TABLE job_failures (
    job_id  uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    number  int NOT NULL,
    kind    smallint NOT NULL,
    part    smallint NOT NULL,
    tickets smallint NOT NULL,
    error   text NOT NULL,
    at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (job_id, number, kind, part)
);

-- Parts of an archive that lie in storage: with them it is gone on with wherever it was left, on whatever server. `directory` and
-- `listing` are what the archive's end says about the files in the part.
CREATE TABLE job_parts (
    job_id      uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    part        int NOT NULL,
    tag         text NOT NULL,
    bytes       bigint NOT NULL,
    entries     int NOT NULL,
    last_number int NOT NULL,
    directory   bytea NOT NULL,
    listing     bytea NOT NULL,
    PRIMARY KEY (job_id, part)
);

-- The audit log is a chain: each entry's hash covers the one before. Entries are numbered without gaps, one after the other.
ALTER TABLE audit_log ALTER COLUMN entry DROP IDENTITY;
ALTER TABLE audit_log ADD COLUMN hash bytea;
CREATE FUNCTION audit_text(a audit_log) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_array(a.entry, to_char(a.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), a.actor, a.action,
        a.organizer_key, a.event_key, a.detail)::text
$$;
ALTER TABLE audit_log DISABLE TRIGGER keep_audit;
DO $$
DECLARE
    one audit_log;
    number bigint := 0;
    before bytea := '';
BEGIN
    FOR one IN SELECT * FROM audit_log ORDER BY entry LOOP
        number := number + 1;
        UPDATE audit_log SET entry = number WHERE entry = one.entry;
        one.entry := number;
        before := sha256(before || convert_to(audit_text(one), 'UTF8'));
        UPDATE audit_log SET hash = before WHERE entry = number;
    END LOOP;
END
$$;
ALTER TABLE audit_log ENABLE TRIGGER keep_audit;
ALTER TABLE audit_log ALTER COLUMN hash SET NOT NULL;
CREATE FUNCTION chain_audit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before audit_log;
BEGIN
    -- One writer at a time, until it commits: a chain has no branches.
    PERFORM pg_advisory_xact_lock(7311584, 1);
    SELECT * INTO before FROM audit_log ORDER BY entry DESC LIMIT 1;
    NEW.entry := coalesce(before.entry, 0) + 1;
    NEW.at := clock_timestamp();
    NEW.hash := sha256(coalesce(before.hash, ''::bytea) || convert_to(audit_text(NEW), 'UTF8'));
    RETURN NEW;
END
$$;
CREATE TRIGGER chain_audit BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION chain_audit();
CREATE INDEX audit_log_by_organizer ON audit_log (organizer_key, entry);

-- Servers hear of an event's change at once: none hands out what it said before.
CREATE FUNCTION tell_of_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('onsale_events', NEW.event_key::text);
    RETURN NULL;
END
$$;
CREATE TRIGGER tell_of_event AFTER UPDATE OF revision ON events FOR EACH ROW
    WHEN (NEW.revision <> OLD.revision) EXECUTE FUNCTION tell_of_event();

-- Which key signed the codes in a file. Last, because everybody who stores something waits for this lock.
ALTER TABLE documents ADD COLUMN key_id smallint;
