/** Machines, orders, tickets and bearers, timelines, boot logs, operators. Times are milliseconds since 1970; secrets stand as SHA-256 only. */
export const firstSchema = `
CREATE TABLE machines (
  id TEXT PRIMARY KEY,
  name TEXT UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('discovered', 'installed', 'enrolled', 'limbo')),
  uuid TEXT,
  serial TEXT,
  address TEXT,
  facts TEXT NOT NULL,
  differing_facts TEXT,
  created_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL
) STRICT;
CREATE INDEX machines_by_uuid ON machines (uuid);
CREATE INDEX machines_by_serial ON machines (serial);

CREATE TABLE machine_macs (
  mac TEXT PRIMARY KEY,
  machine TEXT NOT NULL REFERENCES machines ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX macs_by_machine ON machine_macs (machine);

CREATE TABLE orders (
  id TEXT PRIMARY KEY,
  machine TEXT NOT NULL REFERENCES machines ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('install')),
  state TEXT NOT NULL CHECK (state IN ('armed', 'installing', 'done', 'failed', 'contested', 'cancelled')),
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  os TEXT NOT NULL,
  wipe TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  consumed_attempt INTEGER,
  public_key TEXT,
  plan TEXT,
  phase TEXT,
  percent REAL,
  because TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX orders_by_machine ON orders (machine, created_at);
CREATE UNIQUE INDEX one_open_order ON orders (machine) WHERE state IN ('armed', 'installing', 'failed', 'contested');
CREATE UNIQUE INDEX one_order_per_name ON orders (name) WHERE state IN ('armed', 'installing', 'failed', 'contested');

CREATE TABLE tickets (
  id TEXT PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  purpose TEXT NOT NULL CHECK (purpose IN ('discover', 'install')),
  machine TEXT REFERENCES machines ON DELETE CASCADE,
  order_id TEXT REFERENCES orders ON DELETE CASCADE,
  attempt INTEGER,
  mac TEXT NOT NULL,
  uuid TEXT,
  serial TEXT,
  public_key TEXT,
  void_because TEXT,
  made_at INTEGER NOT NULL,
  last_word_at INTEGER NOT NULL
) STRICT;
CREATE INDEX tickets_by_order ON tickets (order_id);
CREATE INDEX tickets_by_machine ON tickets (machine);
CREATE INDEX tickets_by_mac ON tickets (mac);

CREATE TABLE bearers (
  hash BLOB PRIMARY KEY,
  ticket TEXT NOT NULL REFERENCES tickets ON DELETE CASCADE,
  made_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX bearers_by_ticket ON bearers (ticket);

CREATE TABLE timeline (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  machine TEXT,
  mac TEXT,
  phase TEXT NOT NULL,
  evidence TEXT NOT NULL,
  text TEXT NOT NULL,
  alarm INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX timeline_by_machine ON timeline (machine, id);
CREATE INDEX timeline_by_mac ON timeline (mac, id);

CREATE TABLE boot_logs (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  machine TEXT NOT NULL REFERENCES machines ON DELETE CASCADE,
  order_id TEXT,
  attempt INTEGER,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX boot_logs_by_machine ON boot_logs (machine, id);

CREATE TABLE operators (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  token_hash BLOB NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT;
`
