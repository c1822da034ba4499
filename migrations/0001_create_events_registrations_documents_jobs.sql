-- The schema, table by table. Codes carry their names (`2 /* stored */`), which a test compares with the Rust enums.

-- Both belong to PostgreSQL's contrib package; the index of ticket_search needs them.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;

-- Organizers own events.
CREATE TABLE organizers (
    organizer_key int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slug          text NOT NULL UNIQUE CHECK (slug ~ '^[a-z][a-z0-9-]{0,62}$'),
    name          text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 100),
    created_at    timestamptz NOT NULL DEFAULT now()
);

-- A token lets a client act for one organizer, within its scopes.
CREATE TABLE api_tokens (
    token_id      uuid PRIMARY KEY,
    organizer_key int NOT NULL REFERENCES organizers,
    name          text NOT NULL,
    token_hash    bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32), -- SHA-256; the token itself is never stored
    beginning     text NOT NULL, -- first characters of the token, to recognize it by
    scopes        text[] NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    used_at       timestamptz, -- to within an hour
    expires_at    timestamptz, -- null: never
    revoked_at    timestamptz
);
CREATE INDEX api_tokens_by_organizer ON api_tokens (organizer_key, created_at);

-- People with a password. A row is inserted when its address is confirmed.
CREATE TABLE accounts (
    account_key   int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id    uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    address       text NOT NULL UNIQUE, -- in lower case, its domain in ASCII
    email         text NOT NULL, -- the address as its owner writes it
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    language      text NOT NULL, -- of pages and messages
    password      text NOT NULL, -- hash, with its parameters (PHC string)
    second_factor bytea, -- sealed key; null: none
    factor_step   bigint NOT NULL DEFAULT 0, -- time step of the newest code that was used: each is accepted once
    created_at    timestamptz NOT NULL DEFAULT now()
);

-- Codes that replace the second factor, once each.
CREATE TABLE recovery_codes (
    account_key int NOT NULL REFERENCES accounts ON DELETE CASCADE,
    code_hash   bytea NOT NULL CHECK (length(code_hash) = 32), -- SHA-256
    PRIMARY KEY (account_key, code_hash)
);

-- Browsers in which people are signed in.
CREATE TABLE sessions (
    session_id  uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    account_key int NOT NULL REFERENCES accounts ON DELETE CASCADE,
    token_hash  bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32), -- SHA-256; the token itself is never stored
    created_at  timestamptz NOT NULL DEFAULT now(),
    seen_at     timestamptz NOT NULL DEFAULT now(), -- to within a minute
    device      text NOT NULL, -- browser and operating system
    network     inet -- address
);
CREATE INDEX sessions_by_account ON sessions (account_key, seen_at);
CREATE INDEX sessions_by_time ON sessions (seen_at);

-- Requests that the recipient of a message completes. The token in its link and its code are derived from the id.
CREATE TABLE person_requests (
    request_id    uuid PRIMARY KEY,
    purpose       text NOT NULL CHECK (purpose IN ('sign-up', 'reset', 'address', 'invitation')),
    address       text NOT NULL, -- in lower case, its domain in ASCII
    account_key   int REFERENCES accounts ON DELETE CASCADE, -- that is changed
    invited_by    int REFERENCES accounts ON DELETE SET NULL,
    organizer_key int REFERENCES organizers, -- of an invitation
    role          text CHECK (role IN ('owner', 'manager', 'finance', 'door', 'viewer')),
    detail        jsonb NOT NULL DEFAULT '{}', -- of a sign-up: its fields; the password as a hash
    tries         smallint NOT NULL DEFAULT 0, -- wrong codes
    created_at    timestamptz NOT NULL DEFAULT now(),
    expires_at    timestamptz NOT NULL,
    CHECK ((purpose = 'invitation') = (organizer_key IS NOT NULL AND role IS NOT NULL)),
    CHECK ((purpose IN ('reset', 'address')) <= (account_key IS NOT NULL))
);
CREATE INDEX person_requests_by_address ON person_requests (address, purpose);
CREATE INDEX person_requests_by_account ON person_requests (account_key);
CREATE INDEX person_requests_by_inviter ON person_requests (invited_by) WHERE invited_by IS NOT NULL;
CREATE UNIQUE INDEX person_requests_one_invitation ON person_requests (organizer_key, address)
    WHERE organizer_key IS NOT NULL;
CREATE INDEX person_requests_by_time ON person_requests (expires_at);

-- Passwords and codes that were tried for an address and were wrong. An attempt counts until it proves right.
CREATE TABLE guesses (
    target  bytea PRIMARY KEY CHECK (length(target) = 32), -- hash of the address, or of a known device of its owner
    tries   int NOT NULL,
    last_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX guesses_by_time ON guesses (last_at);

-- The team of an organizer.
CREATE TABLE members (
    organizer_key int NOT NULL REFERENCES organizers,
    account_key   int NOT NULL REFERENCES accounts ON DELETE CASCADE,
    role          text NOT NULL CHECK (role IN ('owner', 'manager', 'finance', 'door', 'viewer')),
    joined_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organizer_key, account_key)
);
CREATE INDEX members_by_account ON members (account_key);

-- A team that had an owner keeps one. Changes of a team wait for each other, so that each sees the one before.
CREATE FUNCTION keep_an_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM organizers WHERE organizer_key = OLD.organizer_key FOR UPDATE;
    IF NOT EXISTS (SELECT FROM members WHERE organizer_key = OLD.organizer_key AND role = 'owner') THEN
        RAISE check_violation USING MESSAGE = 'the organizer would have no owner', CONSTRAINT = 'members_keep_an_owner';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER keep_an_owner AFTER UPDATE OR DELETE ON members FOR EACH ROW
    WHEN (OLD.role = 'owner') EXECUTE FUNCTION keep_an_owner();

