// Preloaded into a bastion by tests only (node --import): ends the process, as a power cut would, at the write or the answer that the test names. Production code knows nothing of it.
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'

const folder = process.env['LABCTL_TEST_FAULTS']!
let life = ''
let passed = 0

/** One place where the process may end. The file `wish` holds the life's name and the number of the point to end at; each point that is passed is noted in `points`. */
function point(name: string): void {
  const wish = join(folder, 'wish')
  if (!existsSync(wish)) return
  const [now = '', number = ''] = readFileSync(wish, 'utf8').split(' ')
  if (now === '') return
  if (now !== life) { life = now; passed = 0 }
  passed += 1
  appendFileSync(join(folder, 'points'), `${life} ${passed} ${name}\n`)
  if (passed !== Number(number)) return
  process.kill(process.pid, 'SIGKILL')
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000)
}

type Statement = { source: string, run: (...values: unknown[]) => unknown }
const probe = new Sqlite(':memory:')
const statements = Object.getPrototypeOf(probe.prepare('SELECT 1')) as Statement
probe.close()
const run = statements.run
statements.run = function (this: Statement, ...values: unknown[]) {
  const [, verb, table] = /^\s*(INSERT|UPDATE|DELETE)\s+(?:OR \w+ )?(?:INTO |FROM )?(\w+)/i.exec(this.source) ?? []
  if (verb === undefined) return run.apply(this, values)
  point(`before ${verb} ${table}`)
  const result = run.apply(this, values)
  point(`after ${verb} ${table}`)
  return result
}

const end = ServerResponse.prototype.end
ServerResponse.prototype.end = function (this: ServerResponse<IncomingMessage>, ...values: unknown[]) {
  const what = `${this.req.method} ${this.req.url?.replace(/[?].*$/, '').replace(/\/boot\/[^/]{16,}\//, '/boot/TICKET/')}`
  point(`before answer ${what}`)
  this.once('finish', () => { point(`after answer ${what}`) })
  return (end as (...values: unknown[]) => ServerResponse).apply(this, values)
} as typeof end
