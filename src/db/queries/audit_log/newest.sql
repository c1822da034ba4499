-- The newest entry of the audit log, as a mark.
SELECT chain || ' ' || entry || ' ' || encode(hash, 'hex') AS mark FROM audit_log ORDER BY at DESC LIMIT 1
