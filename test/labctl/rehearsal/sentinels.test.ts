import { spawnSync } from 'node:child_process'
import t from 'tap'
import { judgeWitness, parseWitness, readSentinelsScript, writeSentinelsScript } from '../../../labctl/rehearsal/sentinels.ts'

const printed = (root: string, machine: string, files: readonly string[], more = '') => `place /home\nplace /srv\n${files.map(file => `file ${file}\n`).join('')}root ${root}\nmachine ${machine}\nboot b\n${more}`
const files = ['/home/labctl sentinel/a b/random 5 640 4711:4712 1 aaaa', '/srv/labctl sentinel/a b/it\'s "quoted" 9 644 0:0 2 bbbb']
const before = parseWitness(printed('old', 'm1', files))

t.test('the same files on another system are what a reprovision should leave', async t => {
  t.same(before.places, ['/home', '/srv'])
  t.same(judgeWitness(before, parseWitness(printed('new', 'm2', files))), [])
})

t.test('a changed file, a missing one, and the old system are each told', async t => {
  t.match(judgeWitness(before, parseWitness(printed('new', 'm2', [files[0]!.replace('aaaa', 'aaab'), files[1]!]))), [/^changed or gone: .*random/])
  t.match(judgeWitness(before, parseWitness(printed('new', 'm2', [files[0]!]))), [/^changed or gone: .*quoted/, /2 sentinels were written, 1/])
  t.match(judgeWitness(before, parseWitness(printed('old', 'm1', files, 'left-on-root\n'))), [/root file system is the same/, /machine-id is the same/, /files of the old system/])
  t.match(judgeWitness(parseWitness(printed('old', 'm1', [])), parseWitness(printed('new', 'm2', []))), [/no sentinel had been written/])
  t.ok(judgeWitness(before, parseWitness('')).length >= 4, 'silence is no proof')
})

t.test('both scripts can be read by a shell', async t => {
  for (const script of [writeSentinelsScript, readSentinelsScript]) t.equal(spawnSync('sh', ['-n'], { input: script }).status, 0)
})
