-- Cached from the centrals.

CREATE TABLE interfaces (
    central_name      TEXT NOT NULL,
    interface_id      TEXT NOT NULL,
    interface_name    TEXT NOT NULL,
    url               TEXT NOT NULL,
    last_seen_version TEXT,
    updated_at        TEXT NOT NULL,
    PRIMARY KEY (central_name, interface_id)
) STRICT;

CREATE TABLE devices (
    central_name     TEXT NOT NULL,
    interface_id     TEXT NOT NULL,
    address          TEXT NOT NULL,
    type             TEXT NOT NULL,
    parent           TEXT NOT NULL,
    firmware         TEXT NOT NULL,
    model            TEXT NOT NULL,
    manufacturer     TEXT NOT NULL,
    product_group    TEXT NOT NULL,
    hash             TEXT NOT NULL,
    description_json TEXT NOT NULL,
    updated_at       TEXT NOT NULL,
    PRIMARY KEY (central_name, interface_id, address)
) STRICT;

-- A paramset's content is the row of paramset_contents that its hash names. A row that carries its content in
-- paramset_json itself needs no such row, which is why hash is no foreign key.
CREATE TABLE paramsets (
    central_name    TEXT NOT NULL,
    interface_id    TEXT NOT NULL,
    channel_address TEXT NOT NULL,
    paramset_key    TEXT NOT NULL,
    hash            TEXT NOT NULL,
    paramset_json   TEXT NOT NULL DEFAULT '',
    updated_at      TEXT NOT NULL,
    PRIMARY KEY (central_name, interface_id, channel_address, paramset_key)
) STRICT;
CREATE INDEX paramsets_by_hash ON paramsets (hash);

CREATE TABLE paramset_contents (
    hash          TEXT NOT NULL PRIMARY KEY,
    paramset_json TEXT NOT NULL
) STRICT;

CREATE TABLE master_values (
    central_name    TEXT NOT NULL,
    interface_id    TEXT NOT NULL,
    channel_address TEXT NOT NULL,
    parameter_name  TEXT NOT NULL,
    value_json      TEXT NOT NULL,
    updated_at      TEXT NOT NULL,
    PRIMARY KEY (central_name, interface_id, channel_address, parameter_name)
) STRICT;

CREATE TABLE values_cache (
    central_name         TEXT NOT NULL,
    interface_id         TEXT NOT NULL,
    channel_address      TEXT NOT NULL,
    parameter_name       TEXT NOT NULL,
    value_json           TEXT NOT NULL,
    value_type           TEXT NOT NULL CHECK (value_type IN ('bool', 'int', 'float', 'string', 'null')),
    last_seen_at         INTEGER NOT NULL,
    last_changed_at      INTEGER NOT NULL,
    cache_schema_version INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (central_name, interface_id, channel_address, parameter_name)
) STRICT;

-- Records of what happened.

CREATE TABLE incidents (
    id              TEXT NOT NULL PRIMARY KEY,
    central_name    TEXT NOT NULL,
    interface_id    TEXT NOT NULL,
    type            TEXT NOT NULL,
    severity        TEXT NOT NULL,
    message         TEXT NOT NULL,
    details         TEXT,
    first_seen      TEXT NOT NULL,
    last_seen       TEXT NOT NULL,
    count           INTEGER NOT NULL DEFAULT 1,
    journal_excerpt TEXT
) STRICT;

CREATE TABLE audit_log (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    timestamp      TEXT NOT NULL,
    user           TEXT NOT NULL,
    action         TEXT NOT NULL,
    central_name   TEXT,
    device_address TEXT,
    channel_no     INTEGER,
    paramset       TEXT,
    peer           TEXT,
    parameter      TEXT,
    note           TEXT,
    changes_json   TEXT
) STRICT;
CREATE INDEX audit_log_by_timestamp ON audit_log (timestamp);

-- Accounts.

