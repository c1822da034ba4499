-- Records the use of a token.
UPDATE api_tokens SET used_at = now() WHERE token_id = $1