-- Servers forget what they keep in memory about an account as soon as it changes: its sessions, name and roles.
CREATE FUNCTION notify_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('onsale_accounts', coalesce(NEW.account_key, OLD.account_key)::text);
    RETURN NULL;
END
$$;
CREATE TRIGGER notify_account AFTER DELETE ON sessions FOR EACH ROW EXECUTE FUNCTION notify_account();
CREATE TRIGGER notify_account AFTER INSERT OR UPDATE OR DELETE ON members
    FOR EACH ROW EXECUTE FUNCTION notify_account();
CREATE TRIGGER notify_account AFTER UPDATE OF name, email, language, second_factor ON accounts
    FOR EACH ROW EXECUTE FUNCTION notify_account();
CREATE FUNCTION notify_members() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('onsale_accounts', account_key::text) FROM members WHERE organizer_key = NEW.organizer_key;
    RETURN NULL;
END
$$;
CREATE TRIGGER notify_members AFTER UPDATE OF name, slug ON organizers FOR EACH ROW
    WHEN (NEW.name <> OLD.name OR NEW.slug <> OLD.slug) EXECUTE FUNCTION notify_members();

-- The description of an event: read often, written seldom. The counters that each sale writes are in event_seats.
CREATE TABLE events (
    event_key      int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id       uuid NOT NULL UNIQUE,
    organizer_key  int NOT NULL REFERENCES organizers,
    slug           text NOT NULL UNIQUE CHECK (slug ~ '^[a-z][a-z0-9-]{1,62}$'),
    code           text NOT NULL UNIQUE CHECK (code ~ '^[A-Z][A-Z0-9]{1,11}$'), -- starts each of its registration ids
    title          text NOT NULL,
    description    text,
    category       text,
    status         text NOT NULL CHECK (status IN ('draft', 'published', 'cancelled')),
    starts_at      timestamptz NOT NULL,
    ends_at        timestamptz NOT NULL,
    timezone       text NOT NULL, -- IANA name
    language       text NOT NULL, -- BCP 47 tag
    accent_color   text NOT NULL CHECK (accent_color ~ '^#[0-9a-f]{6}$'),
    venue_name     text NOT NULL,
    venue_address  text,
    sales_open_at  timestamptz, -- null: no limit
    sales_close_at timestamptz, -- null: the end of the event
    renames_until  timestamptz, -- by attendees; null: the start of the event
    returns_until  timestamptz, -- by attendees; null: the start of the event
    questions      jsonb NOT NULL DEFAULT '[]', -- to those who register, in their order
    revision       int NOT NULL DEFAULT 1, -- incremented by each change of the event, its types, layout or keys
    created_at     timestamptz NOT NULL DEFAULT now(),
    layout_version int, -- null: the built-in layout
    search_text    text NOT NULL, -- words of title, description, venue and category, without accents
    place_text     text NOT NULL, -- words of the venue and its address, without accents
    CHECK (starts_at <= ends_at),
    CHECK (sales_open_at IS NULL OR sales_close_at IS NULL OR sales_open_at < sales_close_at)
);
CREATE INDEX events_by_organizer ON events (organizer_key);
CREATE INDEX events_published_by_start ON events (starts_at, event_key) WHERE status = 'published';

