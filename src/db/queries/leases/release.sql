-- Releases a lease.
DELETE FROM leases WHERE name = $1 AND token = $2
