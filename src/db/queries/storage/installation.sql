-- Id of this database: its installation, its OID and its server's system identifier. A restored copy gets another id.
SELECT i.id::text || ' ' || d.oid || ' ' || c.system_identifier AS id
FROM installation i, pg_database d, pg_control_system() c WHERE d.datname = current_database()
