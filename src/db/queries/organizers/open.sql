-- Opens an organizer with its first owner: $1 name, $2 slug (with a number if it is taken), $3 account, $4 most
-- organizers that an account owns, $5 actor. No row: the account owns as many.
WITH allowed AS (
    SELECT WHERE $4 > (SELECT count(*) FROM members WHERE account_key = $3 AND role = 'owner')
), opened AS (
    INSERT INTO organizers (name, slug)
    SELECT $1, s.slug FROM allowed, (
        SELECT $2::text AS slug, 0 AS n UNION ALL SELECT $2 || '-' || n, n FROM generate_series(2, 1000) AS n
    ) s WHERE NOT EXISTS (SELECT FROM organizers o WHERE o.slug = s.slug) ORDER BY s.n LIMIT 1
    RETURNING organizer_key, slug
), joined AS (
    INSERT INTO members (organizer_key, account_key, role) SELECT organizer_key, $3, 'owner' FROM opened
), audited AS (
    INSERT INTO audit_log (actor, action, organizer_key, detail)
    SELECT $5, 'organizer.opened', organizer_key, jsonb_build_object('name', $1::text) FROM opened
)
SELECT slug FROM opened
