-- Organizers own events; a token lets a program act for one of them.
CREATE TABLE organizers (
    organizer_key int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name          text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 100),
    created_at    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE api_tokens (
    token_id      uuid PRIMARY KEY,
    organizer_key int NOT NULL REFERENCES organizers,
    name          text NOT NULL,
    token_hash    bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32), -- SHA-256; the token itself is nowhere
    scopes        text[] NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    revoked_at    timestamptz
);
CREATE INDEX api_tokens_by_organizer ON api_tokens (organizer_key, created_at);

-- What an event is. Read often, written seldom: what a sale counts lives in event_seats.
CREATE TABLE events (
    event_key      int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id       uuid NOT NULL UNIQUE,
    organizer_key  int NOT NULL REFERENCES organizers,
    slug           text NOT NULL UNIQUE CHECK (slug ~ '^[a-z][a-z0-9-]{1,62}$'),
    code           text NOT NULL UNIQUE CHECK (code ~ '^[A-Z][A-Z0-9]{1,11}$'),
    title          text NOT NULL,
    description    text,
    category       text,
    status         text NOT NULL CHECK (status IN ('draft', 'published', 'cancelled')),
    starts_at      timestamptz NOT NULL,
    ends_at        timestamptz NOT NULL,
    timezone       text NOT NULL,
    language       text NOT NULL,
    accent_color   text NOT NULL CHECK (accent_color ~ '^#[0-9a-f]{6}$'),
    venue_name     text NOT NULL,
    venue_address  text,
    sales_open_at  timestamptz,
    sales_close_at timestamptz,
    revision       int NOT NULL DEFAULT 1, -- one more with each change of the event or its types
    created_at     timestamptz NOT NULL DEFAULT now(),
    CHECK (starts_at <= ends_at),
    CHECK (sales_open_at IS NULL OR sales_close_at IS NULL OR sales_open_at < sales_close_at)
);
CREATE INDEX events_published_by_start ON events (starts_at, event_key) WHERE status = 'published';

-- The hot row of a sale: locked once a batch, so as narrow as it can be, with room on its page for HOT updates.
CREATE TABLE event_seats (
    event_key   int PRIMARY KEY REFERENCES events ON DELETE CASCADE,
    capacity    int CHECK (capacity >= 0), -- null: unlimited
    sold        int NOT NULL DEFAULT 0 CHECK (sold >= 0),
    last_number int NOT NULL DEFAULT 0,
    CONSTRAINT event_not_oversold CHECK (capacity IS NULL OR sold <= capacity)
) WITH (fillfactor = 20);

CREATE TABLE ticket_types (
    event_key            int NOT NULL REFERENCES events ON DELETE CASCADE,
    type_number          smallint NOT NULL CHECK (type_number > 0),
    code                 text NOT NULL CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    name                 text NOT NULL,
    description          text,
    price_amount         bigint NOT NULL CHECK (price_amount >= 0), -- minor units
    price_currency       char(3) NOT NULL,
    max_per_registration smallint NOT NULL CHECK (max_per_registration BETWEEN 1 AND 100),
    PRIMARY KEY (event_key, type_number),
    UNIQUE (event_key, code)
);

CREATE TABLE ticket_type_seats (
    event_key   int NOT NULL,
    type_number smallint NOT NULL,
    capacity    int CHECK (capacity >= 0),
    sold        int NOT NULL DEFAULT 0 CHECK (sold >= 0),
    PRIMARY KEY (event_key, type_number),
    FOREIGN KEY (event_key, type_number) REFERENCES ticket_types ON DELETE CASCADE,
    CONSTRAINT ticket_type_not_oversold CHECK (capacity IS NULL OR sold <= capacity)
) WITH (fillfactor = 20);

-- Ed25519 keys that sign an event's codes. The secret half is sealed with ONSALE_SECRET.
CREATE TABLE signing_keys (
    event_key     int NOT NULL REFERENCES events ON DELETE CASCADE,
    key_id        smallint NOT NULL CHECK (key_id BETWEEN 1 AND 255),
    public_key    bytea NOT NULL CHECK (length(public_key) = 32),
    sealed_secret bytea NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (event_key, key_id)
);

-- The three tables a surge writes. No foreign keys here: they are checked row by row, and every row is written by one
-- statement that has just locked the event's own row. Events with registrations are never deleted.
CREATE TABLE registrations (
    event_key       int NOT NULL,
    number          int NOT NULL CHECK (number > 0),
    type_number     smallint NOT NULL,
    status          smallint NOT NULL CHECK (status BETWEEN 1 AND 4),
    quantity        smallint NOT NULL CHECK (quantity > 0),
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz,
    paid_at         timestamptz,
    amount          bigint, -- for all its tickets, in minor units; null: free
    body_hash       bytea,
    idempotency_key text,
    answers         jsonb,
    PRIMARY KEY (event_key, number),
    CHECK ((status = 2) <= (expires_at IS NOT NULL)),
    CHECK ((idempotency_key IS NULL) = (body_hash IS NULL))
);
COMMENT ON COLUMN registrations.status IS '1 confirmed, 2 awaiting payment, 3 cancelled, 4 expired';
CREATE UNIQUE INDEX registrations_one_per_key ON registrations (event_key, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX registrations_holds ON registrations (expires_at) WHERE status = 2;

CREATE TABLE tickets (
    ticket_id  uuid PRIMARY KEY,
    event_key  int NOT NULL,
    number     int NOT NULL,
    position   smallint NOT NULL CHECK (position > 0),
    generation smallint NOT NULL DEFAULT 1 CHECK (generation > 0),
    revoked    boolean NOT NULL DEFAULT false,
    name       text NOT NULL,
    email      text NOT NULL,
    UNIQUE (event_key, number, position)
);

-- Every generated file and its state. A pending row is the promise that the file will exist: whatever is lost in memory,
-- the sweeper finds it here. `due_at` is when the sweeper may take it (grace, lease or back-off: one clock for all three),
-- and `attempts` is the token of whoever took it last: an older one cannot finish it.
CREATE TABLE documents (
    event_key    int NOT NULL,
    number       int NOT NULL,
    kind         smallint NOT NULL CHECK (kind = 1),
    state        smallint NOT NULL CHECK (state BETWEEN 1 AND 4),
    attempts     smallint NOT NULL DEFAULT 0,
    failures     smallint NOT NULL DEFAULT 0, -- to be rendered; storage that is away is not the file's fault
    promised_at  timestamptz NOT NULL,
    due_at       timestamptz NOT NULL,
    stored_at    timestamptz,
    bytes        int,
    content_hash bytea CHECK (length(content_hash) = 32),
    storage_key  text,
    error        text,
    PRIMARY KEY (event_key, number, kind),
    CHECK ((state = 2) <= (content_hash IS NOT NULL AND storage_key IS NOT NULL AND stored_at IS NOT NULL))
);
COMMENT ON COLUMN documents.kind IS '1 ticket PDF of a registration';
COMMENT ON COLUMN documents.state IS '1 pending, 2 stored, 3 failed, 4 withdrawn';
CREATE INDEX documents_pending ON documents (due_at) WHERE state = 1;

-- Downloads of tickets, written behind the answer in batches.
CREATE TABLE downloads (
    event_key   int NOT NULL,
    number      int NOT NULL,
    at          timestamptz NOT NULL,
    automatic   boolean NOT NULL,
    served_from text NOT NULL CHECK (served_from IN ('storage', 'render')),
    address     inet,
    user_agent  text
);
CREATE INDEX downloads_by_event ON downloads (event_key, at);
