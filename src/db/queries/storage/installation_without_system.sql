-- The same id without the system identifier, for servers that deny pg_control_system().
SELECT i.id::text || ' ' || d.oid AS id FROM installation i, pg_database d WHERE d.datname = current_database()
