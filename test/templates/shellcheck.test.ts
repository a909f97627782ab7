// The shell that runs as PID 1, as root, on other people's machines, read by shellcheck: the overlay, the RAM disk's and image's scripts, and rendered steps.
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import t from 'tap'

const scripts = [...globSync('templates/{overlay,installer,image,ramdisk}/**/*'), ...globSync('test/golden/{steps,erase}/*.sh'), ...globSync('labctl/rehearsal/**/*.sh'), ...globSync('scripts/*.sh')]
  .filter(path => !path.endsWith('.service') && /^#!.*\bsh\b|^# shellcheck shell=sh|^[^\n]*\n# shellcheck shell=sh|^.*\n.*\n# shellcheck shell=sh/.test(head(path))).toSorted()

function head(path: string): string {
  try { return readFileSync(path, 'utf8').slice(0, 2000) } catch { return '' }
}

t.test('shellcheck finds nothing worse than a matter of style in any script', async t => {
  t.ok(scripts.length >= 10, `${scripts.length} scripts: ${scripts.join(' ')}`)
  for (const path of scripts) {
    const { status, stdout } = spawnSync('shellcheck', ['--shell=sh', '--severity=warning', '--exclude=SC1091,SC2034,SC2154,SC2153', path], { encoding: 'utf8' })
    t.equal(status, 0, `${path}\n${stdout}`)
  }
})