-- Earlier slugs of events: links with them lead to the event. Another event cannot take such a slug.
CREATE TABLE event_slugs (
    slug      text PRIMARY KEY,
    event_key int NOT NULL REFERENCES events ON DELETE CASCADE,
    left_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX event_slugs_by_event ON event_slugs (event_key, left_at);

CREATE FUNCTION keep_event_slug() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM event_slugs WHERE slug = NEW.slug AND event_key = NEW.event_key;
    IF EXISTS (SELECT FROM event_slugs WHERE slug = NEW.slug) THEN
        RAISE unique_violation USING MESSAGE = 'the slug led to another event', CONSTRAINT = 'events_slug_key';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO event_slugs (slug, event_key) VALUES (OLD.slug, OLD.event_key);
        -- An event keeps its last twenty slugs.
        DELETE FROM event_slugs WHERE event_key = NEW.event_key AND slug IN (
            SELECT slug FROM event_slugs WHERE event_key = NEW.event_key ORDER BY left_at DESC OFFSET 20);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER keep_slug_of_new_event AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION keep_event_slug();
CREATE TRIGGER keep_slug_of_changed_event AFTER UPDATE OF slug ON events FOR EACH ROW
    WHEN (NEW.slug <> OLD.slug) EXECUTE FUNCTION keep_event_slug();

-- Servers invalidate their cached copy of an event as soon as its revision changes.
CREATE FUNCTION notify_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('onsale_events', NEW.event_key::text);
    RETURN NULL;
END
$$;
CREATE TRIGGER notify_event AFTER UPDATE OF revision ON events FOR EACH ROW
    WHEN (NEW.revision <> OLD.revision) EXECUTE FUNCTION notify_event();

-- The seat counter of an event. Each batch of registrations locks and updates its row, so the row is narrow, and its
-- page has free space for HOT updates.
CREATE TABLE event_seats (
    event_key   int PRIMARY KEY REFERENCES events ON DELETE CASCADE,
    capacity    int CHECK (capacity >= 0), -- null: unlimited
    sold        int NOT NULL DEFAULT 0 CHECK (sold >= 0), -- seats of confirmed and of unpaid registrations
    last_number int NOT NULL DEFAULT 0, -- number of the newest registration
    CONSTRAINT event_not_oversold CHECK (capacity IS NULL OR sold <= capacity)
) WITH (fillfactor = 20);

-- A kind of ticket, such as "adult": its name and price.
CREATE TABLE ticket_types (
    event_key            int NOT NULL REFERENCES events ON DELETE CASCADE,
    type_number          smallint NOT NULL CHECK (type_number > 0),
    code                 text NOT NULL CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    name                 text NOT NULL,
    description          text,
    price_amount         bigint NOT NULL CHECK (price_amount >= 0), -- minor units
    price_currency       char(3) NOT NULL, -- ISO 4217
    max_per_registration smallint NOT NULL CHECK (max_per_registration BETWEEN 1 AND 100), -- tickets
    PRIMARY KEY (event_key, type_number),
    UNIQUE (event_key, code)
);

-- The seat counter of a ticket type. A registration counts in event_seats and here.
CREATE TABLE ticket_type_seats (
    event_key   int NOT NULL,
    type_number smallint NOT NULL,
    capacity    int CHECK (capacity >= 0), -- null: unlimited
    sold        int NOT NULL DEFAULT 0 CHECK (sold >= 0),
    PRIMARY KEY (event_key, type_number),
    FOREIGN KEY (event_key, type_number) REFERENCES ticket_types ON DELETE CASCADE,
    CONSTRAINT ticket_type_not_oversold CHECK (capacity IS NULL OR sold <= capacity)
) WITH (fillfactor = 20);

-- Servers that cache "sold out" are notified when seats may be free again. Statements that sell do not notify, because
-- a notification takes a lock that all commits share.
CREATE FUNCTION notify_seats() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('onsale_seats', NEW.event_key::text);
    RETURN NULL;
END
$$;
CREATE TRIGGER notify_seats AFTER UPDATE ON event_seats FOR EACH ROW
    WHEN (NEW.sold < OLD.sold OR NEW.capacity IS DISTINCT FROM OLD.capacity) EXECUTE FUNCTION notify_seats();
CREATE TRIGGER notify_seats AFTER UPDATE ON ticket_type_seats FOR EACH ROW
    WHEN (NEW.sold < OLD.sold OR NEW.capacity IS DISTINCT FROM OLD.capacity) EXECUTE FUNCTION notify_seats();

-- Ed25519 keys that sign the codes of an event. The newest signs; the older ones still verify.
CREATE TABLE signing_keys (
    event_key     int NOT NULL REFERENCES events ON DELETE CASCADE,
    key_id        smallint NOT NULL CHECK (key_id BETWEEN 1 AND 255), -- one byte in the code
    public_key    bytea NOT NULL CHECK (length(public_key) = 32),
    sealed_secret bytea NOT NULL, -- encrypted with ONSALE_SECRET
    created_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (event_key, key_id)
);

-- Versions of the layout of an event's tickets. Stored files refer to a version, so a version never changes.
CREATE TABLE layouts (
    event_key  int NOT NULL REFERENCES events ON DELETE CASCADE,
    version    int NOT NULL CHECK (version > 0),
    body       text NOT NULL, -- JSON, without the pictures
    pictures   text[] NOT NULL, -- their names
    hashes     bytea[] NOT NULL, -- SHA-256 of each, in the same order
    bytes      int NOT NULL, -- of body and pictures
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (event_key, version)
);
-- Pictures of an event's layouts: stored once, however many versions show them.
CREATE TABLE layout_pictures (
    event_key int NOT NULL REFERENCES events ON DELETE CASCADE,
    hash      bytea NOT NULL CHECK (hash = sha256(picture)),
    picture   bytea NOT NULL,
    PRIMARY KEY (event_key, hash)
);
ALTER TABLE layout_pictures ALTER COLUMN picture SET STORAGE EXTERNAL; -- PNG and JPEG are compressed already
ALTER TABLE events
    ADD CONSTRAINT events_layout FOREIGN KEY (event_key, layout_version) REFERENCES layouts (event_key, version);

CREATE FUNCTION reject_layout_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a layout version never changes: add a new version';
END $$;
CREATE TRIGGER reject_layout_update BEFORE UPDATE ON layouts FOR EACH ROW EXECUTE FUNCTION reject_layout_update();

-- Versions of templates of messages: an event's own, or an organizer's for all events. A version never changes. A kind
-- without one uses the template that Onsale ships.
CREATE TABLE mail_templates (
    organizer_key int NOT NULL REFERENCES organizers,
    event_key     int NOT NULL, -- 0: all events of the organizer that have none of their own
    kind          smallint NOT NULL CHECK (kind BETWEEN 1 /* confirmation */ AND 12 /* announcement */),
    version       int NOT NULL CHECK (version > 0),
    template      text NOT NULL, -- JSON
    created_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organizer_key, event_key, kind, version)
);
COMMENT ON COLUMN mail_templates.kind IS '1 confirmation, 2 payment-needed, 3 payment-received, 4 cancelled, 5 refunded,
    6 event-changed, 7 ticket-reissued, 8 ticket-links, 9 verify, 10 reset, 11 invitation, 12 announcement,
    13 account-notice';

CREATE FUNCTION reject_mail_template_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a version of a template never changes: add a new version';
END $$;
CREATE TRIGGER reject_mail_template_update BEFORE UPDATE ON mail_templates
    FOR EACH ROW EXECUTE FUNCTION reject_mail_template_update();

