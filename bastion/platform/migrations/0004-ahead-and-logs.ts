/** What operators say of machines: roles, labels, and what waits for those never seen (words, orders); what rules have armed; and lines of the log intake. */
export const aheadAndLogsSchema = `
ALTER TABLE machines ADD COLUMN role TEXT;
ALTER TABLE machines ADD COLUMN labels TEXT NOT NULL DEFAULT '{}';
CREATE INDEX machines_by_lower_serial ON machines (lower(serial));

CREATE TABLE expected_machines (
  id TEXT PRIMARY KEY,
  mac TEXT UNIQUE,
  uuid TEXT UNIQUE,
  serial TEXT,
  name TEXT UNIQUE,
  role TEXT,
  labels TEXT NOT NULL,
  settings TEXT NOT NULL,
  by_operator TEXT NOT NULL,
  problem TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CHECK (mac IS NOT NULL OR uuid IS NOT NULL OR serial IS NOT NULL)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX expected_by_serial ON expected_machines (lower(serial));

CREATE INDEX machines_by_address ON machines (address);
CREATE TABLE log_rows (
  id INTEGER PRIMARY KEY,
  machine TEXT REFERENCES machines ON DELETE CASCADE,
  mac TEXT,
  address TEXT NOT NULL,
  last_at INTEGER NOT NULL,
  lines INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  dropped INTEGER NOT NULL,
  content TEXT NOT NULL
) STRICT;
CREATE INDEX logs_by_machine ON log_rows (machine, id, lines, bytes);
CREATE INDEX logs_of_strangers ON log_rows (mac, address, id, lines, bytes) WHERE machine IS NULL;

CREATE TABLE advance_orders (
  id TEXT PRIMARY KEY,
  mac TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL,
  os TEXT NOT NULL,
  wipe TEXT NOT NULL,
  identity TEXT NOT NULL,
  settings TEXT,
  by_operator TEXT NOT NULL,
  problem TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE rule_orders (
  id INTEGER PRIMARY KEY,
  rule TEXT NOT NULL,
  machine TEXT NOT NULL,
  order_id TEXT NOT NULL,
  name TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX orders_by_rule ON rule_orders (rule, at);
CREATE INDEX rule_orders_by_time ON rule_orders (at);
`
