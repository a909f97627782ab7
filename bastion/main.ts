// The process: arguments and environment, configuration, start, notify, signals, and the only exit.
import { parseArgs } from 'node:util'
import { OperatorStore } from './access/operator-store.ts'
import { startBastion, statePaths } from './bastion.ts'
import { runBuild } from './build.ts'
import { runPlan } from './plan.ts'
import { preflight } from './preflight.ts'
import { loadControlPlaneKey } from './pki/control-plane-key.ts'
import { BastionError } from './platform/bastion-error.ts'
import { systemClock } from './platform/clock.ts'
import type { Config } from './platform/config-schema.ts'
import { openDatabase } from './platform/database.ts'
import { openJournal } from './platform/journal.ts'
import { notifySystemd } from './platform/notify.ts'
import { readConfig } from './platform/read-config.ts'
import { releaseMemory } from './platform/release-memory.ts'
import { version } from './version.ts'

const usage = `labctl-bastion ${version}: a bare-metal provisioning appliance

  labctl-bastion --config FILE                      run the daemon
  labctl-bastion --check-config --config FILE       judge the configuration, start nothing
  labctl-bastion preflight --config FILE            say what would keep it from serving machines, as JSON
  labctl-bastion build ramdisk --config FILE        build the RAM disk
  labctl-bastion build image NAME --config FILE     build a root image (debian-13)
  labctl-bastion build queue [--watch] --config FILE   build what the API has queued
  labctl-bastion plan --facts FILE --layout FILE    plan from files, without a daemon; plan --help says more
  labctl-bastion operator-token [NAME] --config FILE   make an operator's API token, shown this once
  labctl-bastion --version | --help

Exit codes: 0 done; 1 failed; 2 wrong usage or configuration; 4 the plan is refused.`

async function main(): Promise<number> {
  if (process.argv[2] === 'plan') return runPlan(process.argv.slice(3), text => process.stdout.write(text), text => process.stderr.write(text))
  const { values, positionals } = parseArgs({ allowPositionals: true, strict: false, options: {
    config: { type: 'string', short: 'c' }, 'check-config': { type: 'boolean' }, help: { type: 'boolean', short: 'h' }, version: { type: 'boolean' },
  } })
  if (values.help === true) return say(usage)
  if (values.version === true) return say(version)
  const [command] = positionals
  const path = typeof values.config === 'string' ? values.config : '/etc/labctl/bastion.yaml'
  if (command === 'preflight') return say(JSON.stringify({ checks: await preflight(path) }))
  const config = readConfig(path)
  if (values['check-config'] === true) return say(`${path} is valid.`)
  if (command === 'build') return runBuild(process.argv.slice(process.argv.indexOf('build') + 1), config, text => process.stdout.write(text))
  if (command === 'operator-token') return operatorToken(config, positionals[1] ?? 'admin')
  if (command !== undefined) {
    process.stderr.write(`Unknown command ${JSON.stringify(command)}.\n\n${usage}\n`)
    return 2
  }
  return serve(config)
}

async function operatorToken(config: Config, name: string): Promise<number> {
  const paths = statePaths(config)
  const key = await loadControlPlaneKey(paths.tls, [config.controlPlane.address], systemClock())
  const database = openDatabase(paths.database)
  try {
    const token = new OperatorStore(database, systemClock).put(name, 'admin')
    return say(JSON.stringify({ url: `https://${config.controlPlane.address}:${config.controlPlane.port}`, pin: key.pins[0], token }))
  } finally { database.close() }
}

async function serve(config: Config): Promise<number> {
  const journal = openJournal(config.log.level)
  // Not `once`: execa's exit hook ends the process itself when it finds that nobody listens any more.
  const signal = new Promise<string>(resolve => { for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => { resolve(name) }) })
  const bastion = await startBastion(config, journal, { runtimeDirectory: process.env['RUNTIME_DIRECTORY']?.split(':')[0] ?? null })
  journal.info({ version, bootPlane: config.bootPlane, controlPlane: config.controlPlane, dhcp: config.dhcp.mode }, 'labctl-bastion is ready')
  if (config.install.authorizedKeys.length === 0) journal.warn('install.authorizedKeys is empty: nobody will be able to log in to machines that are installed from now on.')
  await notifySystemd('READY=1')
  releaseMemory()
  const name = await signal
  journal.info({ signal: name }, 'stopping')
  await notifySystemd('STOPPING=1')
  const deadline = setTimeout(() => {
    journal.error(`the graceful stop took longer than ${config.stopSeconds} s; forced`)
    process.exit(1)
  }, config.stopSeconds * 1000)
  deadline.unref()
  await bastion.stop()
  journal.info('stopped')
  return 0
}

function say(text: string): number {
  process.stdout.write(`${text}\n`)
  return 0
}

try {
  process.exitCode = await main()
} catch (error) {
  const lines = error instanceof BastionError ? [`${error.code}: ${error.message}`, ...error.nextStep === null ? [] : [`Next: ${error.nextStep}`]] : [String(error instanceof Error ? error.stack : error)]
  process.stderr.write(`${lines.join('\n')}\n`)
  process.exitCode = error instanceof BastionError && error.code === 'BST_CONFIG_INVALID' ? 2 : 1
}
// Listeners and children are closed by now; a socket that a peer keeps open must not keep the process.
process.exit()
