// The whole of a reprovision on real firmware, as anybody rehearses it: install, files, order, network boot, first boot, the same files.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

for (const firmware of ['bios', 'uefi']) {
  t.test(`${firmware}: a reprovisioned machine has another system and the same data, and the bastion’s table says so`, { timeout: 3_000_000 }, async t => {
    const folder = mkdtempSync('/var/tmp/labctl-full-')
    t.teardown(() => { rmSync(folder, { recursive: true, force: true }) })
    const { status, stdout, stderr } = spawnSync(process.execPath, ['labctl/main.ts', 'rehearse', 'cycle', '--firmware', firmware, '--reprovision', '--state', join(folder, 'r')], { encoding: 'utf8', timeout: 2_900_000, maxBuffer: 2 ** 26 })
    t.equal(status, 0, `${stdout}\n${stderr}`)
    for (const place of ['/home', '/srv', '/var/lib/longhorn']) t.match(stdout, place)
    t.match(stdout, /files on .*\b12 written\s.*\b12 the same/)
    t.match(stdout, /volume-uuid|UUID/)
  })
}
