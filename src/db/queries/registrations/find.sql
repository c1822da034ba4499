SELECT r.number, r.type_number, r.status, r.created_at, r.expires_at, r.paid_at, r.amount, r.answers
FROM registrations r WHERE r.event_key = $1 AND r.number = ANY ($2::int[])
