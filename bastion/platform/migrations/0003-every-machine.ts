/** What identity needs beside the record: the report that differs with its origin, claims in limbo with an operator's word about them, UUIDs and serials that an operator said are shared, which alarms were seen, where a boot speaks from; and what timeline entries say to programs. */
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
`