-- Registrations, tickets and documents take most writes. They have no foreign keys, because PostgreSQL checks those row
-- by row; each row is written by one statement that holds a lock on the event's own row. Events with registrations are
-- never deleted.
CREATE TABLE registrations (
    event_key       int NOT NULL,
    number          int NOT NULL CHECK (number > 0), -- consecutive within the event
    type_number     smallint NOT NULL,
    status          smallint NOT NULL CHECK (status BETWEEN 1 /* confirmed */ AND 4 /* expired */),
    quantity        smallint NOT NULL CHECK (quantity > 0), -- tickets
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz, -- end of the unpaid hold
    paid_at         timestamptz,
    amount          bigint, -- of all its tickets, in minor units; null: free
    currency        char(3), -- of the amount
    body_hash       bytea, -- of the request, to detect a key that is used for another request
    access_generation smallint NOT NULL DEFAULT 1 CHECK (access_generation > 0), -- incremented to revoke access tokens
    idempotency_key text COLLATE "C", -- compared for equality only: bytewise comparison is the fastest
    answers         jsonb,
    imported        boolean NOT NULL DEFAULT false, -- from another system, under its number there
    PRIMARY KEY (event_key, number),
    CHECK ((status = 2 /* awaiting_payment */) <= (expires_at IS NOT NULL)),
    CHECK ((idempotency_key IS NULL) = (body_hash IS NULL)),
    CHECK ((amount IS NULL) = (currency IS NULL))
);
COMMENT ON COLUMN registrations.status IS '1 confirmed, 2 awaiting payment, 3 cancelled, 4 expired';
CREATE UNIQUE INDEX registrations_one_per_key ON registrations (event_key, idempotency_key)
    WHERE idempotency_key IS NOT NULL;
CREATE INDEX registrations_holds ON registrations (expires_at) WHERE status = 2 /* awaiting_payment */;
-- Lists of the few registrations that are not confirmed.
CREATE INDEX registrations_by_status ON registrations (event_key, status, number)
    WHERE status IN (2 /* awaiting_payment */, 3 /* cancelled */, 4 /* expired */);

-- One ticket for each attendee of a registration.
CREATE TABLE tickets (
    ticket_id  uuid PRIMARY KEY,
    event_key  int NOT NULL,
    number     int NOT NULL, -- of the registration
    position   smallint NOT NULL CHECK (position > 0), -- within the registration
    generation smallint NOT NULL DEFAULT 1 CHECK (generation > 0), -- incremented when its code is issued anew
    revoked    boolean NOT NULL DEFAULT false,
    name       text NOT NULL,
    email      text NOT NULL,
    UNIQUE (event_key, number, position)
);

-- Words of each ticket's name and e-mail address, in which organizers search. A sale writes no rows here: those of
-- registrations up to `indexed_to` are inserted later; the tickets of newer ones are searched without an index.
CREATE TABLE ticket_search (
    event_key   int NOT NULL,
    number      int NOT NULL, -- of the registration
    position    smallint NOT NULL,
    type_number smallint NOT NULL, -- of the registration
    words       text NOT NULL, -- lower case, without accents, with a space before and after each word
    PRIMARY KEY (event_key, number, position)
);
-- New entries wait in a list of at most 1 MB, which searches read too: inserting them together costs a seventh.
CREATE INDEX ticket_search_words ON ticket_search USING gin (event_key, words gin_trgm_ops)
    WITH (fastupdate = on, gin_pending_list_limit = 1024);
CREATE INDEX ticket_search_types ON ticket_search (event_key, type_number, number) WHERE position = 1;

-- Registrations by the addresses of their tickets. Rows are written together with those of ticket_search.
CREATE TABLE address_book (
    address   text NOT NULL, -- lower case
    event_key int NOT NULL,
    number    int NOT NULL, -- of the registration
    PRIMARY KEY (address, event_key, number)
);

CREATE TABLE search_progress (
    event_key  int PRIMARY KEY REFERENCES events ON DELETE CASCADE,
    indexed_to int NOT NULL CHECK (indexed_to >= 0)
) WITH (fillfactor = 50);

-- Generated files and their state. A pending row is a promise that the file will exist: the sweeper finds the row even
-- if a server has crashed. `attempts` is the lease token of the latest claim: an older claim cannot finish the row.
CREATE TABLE documents (
    event_key      int NOT NULL,
    number         int NOT NULL, -- of the registration
    kind           smallint NOT NULL CHECK (kind BETWEEN 1 /* tickets */ AND 4 /* code */),
    state          smallint NOT NULL CHECK (state BETWEEN 1 /* pending */ AND 4 /* withdrawn */),
    attempts       smallint NOT NULL DEFAULT 0,
    failures       smallint NOT NULL DEFAULT 0, -- to render; an outage of storage does not count
    promised_at    timestamptz NOT NULL,
    due_at         timestamptz NOT NULL, -- end of the grace period, lease or back-off: the sweeper may claim it then
    stored_at      timestamptz,
    bytes          int,
    content_hash   bytea CHECK (length(content_hash) = 32),
    storage_key    text,
    error          text,
    part           smallint NOT NULL DEFAULT 0 CHECK (part >= 0), -- ticket, code: position; confirmation: 1, 2, ...
    tag            text, -- entity tag in storage; a different one there means that the object was overwritten
    revision       int, -- of the event when the file was made
    layout_version int,
    imported       boolean NOT NULL DEFAULT false, -- made by another program: never stale
    generation     jsonb, -- request that led to the file, for confirmations
    key_id         smallint, -- signing key of its codes
    PRIMARY KEY (event_key, number, kind, part),
    CHECK ((state = 2 /* stored */) <=
        (content_hash IS NOT NULL AND storage_key IS NOT NULL AND stored_at IS NOT NULL))
);
COMMENT ON COLUMN documents.kind IS
    '1 tickets (PDF of all tickets of a registration), 2 confirmation, 3 ticket (PDF of one), 4 code (picture of one)';
