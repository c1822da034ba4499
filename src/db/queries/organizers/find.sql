-- The organizer with this slug, or this key.
SELECT organizer_key, slug, name, created_at FROM organizers WHERE slug = $1 OR organizer_key = $2
