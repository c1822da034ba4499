-- True if the audit log has the entry $2 of chain $1 with the hash $3.
SELECT EXISTS (SELECT FROM audit_log WHERE chain = $1 AND entry = $2 AND encode(hash, 'hex') = $3) AS has_mark