COMMENT ON COLUMN documents.state IS '1 pending, 2 stored, 3 failed, 4 withdrawn';
-- The sweeper claims the oldest promise first, however often it was tried.
CREATE INDEX documents_pending ON documents (promised_at) WHERE state = 1 /* pending */;
CREATE INDEX documents_failed ON documents (event_key, number) WHERE state = 3 /* failed */;
-- Withdrawn files whose object is still in storage; removing the object clears the key.
CREATE INDEX documents_to_remove ON documents (due_at) WHERE state = 4 /* withdrawn */ AND storage_key IS NOT NULL;

-- A confirmed registration is itself the promise of its PDF, so a batch inserts nothing into documents. The sweeper
-- inserts these rows later and moves `promised_to`: registrations up to this number have their rows.
CREATE TABLE document_promises (
    event_key   int PRIMARY KEY REFERENCES events ON DELETE CASCADE,
    promised_to int NOT NULL DEFAULT 0 CHECK (promised_to >= 0)
) WITH (fillfactor = 50);

CREATE FUNCTION create_document_promises() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO document_promises (event_key) VALUES (NEW.event_key);
    RETURN NULL;
END
$$;
CREATE TRIGGER create_document_promises AFTER INSERT ON event_seats
    FOR EACH ROW EXECUTE FUNCTION create_document_promises();

-- Messages that are sent by mail. `attempts` is the lease token of the latest claim, as in documents. A row says what
-- a message is about; its text is written when it is sent.
CREATE TABLE messages (
    message_id    uuid PRIMARY KEY, -- also part of its Message-ID and its return path: the same on every attempt
    organizer_key int REFERENCES organizers, -- null: a message of the server, about an account or an address
    event_key     int,
    number        int, -- of the registration
    kind          smallint NOT NULL CHECK (kind BETWEEN 1 /* confirmation */ AND 13 /* account-notice */),
    state         smallint NOT NULL DEFAULT 1 /* queued */ CHECK (state BETWEEN 1 /* queued */ AND 9 /* suppressed */),
    urgency       smallint NOT NULL CHECK (urgency BETWEEN 1 AND 3), -- 1 somebody waits for it, 3 announcements
    recipient     text, -- address; null: the contact's, when it is sent
    detail        jsonb, -- what the registration does not say
    job_id        uuid, -- of an announcement
    attempts      int NOT NULL DEFAULT 0,
    failures      smallint NOT NULL DEFAULT 0, -- temporary refusals; an outage of the mail server does not count
    created_at    timestamptz NOT NULL DEFAULT now(),
    due_at        timestamptz NOT NULL DEFAULT now(), -- end of the lease or back-off: it may be claimed then
    tried_at      timestamptz, -- first attempt
    failing_since timestamptz, -- first temporary refusal
    sent_at       timestamptz,
    changed_at    timestamptz NOT NULL DEFAULT now(), -- of the state
    reply         text, -- of the mail server, or the reason why it was not sent
    storage_key   text, -- of the copy in the archive
    bytes         int,
    CHECK ((kind = 12 /* announcement */) <= (recipient IS NOT NULL)),
    CHECK ((event_key IS NULL) = (organizer_key IS NULL) AND (number IS NULL) = (event_key IS NULL))
) WITH (fillfactor = 80);
COMMENT ON COLUMN messages.kind IS '1 confirmation, 2 payment-needed, 3 payment-received, 4 cancelled, 5 refunded,
    6 event-changed, 7 ticket-reissued, 8 ticket-links, 9 verify, 10 reset, 11 invitation, 12 announcement,
    13 account-notice';
COMMENT ON COLUMN messages.state IS
    '1 queued, 2 sending, 3 sent, 4 delivered, 5 delayed, 6 bounced, 7 complained, 8 failed, 9 suppressed';
CREATE INDEX messages_due ON messages (urgency, due_at) WHERE state IN (1 /* queued */, 2 /* sending */);
CREATE INDEX messages_by_event ON messages (event_key, created_at, message_id);
CREATE INDEX messages_by_registration ON messages (event_key, number);
CREATE INDEX messages_archived ON messages (created_at, message_id) WHERE storage_key IS NOT NULL; -- for retention
-- Lists of the few messages that did not arrive, or not yet.
CREATE INDEX messages_by_state ON messages (event_key, state, created_at, message_id)
    WHERE state IN (1 /* queued */, 2 /* sending */, 5 /* delayed */, 6 /* bounced */, 7 /* complained */,
        8 /* failed */, 9 /* suppressed */);
-- Messages of the server to one address are limited.
CREATE INDEX messages_of_address ON messages (recipient, created_at) WHERE event_key IS NULL;
-- An announcement goes to each address once.
CREATE UNIQUE INDEX messages_once_per_job ON messages (job_id, lower(recipient)) WHERE job_id IS NOT NULL;

-- A registration is itself the promise of its first message, so a batch inserts nothing into messages. The outbox
-- inserts these rows later and moves `promised_to`, as in document_promises.
CREATE TABLE message_promises (
    event_key   int PRIMARY KEY REFERENCES events ON DELETE CASCADE,
    promised_to int NOT NULL DEFAULT 0 CHECK (promised_to >= 0)
) WITH (fillfactor = 50);

