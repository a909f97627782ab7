// Forward-only migrations, in the order of their numbers. A shipped one is never edited; a change is a new one.
import { firstSchema } from './migrations/0001-first.ts'
import { reprovisionSchema } from './migrations/0002-reprovision.ts'
import { everyMachineSchema } from './migrations/0003-every-machine.ts'
import { aheadAndLogsSchema } from './migrations/0004-ahead-and-logs.ts'

/** Each migration's SQL; its place in the list, counted from 1, is the database's `user_version` after it ran. */
export const migrations: readonly string[] = [firstSchema, reprovisionSchema, everyMachineSchema, aheadAndLogsSchema]
