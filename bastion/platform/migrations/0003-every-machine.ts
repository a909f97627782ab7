/** What identity needs beside the record: the report that differs with its origin, claims in limbo with an operator's word about them, UUIDs and serials that an operator said are shared, which alarms were seen, where a boot speaks from; what timeline entries say to programs; roles and labels of machines; and what waits for machines never seen. */
export const everyMachineSchema = `
ALTER TABLE machines ADD COLUMN differing_because TEXT;
ALTER TABLE machines ADD COLUMN differing_mac TEXT;
ALTER TABLE machines ADD COLUMN differing_at INTEGER;
ALTER TABLE machines ADD COLUMN last_changes TEXT;
ALTER TABLE machines ADD COLUMN alarms_seen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tickets ADD COLUMN address TEXT;
CREATE INDEX tickets_unused ON tickets (mac, id) WHERE public_key IS NULL AND void_because IS NULL;
CREATE INDEX tickets_of_strangers ON tickets (id) WHERE public_key IS NULL AND void_because IS NULL AND machine IS NULL;
ALTER TABLE timeline ADD COLUMN detail TEXT;
CREATE INDEX timeline_of_strangers ON timeline (mac, id) WHERE machine IS NULL;
CREATE INDEX alarms_by_machine ON timeline (machine, id) WHERE alarm = 1;

CREATE TABLE limbo_claims (
  mac TEXT PRIMARY KEY,
  uuid TEXT,
  serial TEXT,
  manufacturer TEXT,
  product TEXT,
  address TEXT NOT NULL,
  because TEXT NOT NULL,
  machines TEXT NOT NULL,
  heard_until INTEGER,
  first_seen_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE shared_identities (
  value TEXT PRIMARY KEY,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE machine_disks (
  disk TEXT NOT NULL,
  machine TEXT NOT NULL REFERENCES machines ON DELETE CASCADE,
  PRIMARY KEY (disk, machine)
) STRICT, WITHOUT ROWID;
CREATE INDEX disks_by_machine ON machine_disks (machine);
CREATE TRIGGER disks_of_new_machine AFTER INSERT ON machines BEGIN
  INSERT OR IGNORE INTO machine_disks SELECT lower(coalesce(json_extract(value, '$.serial'), json_extract(value, '$.wwn'))), NEW.id FROM json_each(NEW.facts, '$.disks')
    WHERE coalesce(json_extract(value, '$.serial'), json_extract(value, '$.wwn')) IS NOT NULL;
END;
CREATE TRIGGER disks_of_machine AFTER UPDATE OF facts ON machines BEGIN
  DELETE FROM machine_disks WHERE machine = NEW.id;
  INSERT OR IGNORE INTO machine_disks SELECT lower(coalesce(json_extract(value, '$.serial'), json_extract(value, '$.wwn'))), NEW.id FROM json_each(NEW.facts, '$.disks')
    WHERE coalesce(json_extract(value, '$.serial'), json_extract(value, '$.wwn')) IS NOT NULL;
END;
UPDATE machines SET facts = facts;

CREATE TABLE machine_settings (
  machine TEXT PRIMARY KEY REFERENCES machines ON DELETE CASCADE,
  settings TEXT NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

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
