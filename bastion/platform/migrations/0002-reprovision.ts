/** Orders beside install, what the operator saw of them, what we recorded of a machine's storage, and the proofs. SQLite can't change a CHECK: the tables are made anew, with their rows. Plans of version 1 are left behind: nothing reads them. */
export const reprovisionSchema = `
CREATE TABLE orders_new (
  id TEXT PRIMARY KEY,
  machine TEXT NOT NULL REFERENCES machines ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('install', 'reprovision', 'rescue', 'erase')),
  state TEXT NOT NULL CHECK (state IN ('armed', 'installing', 'done', 'failed', 'contested', 'cancelled')),
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  os TEXT NOT NULL,
  wipe TEXT NOT NULL,
  accept TEXT NOT NULL DEFAULT '[]',
  shown TEXT,
  attempt INTEGER NOT NULL,
  consumed_attempt INTEGER,
  public_key TEXT,
  plan TEXT,
  proof TEXT,
  phase TEXT,
  percent REAL,
  because TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
INSERT INTO orders_new (id, machine, kind, state, name, role, os, wipe, attempt, consumed_attempt, public_key, phase, percent, because, created_at, updated_at)
  SELECT id, machine, kind, state, name, role, os, wipe, attempt, consumed_attempt, public_key, phase, percent, because, created_at, updated_at FROM orders;

CREATE TABLE tickets_old AS SELECT * FROM tickets;
CREATE TABLE bearers_old AS SELECT * FROM bearers;
DROP TABLE bearers;
DROP TABLE tickets;
DROP TABLE orders;
ALTER TABLE orders_new RENAME TO orders;
CREATE INDEX orders_by_machine ON orders (machine, created_at);
CREATE UNIQUE INDEX one_open_order ON orders (machine) WHERE state IN ('armed', 'installing', 'failed', 'contested');
CREATE UNIQUE INDEX one_order_per_name ON orders (name) WHERE state IN ('armed', 'installing', 'failed', 'contested');

CREATE TABLE tickets (
  id TEXT PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  purpose TEXT NOT NULL CHECK (purpose IN ('discover', 'install', 'rescue', 'erase')),
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
INSERT INTO tickets SELECT id, hash, purpose, machine, order_id, attempt, mac, uuid, serial, public_key, void_because, made_at, last_word_at FROM tickets_old;
CREATE INDEX tickets_by_order ON tickets (order_id);
CREATE INDEX tickets_by_machine ON tickets (machine);
CREATE INDEX tickets_by_mac ON tickets (mac);

CREATE TABLE bearers (
  hash BLOB PRIMARY KEY,
  ticket TEXT NOT NULL REFERENCES tickets ON DELETE CASCADE,
  made_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO bearers SELECT hash, ticket, made_at FROM bearers_old;
CREATE INDEX bearers_by_ticket ON bearers (ticket);
DROP TABLE tickets_old;
DROP TABLE bearers_old;

CREATE TABLE storage_records (
  machine TEXT PRIMARY KEY REFERENCES machines ON DELETE CASCADE,
  record TEXT NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`