CREATE TABLE users (
    subject       TEXT NOT NULL PRIMARY KEY,
    password_hash TEXT NOT NULL,
    role          TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
    created_at    TEXT NOT NULL,
    updated_at    TEXT NOT NULL,
    last_seen_at  TEXT
) STRICT;

CREATE TABLE tokens (
    fingerprint  TEXT NOT NULL PRIMARY KEY,
    token_hash   TEXT NOT NULL,
    subject      TEXT NOT NULL,
    role         TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
    created_at   TEXT NOT NULL,
    last_seen_at TEXT,
    expires_at   TEXT
) STRICT;
CREATE INDEX tokens_by_hash ON tokens (token_hash);

CREATE TABLE auth_sessions (
    id           TEXT NOT NULL PRIMARY KEY,
    subject      TEXT NOT NULL,
    scheme       TEXT NOT NULL,
    role         TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
    token_id     TEXT,
    created_unix INTEGER NOT NULL,
    expires_unix INTEGER NOT NULL
) STRICT;

CREATE TABLE user_preferences (
    subject      TEXT NOT NULL,
    key          TEXT NOT NULL,
    value_json   TEXT NOT NULL,
    updated_unix INTEGER NOT NULL,
    PRIMARY KEY (subject, key)
) STRICT;

-- Configuration.

CREATE TABLE centrals (
    name                     TEXT NOT NULL PRIMARY KEY,
    host                     TEXT NOT NULL,
    port                     INTEGER,
    json_rpc_port            INTEGER,
    username                 TEXT,
    password_env             TEXT,
    password_plain           TEXT,
    tls                      INTEGER NOT NULL DEFAULT 0,
    tls_insecure_skip_verify INTEGER NOT NULL DEFAULT 0,
    primary_interface        TEXT,
    interfaces_json          TEXT NOT NULL DEFAULT '[]',
    ports_json               TEXT NOT NULL DEFAULT '{}',
    visibility_json          TEXT NOT NULL DEFAULT '{}',
    enabled                  INTEGER NOT NULL DEFAULT 1,
    created_at               TEXT NOT NULL,
    updated_at               TEXT NOT NULL,
    behavior_json            TEXT NOT NULL DEFAULT '{}',
    serial                   TEXT,
    system_type              TEXT,
    api_token_env            TEXT,
    api_token_plain          TEXT,
    tls_fingerprint          TEXT,
    api_token_file           TEXT
) STRICT;

