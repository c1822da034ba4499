-- The parts of an archive that are in storage.
SELECT part, tag, bytes, entries, last_number FROM job_parts WHERE job_id = $1 ORDER BY part