CREATE FUNCTION create_message_promises() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO message_promises (event_key) VALUES (NEW.event_key);
    RETURN NULL;
END
$$;
CREATE TRIGGER create_message_promises AFTER INSERT ON event_seats
    FOR EACH ROW EXECUTE FUNCTION create_message_promises();

-- Changes of events that their registrants are told of. The outbox goes through the registrations up to `last_number`,
-- some time after the change: a further one before that joins it.
CREATE TABLE event_notices (
    notice_id   uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    event_key   int NOT NULL REFERENCES events ON DELETE CASCADE,
    kind        smallint NOT NULL CHECK (kind IN (4 /* cancelled */, 6 /* event-changed */)), -- as in messages
    before      jsonb NOT NULL, -- the facts that have changed, as they were
    reached     int NOT NULL DEFAULT 0,
    last_number int NOT NULL,
    changed_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX event_notices_by_event ON event_notices (event_key);

-- Copies of messages that were sent while storage was unavailable. They are moved to storage as soon as it answers.
CREATE TABLE message_copies (
    message_id  uuid PRIMARY KEY REFERENCES messages ON DELETE CASCADE,
    storage_key text NOT NULL,
    copy        bytea NOT NULL
);
ALTER TABLE message_copies ALTER COLUMN copy SET STORAGE EXTERNAL; -- mostly files that are compressed already

-- Addresses that an organizer's messages are not sent to.
CREATE TABLE suppressions (
    organizer_key int NOT NULL REFERENCES organizers,
    address       text NOT NULL, -- in lower case, its domain in ASCII
    reason        text NOT NULL CHECK (reason IN ('bounce', 'complaint', 'unsubscribed', 'organizer')),
    message_id    uuid, -- that led to it
    created_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organizer_key, address, reason)
);

