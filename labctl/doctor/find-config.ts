import { existsSync } from 'node:fs'
import type { Session } from '../session.ts'
import { readRecord } from '../standalone/standalone-record.ts'

const packagedConfig = '/etc/labctl/bastion.yaml'

/** The bastion.yaml of this host: that of the standalone bastion, else the package's; null when there is none. */
export function findConfig(session: Session): string | null {
  return [readRecord(session.home)?.config, packagedConfig].find(path => path !== undefined && existsSync(path)) ?? null
}
