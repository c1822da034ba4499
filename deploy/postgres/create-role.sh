#!/bin/bash
# Runs once, when the database is created: the server's own role, which owns its database and is no superuser.
set -euo pipefail
psql -v ON_ERROR_STOP=1 -v password="$ONSALE_PASSWORD" <<'SQL'
CREATE ROLE onsale LOGIN PASSWORD :'password';
CREATE DATABASE onsale OWNER onsale;
REVOKE CONNECT ON DATABASE onsale FROM PUBLIC;
SQL