-- Tokens of events that mail providers have sent: each event is received once.
CREATE TABLE mail_event_tokens (
    token   text PRIMARY KEY CHECK (length(token) BETWEEN 1 AND 100),
    used_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX mail_event_tokens_by_time ON mail_event_tokens (used_at);

-- Downloads of tickets, inserted in batches after the answer was sent.
CREATE TABLE downloads (
    event_key   int NOT NULL,
    number      int NOT NULL,
    at          timestamptz NOT NULL,
    automatic   boolean NOT NULL, -- requested with mode=auto
    served_from text NOT NULL CHECK (served_from IN ('storage', 'render', 'disk')),
    type_number smallint NOT NULL, -- of the registration
    kind        smallint NOT NULL DEFAULT 1 /* tickets */, -- as in documents
    address     inet, -- cut to its network after some days
    user_agent  text
);
CREATE INDEX downloads_by_event ON downloads (event_key, at);
CREATE INDEX downloads_by_time ON downloads USING brin (at); -- to delete old ones
CREATE INDEX downloads_with_address ON downloads (at) WHERE address IS NOT NULL AND masklen(address) IN (32, 128);

-- Figures of an event, so that reading them costs the same for an event of any size. Each statement that adds or
-- changes registrations adds rows to sale_changes, which are summed up in sale_counts later: it locks no row that
-- another statement waits for. The figures are the sums of both tables. A statement that adds registrations counts them
-- itself, because a trigger costs a sale a twentieth of its rate.
CREATE TABLE sale_changes (
    event_key     int NOT NULL,
    hour          timestamptz NOT NULL, -- in which the registrations were created
    type_number   smallint NOT NULL,
    status        smallint NOT NULL, -- as in registrations
    currency      text NOT NULL, -- empty: free
    registrations bigint NOT NULL,
    tickets       bigint NOT NULL,
    paid          bigint NOT NULL -- amount paid and not cancelled, in minor units
);
CREATE INDEX sale_changes_by_event ON sale_changes (event_key);
CREATE TABLE sale_counts (
    LIKE sale_changes,
    PRIMARY KEY (event_key, hour, type_number, status, currency)
) WITH (fillfactor = 50);

CREATE FUNCTION count_changed_sales() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sale_changes (event_key, hour, type_number, status, currency, registrations, tickets, paid)
    SELECT event_key, date_trunc('hour', created_at, 'UTC'), type_number, r.status, coalesce(currency, ''),
        sum(sign), sum(sign * quantity),
        coalesce(sum(sign * amount) FILTER (WHERE paid_at IS NOT NULL AND r.status = 1 /* confirmed */), 0)
    FROM (SELECT 1 AS sign, * FROM added UNION ALL SELECT -1, * FROM removed) AS r
    GROUP BY 1, 2, 3, 4, 5
    -- Where these sums are zero, only other columns have changed.
    HAVING sum(sign) <> 0 OR sum(sign * quantity) <> 0
        OR sum(sign * amount) FILTER (WHERE paid_at IS NOT NULL) <> 0;
    RETURN NULL;
END
$$;
CREATE TRIGGER count_changed_sales AFTER UPDATE ON registrations
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_changed_sales();

-- Files of kind tickets by state, counted in the same way.
CREATE TABLE document_changes (
    event_key int NOT NULL,
    state     smallint NOT NULL, -- as in documents
    documents bigint NOT NULL,
    bytes     bigint NOT NULL
);
CREATE INDEX document_changes_by_event ON document_changes (event_key);
CREATE TABLE document_counts (
    LIKE document_changes,
    PRIMARY KEY (event_key, state)
) WITH (fillfactor = 50);

CREATE FUNCTION count_documents() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO document_changes (event_key, state, documents, bytes)
        SELECT event_key, state, count(*), coalesce(sum(bytes), 0)
        FROM added d WHERE d.kind = 1 /* tickets */ GROUP BY 1, 2;
    ELSE
        INSERT INTO document_changes (event_key, state, documents, bytes)
        SELECT event_key, state, sum(sign), coalesce(sum(sign * bytes), 0)
        FROM (SELECT 1 AS sign, * FROM added UNION ALL SELECT -1, * FROM removed) AS d
        WHERE d.kind = 1 /* tickets */
        GROUP BY 1, 2 HAVING sum(sign) <> 0 OR sum(sign * bytes) <> 0;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER count_added_documents AFTER INSERT ON documents
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_documents();
CREATE TRIGGER count_changed_documents AFTER UPDATE ON documents
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_documents();

-- Downloads of tickets by day. They stay when the records of the downloads are deleted.
CREATE TABLE download_counts (
    event_key   int NOT NULL,
    day         date NOT NULL, -- in the time zone that the event had then
    type_number smallint NOT NULL,
    automatic   boolean NOT NULL, -- as in downloads
    served_from text NOT NULL,
    downloads   bigint NOT NULL,
    PRIMARY KEY (event_key, day, type_number, automatic, served_from)
) WITH (fillfactor = 50);

-- Invoices. A row is inserted only after its object is in storage.
CREATE TABLE invoices (
    storage_key   text COLLATE "C" PRIMARY KEY, -- bytewise, as listings of the bucket are sorted
    organizer_key int NOT NULL REFERENCES organizers,
    content_hash  bytea NOT NULL CHECK (length(content_hash) = 32),
    tag           text,
    bytes         int NOT NULL,
    currency      char(3) NOT NULL,
    total         bigint NOT NULL, -- minor units
    issued_at     timestamptz NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    upload_ms     int NOT NULL,
    request       jsonb NOT NULL -- to render the invoice again
);
CREATE INDEX invoices_by_organizer ON invoices (organizer_key, created_at);

-- Long work on an event. A job goes through the registrations by number, one chunk at a time. A worker holds a chunk
-- under a lease, and its result is counted when the chunk is finished: once, however often it was started.
CREATE TABLE jobs (
    job_id        uuid PRIMARY KEY,
    organizer_key int NOT NULL REFERENCES organizers,
    event_key     int NOT NULL REFERENCES events,
    kind          smallint NOT NULL CHECK (kind BETWEEN 1 /* regeneration */ AND 3 /* announcement */),
    status        smallint NOT NULL DEFAULT 1 /* queued */ CHECK (status BETWEEN 1 /* queued */ AND 5 /* failed */),
    paused        boolean NOT NULL DEFAULT false,
    request       jsonb NOT NULL, -- an equal request joins the open job
    dry_run       boolean NOT NULL DEFAULT false, -- changes nothing, so it may run beside a real one
    actor         text NOT NULL,
    types         smallint[], -- null: all
    numbers       int[], -- null: all; sorted
    last_number   int NOT NULL, -- newer registrations do not belong to the job
    reached       int NOT NULL DEFAULT 0, -- last number of the newest chunk
    pass          smallint NOT NULL DEFAULT 1, -- incremented when the job starts over because the event has changed
    revision      int NOT NULL, -- of the event when this pass started
    -- In tickets; of an announcement, in messages. None is counted twice; at the end total = done + skipped + failed.
    total         bigint NOT NULL DEFAULT 0,
    done          bigint NOT NULL DEFAULT 0,
    skipped       bigint NOT NULL DEFAULT 0,
    failed        bigint NOT NULL DEFAULT 0,
    reasons       jsonb NOT NULL DEFAULT '{}', -- reason for making a file -> tickets
    version       bigint NOT NULL DEFAULT 1, -- incremented by each change that clients can see
    rate          float8, -- tickets per second, smoothed
    rate_at       timestamptz, -- time of the last sample of the rate
    rate_count    bigint NOT NULL DEFAULT 0, -- tickets counted at rate_at
    created_at    timestamptz NOT NULL DEFAULT now(),
    started_at    timestamptz,
    finished_at   timestamptz,
    served_at     timestamptz, -- time of its newest chunk: the job with the oldest is next
    claim_errors  smallint NOT NULL DEFAULT 0, -- consecutive errors while a chunk was claimed
    error         text,
    upload        text, -- id of the archive's multipart upload
    result_key    text, -- storage key of the archive
    result_bytes  bigint,
    result_until  timestamptz, -- the archive is deleted then
    CHECK ((status IN (3 /* completed */, 4 /* cancelled */, 5 /* failed */)) = (finished_at IS NOT NULL))
);
COMMENT ON COLUMN jobs.kind IS '1 regeneration, 2 archive, 3 announcement';
COMMENT ON COLUMN jobs.status IS '1 queued, 2 running, 3 completed, 4 cancelled, 5 failed';
CREATE UNIQUE INDEX jobs_one_at_a_time ON jobs (event_key, kind, dry_run)
    WHERE status IN (1 /* queued */, 2 /* running */);
CREATE INDEX jobs_by_organizer ON jobs (organizer_key, created_at DESC, job_id);
CREATE INDEX jobs_by_event ON jobs (event_key, created_at);
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX jobs_results ON jobs (result_until) WHERE result_key IS NOT NULL;

-- Adds tickets to the counters of a job, and updates its rate at most once a second. True if no further chunk is left.
CREATE FUNCTION add_job_progress(
    job uuid, more_done bigint, more_skipped bigint, more_failed bigint, more_reasons jsonb
) RETURNS boolean LANGUAGE sql AS $$
    UPDATE jobs j SET done = done + more_done, skipped = skipped + more_skipped, failed = failed + more_failed,
        total = greatest(total, seen), version = version + 1,
        reasons = (
            SELECT coalesce(jsonb_object_agg(key, tickets), '{}') FROM (
                SELECT key, sum(value::bigint) AS tickets FROM (
                    SELECT * FROM jsonb_each_text(j.reasons) UNION ALL SELECT * FROM jsonb_each_text(more_reasons)
                ) AS both_lists
                GROUP BY key) AS sums),
        rate = CASE WHEN seconds < 1 THEN rate WHEN rate IS NULL THEN (seen - rate_count) / seconds
            ELSE (rate + (seen - rate_count) / seconds) / 2 END,
        rate_count = CASE WHEN seconds < 1 THEN rate_count ELSE seen END,
        rate_at = CASE WHEN seconds < 1 THEN rate_at ELSE clock_timestamp() END
    FROM (
        SELECT extract(epoch FROM clock_timestamp() - rate_at)::float8 AS seconds,
            done + skipped + failed + more_done + more_skipped + more_failed AS seen
        FROM jobs WHERE job_id = job FOR UPDATE) AS now
    WHERE j.job_id = job
    RETURNING j.reached >= j.last_number
$$;

-- Chunks that a worker holds, or held when its lease ended. `attempts` is the lease token, as in documents.
CREATE TABLE job_chunks (
    job_id   uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    pass     smallint NOT NULL,
    first    int NOT NULL, -- registration numbers, both included
    last     int NOT NULL,
    attempts int NOT NULL DEFAULT 1,
    errors   smallint NOT NULL DEFAULT 0, -- consecutive
    until    timestamptz NOT NULL, -- end of the lease
    PRIMARY KEY (job_id, pass, first)
);
CREATE INDEX job_chunks_by_until ON job_chunks (until);

-- Files that a job could not make, with the reason.
CREATE TABLE job_failures (
    job_id  uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    number  int NOT NULL,
    kind    smallint NOT NULL, -- as in documents
    part    smallint NOT NULL,
    tickets smallint NOT NULL,
    error   text NOT NULL,
    at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (job_id, number, kind, part)
);

-- Parts of an archive's multipart upload that are in storage, so that any server can resume the upload.
CREATE TABLE job_parts (
    job_id      uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    part        int NOT NULL,
    tag         text NOT NULL,
    bytes       bigint NOT NULL,
    entries     int NOT NULL, -- files in the part
    last_number int NOT NULL, -- the last registration in the part
    directory   bytea NOT NULL, -- entries of these files in the archive's central directory
    listing     bytea NOT NULL, -- their lines in the archive's list of tickets
    PRIMARY KEY (job_id, part)
);

-- Requests to storage by day, for the estimate of its cost.
CREATE TABLE storage_requests (
    day       date NOT NULL, -- UTC
    operation text NOT NULL,
    requests  bigint NOT NULL CHECK (requests >= 0),
    PRIMARY KEY (day, operation)
);

-- Audit log: rows are only inserted. It has a chain for each organizer, and one for the operator (0). Each hash covers
-- the hash before in its chain; the entries of a chain have no gaps.
CREATE TABLE audit_log (
    chain         int NOT NULL, -- organizer_key, or 0
    entry         bigint NOT NULL,
    at            timestamptz NOT NULL DEFAULT now(),
    actor         text NOT NULL,
    action        text NOT NULL,
    organizer_key int REFERENCES organizers,
    event_key     int,
    detail        jsonb NOT NULL DEFAULT '{}',
    hash          bytea NOT NULL, -- SHA-256 of the hash before and audit_entry_text
    PRIMARY KEY (chain, entry)
);
CREATE INDEX audit_log_by_event ON audit_log (event_key, entry);
CREATE INDEX audit_log_by_time ON audit_log (at);

CREATE FUNCTION reject_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only';
END $$;
CREATE TRIGGER reject_audit_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION reject_audit_change();

CREATE FUNCTION audit_entry_text(a audit_log) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_array(a.chain, a.entry, to_char(a.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        a.actor, a.action, a.organizer_key, a.event_key, a.detail)::text
$$;

CREATE FUNCTION hash_audit_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before audit_log;
BEGIN
    IF NEW.organizer_key IS NULL THEN
        SELECT organizer_key INTO NEW.organizer_key FROM events WHERE event_key = NEW.event_key;
    END IF;
    NEW.chain := coalesce(NEW.organizer_key, 0);
    -- One writer at a time, until it commits: a chain has no branches.
    PERFORM pg_advisory_xact_lock(7311584, NEW.chain);
    SELECT * INTO before FROM audit_log WHERE chain = NEW.chain ORDER BY entry DESC LIMIT 1;
    NEW.entry := coalesce(before.entry, 0) + 1;
    NEW.at := clock_timestamp();
    NEW.hash := sha256(coalesce(before.hash, ''::bytea) || convert_to(audit_entry_text(NEW), 'UTF8'));
    RETURN NEW;
END
$$;
CREATE TRIGGER hash_audit_entry BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION hash_audit_entry();

-- Leases on work that one server at a time does. `token` identifies the holder.
CREATE TABLE leases (
    name  text PRIMARY KEY,
    token uuid NOT NULL,
    until timestamptz NOT NULL
);

-- Installation id of this database, one row. It is also written into the bucket, so that no other database removes
-- this one's objects.
CREATE TABLE installation (
    id       uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    only_row boolean NOT NULL DEFAULT true UNIQUE CHECK (only_row)
);
INSERT INTO installation DEFAULT VALUES;
