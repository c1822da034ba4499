-- The organizer of this name, inserted if missing. DO UPDATE makes RETURNING yield the row in both cases.
INSERT INTO organizers (name) VALUES ($1)
ON CONFLICT (name) DO UPDATE SET name = EXCLUDED.name
RETURNING organizer_key
