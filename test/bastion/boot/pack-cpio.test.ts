import { execFileSync } from 'node:child_process'
import t from 'tap'
import { packCpio } from '../../../bastion/boot/pack-cpio.ts'

t.test('the real cpio lists and unpacks what was packed, with modes and content', async t => {
  const archive = packCpio([
    { path: 'labctl/start', content: Buffer.from('#!/bin/sh\n'), mode: 0o755 },
    { path: 'labctl/answer/bearer', content: Buffer.from('secret'), mode: 0o600 },
    { path: 'empty', content: Buffer.alloc(0), mode: 0o644 },
  ])
  const folder = t.testdir()
  t.equal(archive.length % 512, 0, 'padded, so that another archive can follow')
  const listed = execFileSync('cpio', ['-t', '--quiet'], { input: archive, encoding: 'utf8' }).trim().split('\n')
  t.same(listed, ['labctl', 'labctl/answer', 'labctl/start', 'labctl/answer/bearer', 'empty'])
  execFileSync('cpio', ['-id', '--quiet'], { input: archive, cwd: folder })
  const modes = execFileSync('find', ['.', '-type', 'f', '-printf', '%P %m %s\n'], { cwd: folder, encoding: 'utf8' }).trim().split('\n').toSorted()
  t.same(modes, ['empty 644 0', 'labctl/answer/bearer 600 6', 'labctl/start 755 10'])
})

t.test('names that would leave the archive’s folder, or the archive’s format, are refused', async t => {
  for (const path of ['../etc/passwd', 'a/../../b', '/etc/passwd', 'a//b', './a', 'a/.', '', 'a\0b', 'a\nb']) {
    t.throws(() => packCpio([{ path, content: Buffer.alloc(0), mode: 0o644 }]), /Not a path for an archive/, JSON.stringify(path))
  }
})
