-- Starts a regeneration over if the event has changed since its pass began. The tickets of the new pass are added to
-- its total.
UPDATE jobs j SET pass = pass + 1, reached = 0, revision = e.revision, version = version + 1, total = total + (
    SELECT coalesce(sum(r.quantity), 0) FROM registrations r
    WHERE r.event_key = j.event_key AND r.number <= j.last_number AND r.status = 1 /* confirmed */
        AND (j.types IS NULL OR r.type_number = ANY (j.types)) AND (j.numbers IS NULL OR r.number = ANY (j.numbers)))
FROM events e
WHERE j.job_id = $1 AND j.status = 2 /* running */ AND j.kind = 1 /* regeneration */ AND j.reached >= j.last_number
    AND e.event_key = j.event_key AND e.revision <> j.revision AND j.pass < 10
    AND NOT EXISTS (SELECT FROM job_chunks c WHERE c.job_id = j.job_id)
RETURNING j.job_id
