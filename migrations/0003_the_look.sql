-- How an event's tickets look. A version never changes once it is there: whoever changes a layout adds one.
CREATE TABLE layouts (
    event_key  int NOT NULL REFERENCES events ON DELETE CASCADE,
    version    int NOT NULL CHECK (version > 0),
    body       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (event_key, version)
);

CREATE FUNCTION keep_layout() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a version of a layout never changes: add a new one';
END $$;
CREATE TRIGGER keep_layout BEFORE UPDATE ON layouts FOR EACH ROW EXECUTE FUNCTION keep_layout();

-- Null: as tickets come.
ALTER TABLE events ADD COLUMN layout_version int,
    ADD CONSTRAINT events_layout FOREIGN KEY (event_key, layout_version) REFERENCES layouts (event_key, version);
