-- Who this database is: a copy of it is somebody else.
SELECT h.id::text || ' ' || d.oid || ' ' || c.system_identifier AS id
FROM house h, pg_database d, pg_control_system() c WHERE d.datname = current_database()