CREATE TABLE config_sections (
    section        TEXT NOT NULL PRIMARY KEY,
    value_json     TEXT NOT NULL,
    version        INTEGER NOT NULL,
    updated_at     TEXT NOT NULL,
    updated_by     TEXT NOT NULL,
    schema_version INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Records of CCU backups; their bytes are files.

CREATE TABLE ccu_backups (
    id             TEXT NOT NULL PRIMARY KEY,
    central_name   TEXT,
    filename       TEXT,
    state          TEXT NOT NULL CHECK (state IN ('queued', 'running', 'completed', 'failed')),
    size_bytes     INTEGER,
    sha256         TEXT,
    failure_reason TEXT,
    created_at     TEXT NOT NULL,
    updated_at     TEXT NOT NULL,
    CHECK ((state = 'completed') = (size_bytes IS NOT NULL AND sha256 IS NOT NULL)),
    CHECK ((state = 'failed') = (failure_reason IS NOT NULL))
) STRICT;

-- Matter.

CREATE TABLE matter_fabrics (
    fabric_index    INTEGER NOT NULL PRIMARY KEY CHECK (fabric_index BETWEEN 1 AND 254),
    fabric_id       BLOB NOT NULL,
    node_id         BLOB NOT NULL,
    root_public_key BLOB NOT NULL,
    vendor_id       INTEGER NOT NULL,
    label           TEXT NOT NULL DEFAULT '',
    compressed_id   BLOB NOT NULL,
    created_at      TEXT NOT NULL,
    updated_at      TEXT NOT NULL,
    root_cert       BLOB,
    UNIQUE (fabric_id, root_public_key)
) STRICT;

CREATE TABLE matter_node_identities (
    fabric_index INTEGER NOT NULL PRIMARY KEY REFERENCES matter_fabrics (fabric_index) ON DELETE CASCADE,
    noc          BLOB NOT NULL,
    icac         BLOB,
    private_key  BLOB NOT NULL,
    ipk          BLOB NOT NULL,
    created_at   TEXT NOT NULL
) STRICT;

CREATE TABLE matter_acl_entries (
    id            INTEGER PRIMARY KEY,
    fabric_index  INTEGER NOT NULL REFERENCES matter_fabrics (fabric_index) ON DELETE CASCADE,
    privilege     INTEGER NOT NULL CHECK (privilege BETWEEN 1 AND 5),
    auth_mode     INTEGER NOT NULL CHECK (auth_mode BETWEEN 1 AND 3),
    subjects_json TEXT NOT NULL,
    targets_json  TEXT NOT NULL,
    position      INTEGER NOT NULL,
    UNIQUE (fabric_index, position)
) STRICT;

CREATE TABLE matter_group_keys (
    fabric_index     INTEGER NOT NULL REFERENCES matter_fabrics (fabric_index) ON DELETE CASCADE,
    group_key_set_id INTEGER NOT NULL,
    security_policy  INTEGER NOT NULL CHECK (security_policy IN (0, 1)),
    epoch_key_0      BLOB,
    epoch_key_1      BLOB,
    epoch_key_2      BLOB,
    epoch_start_0    INTEGER,
    epoch_start_1    INTEGER,
    epoch_start_2    INTEGER,
    PRIMARY KEY (fabric_index, group_key_set_id)
) STRICT;

CREATE TABLE matter_group_key_map (
    fabric_index     INTEGER NOT NULL REFERENCES matter_fabrics (fabric_index) ON DELETE CASCADE,
    group_id         INTEGER NOT NULL,
    group_key_set_id INTEGER NOT NULL,
    PRIMARY KEY (fabric_index, group_id)
) STRICT;

CREATE TABLE matter_resumption (
    fabric_index  INTEGER NOT NULL REFERENCES matter_fabrics (fabric_index) ON DELETE CASCADE,
    peer_node_id  BLOB NOT NULL,
    resumption_id BLOB NOT NULL UNIQUE,
    shared_secret BLOB NOT NULL,
    created_at    TEXT NOT NULL,
    last_used_at  TEXT NOT NULL,
    PRIMARY KEY (fabric_index, peer_node_id)
) STRICT;

CREATE TABLE matter_endpoints (
    central_name   TEXT NOT NULL,
    device_address TEXT NOT NULL,
    channel_no     INTEGER NOT NULL,
    dp_kind        TEXT NOT NULL CHECK (dp_kind IN ('custom', 'generic', 'calculated', 'combined', 'measurement')),
    dp_key         TEXT NOT NULL,
    endpoint_id    INTEGER NOT NULL UNIQUE CHECK (endpoint_id BETWEEN 1 AND 65534),
    device_type    INTEGER NOT NULL,
    created_at     TEXT NOT NULL,
    updated_at     TEXT NOT NULL,
    PRIMARY KEY (central_name, device_address, channel_no, dp_kind, dp_key)
) STRICT;

CREATE TABLE matter_exposures (
    central_name   TEXT NOT NULL,
    device_address TEXT NOT NULL,
    channel_no     INTEGER NOT NULL,
    dp_kind        TEXT NOT NULL CHECK (dp_kind IN ('custom', 'generic', 'calculated', 'combined', 'measurement')),
    dp_key         TEXT NOT NULL,
    enabled        INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    friendly_name  TEXT,
    actor          TEXT,
    created_at     TEXT NOT NULL,
    updated_at     TEXT NOT NULL,
    PRIMARY KEY (central_name, device_address, channel_no, dp_kind, dp_key)
) STRICT;

CREATE TABLE matter_metadata (
    key   TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT;
INSERT INTO matter_metadata (key, value) VALUES ('next_fabric_index', 1);
