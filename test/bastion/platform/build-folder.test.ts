import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openBuildFolder } from '../../../bastion/platform/build-folder.ts'
import { filesMatch, hashRecipe, readManifest, sumFile } from '../../../bastion/platform/manifest-files.ts'

async function manifestOf(directory: string, recipe: string) {
  return { version: 1 as const, name: 'thing', recipe, kernel: '6.12', builtAt: 1, files: [await sumFile(directory, 'a.img')] }
}

t.test('a build is put in place whole, its manifest last, and what it no longer has goes', async t => {
  const target = t.testdir({ 'b.img': 'of an older build', 'keep.json': 'not ours' })
  const folder = await openBuildFolder(target, 'thing')
  writeFileSync(join(folder.directory, 'a.img'), 'new')
  const manifest = await manifestOf(folder.directory, 'r1')
  t.equal(readManifest(target), null)
  folder.publish(manifest)
  await folder.remove()
  t.strictSame(readManifest(target), manifest)
  t.equal(await filesMatch(target, manifest), true)
  t.strictSame(readdirSync(target).toSorted(), ['a.img', 'keep.json', 'manifest.json'])
})

t.test('a file that was cut short or changed no longer matches its manifest', async t => {
  const target = t.testdir({ 'a.img': 'content' })
  const manifest = await manifestOf(target, 'r1')
  writeFileSync(join(target, 'a.img'), 'cOntent')
  t.equal(await filesMatch(target, manifest), false)
  writeFileSync(join(target, 'a.img'), 'cont')
  t.equal(await filesMatch(target, manifest), false)
})

t.test('what a killed build left is taken away by the next one', async t => {
  const target = t.testdir({ '.building-4194304': { 'a.img': 'torn' } })
  const folder = await openBuildFolder(target, 'thing')
  t.equal(existsSync(join(target, '.building-4194304')), false)
  await folder.remove()
  t.strictSame(readdirSync(target), [])
})

t.test('a second build of the same thing is refused while the first one’s process lives', async t => {
  const target = t.testdir()
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000); console.log("up")'], { stdio: ['ignore', 'pipe', 'ignore'] })
  t.teardown(() => other.kill())
  await once(other.stdout, 'data')
  mkdirSync(join(target, `.building-${other.pid}`))
  await t.rejects(openBuildFolder(target, 'thing'), { code: 'BST_CONFLICT', message: new RegExp(`Process ${other.pid} `) })
  t.strictSame(readdirSync(target), [`.building-${other.pid}`])
})

t.test('a recipe depends on its ingredients, not on their order', t => {
  t.equal(hashRecipe({ a: 1, b: ['x'] }), hashRecipe({ b: ['x'], a: 1 }))
  t.not(hashRecipe({ a: 1, b: ['x'] }), hashRecipe({ a: 1, b: ['y'] }))
  t.end()
})

t.test('a manifest that is none is read as absent', t => {
  const target = t.testdir({ 'manifest.json': '{"version":2}' })
  t.equal(readManifest(target), null)
  t.match(readFileSync(join(target, 'manifest.json'), 'utf8'), '2')
  t.end()
})
