// The first boot proves that the groups are installed: the marks are put right where an attempt's last word was cut off.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const script = fileURLToPath(new URL('../../../templates/image/files/usr/lib/labctl/settle-groups', import.meta.url))
const sum = 'a'.repeat(64)

/** Runs it with an LVM that shows these tags by group, and gives what was changed. */
function settle(tags: Record<string, string>, groups: string | null, { refusing = false, finished = 'install.env' as string | null } = {}): { status: number | null, changed: string[] } {
  const folder = t.testdir({})
  mkdirSync(join(folder, 'bin'))
  if (finished !== null) writeFileSync(join(folder, finished), '')
  if (groups !== null) writeFileSync(join(folder, 'groups'), groups)
  writeFileSync(join(folder, 'bin/vgs'), `#!/bin/sh\nfor group in "$@"; do :; done\ncase $group in ${Object.entries(tags).map(([group, text]) => `${group}) echo '  ${text}' ;;`).join(' ')} *) exit 5 ;; esac\n`, { mode: 0o755 })
  writeFileSync(join(folder, 'bin/vgchange'), `#!/bin/sh\necho "$*" >>'${join(folder, 'changed')}'\n${refusing ? 'exit 5' : ''}\n`, { mode: 0o755 })
  const { status } = spawnSync('sh', [script], { env: { LABCTL_FOLDER: folder, LABCTL_PATH: join(folder, 'bin'), PATH: '/usr/bin:/bin' }, timeout: 20_000 })
  return { status, changed: existsSync(join(folder, 'changed')) ? readFileSync(join(folder, 'changed'), 'utf8').trim().split('\n') : [] }
}

t.test('groups that say that they are installed are not written to', async t => {
  t.same(settle({ vg0: 'labctl.installed', data: 'theirs,labctl.installed' }, 'vg0\ndata\n'), { status: 0, changed: [] })
  t.same(settle({}, null), { status: 0, changed: [] }, 'nor anything of a system of an earlier version')
})

t.test('a group whose last mark was cut off gets it, and loses that of the attempt', async t => {
  t.same(settle({ vg0: `labctl.underway.${sum}`, data: '' }, 'vg0\ndata\n'), { status: 0, changed: [`--addtag labctl.installed --deltag labctl.underway.${sum} vg0`, '--addtag labctl.installed data'] })
  t.same(settle({ vg0: `labctl.installed,labctl.underway.${sum},theirs` }, 'vg0\n').changed, [`--deltag labctl.underway.${sum} vg0`])
})

t.test('a system whose install had not come to its end marks nothing', async t => {
  t.same(settle({ vg0: '' }, 'vg0\n', { finished: null }), { status: 0, changed: [] })
  t.same(settle({ vg0: '' }, 'vg0\n', { finished: 'install.done' }).changed, ['--addtag labctl.installed vg0'])
})

t.test('a group that cannot be read or changed fails it, and nothing is guessed', async t => {
  t.same(settle({}, 'vg0\n'), { status: 1, changed: [] })
  t.equal(settle({ vg0: '' }, 'vg0\n', { refusing: true }).status, 1)
})
