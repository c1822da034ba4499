-- The id of the multipart upload of an archive.
SELECT upload FROM jobs WHERE job_id = $1
