-- A confirmed registration is itself the promise of its file: a surge writes no row for it. Up to `promised_to` an event's
-- promises stand in documents as well, where they are claimed, stored and counted; the sweeper moves the mark.
CREATE TABLE document_promises (
    event_key   int PRIMARY KEY REFERENCES events ON DELETE CASCADE,
    promised_to int NOT NULL DEFAULT 0 CHECK (promised_to >= 0)
) WITH (fillfactor = 50);
INSERT INTO document_promises (event_key, promised_to) SELECT event_key, last_number FROM event_seats;
-- Whoever makes an event, an older server among them, makes its mark.
CREATE FUNCTION begin_promises() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO document_promises (event_key) VALUES (NEW.event_key);
    RETURN NULL;
END
$$;
CREATE TRIGGER begin_promises AFTER INSERT ON event_seats FOR EACH ROW EXECUTE FUNCTION begin_promises();

-- Keys are only ever compared for being the same: byte by byte is the quickest way to.
ALTER TABLE registrations ALTER COLUMN idempotency_key TYPE text COLLATE "C";

-- Who remembers that something is sold out is told when that may have ended, whoever ended it. Batches that sell never
-- notify: a notification takes a lock that all commits share.
CREATE FUNCTION tell_of_seats() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('onsale_seats', NEW.event_key::text);
    RETURN NULL;
END
$$;
CREATE TRIGGER tell_of_seats AFTER UPDATE ON event_seats FOR EACH ROW
    WHEN (NEW.sold < OLD.sold OR NEW.capacity IS DISTINCT FROM OLD.capacity) EXECUTE FUNCTION tell_of_seats();
CREATE TRIGGER tell_of_seats AFTER UPDATE ON ticket_type_seats FOR EACH ROW
    WHEN (NEW.sold < OLD.sold OR NEW.capacity IS DISTINCT FROM OLD.capacity) EXECUTE FUNCTION tell_of_seats();
