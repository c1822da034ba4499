-- Forgets the wrong tries for $1: the last one was right.
DELETE FROM guesses WHERE target = ANY ($1::bytea[])
