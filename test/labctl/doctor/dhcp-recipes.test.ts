import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { bootPrograms } from '../../../ipxe/boot-programs.ts'
import { planRecipe } from '../../../labctl/doctor/dhcp-recipes/plan-recipe.ts'
import { recipeNames, renderRecipe } from '../../../labctl/doctor/dhcp-recipes/render-recipe.ts'
import { writeRecord } from '../../../labctl/standalone/standalone-record.ts'
import { makeHome, runLabctl } from '../run-labctl.ts'

const recipe = planRecipe('10.77.0.1', 8080)

for (const name of recipeNames) {
  t.test(`${name}: the recipe is what was looked at, and every boot program, architecture and the script are in it`, async t => {
    const text = `${renderRecipe(name, recipe)}\n`
    const golden = new URL(`../../golden/dhcp-recipes/${name}.txt`, import.meta.url)
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, text)
    t.equal(text, readFileSync(golden, 'utf8'))
    for (const { file } of bootPrograms) t.ok(text.includes(file), file)
    t.ok(text.includes('http://10.77.0.1:8080/boot.ipxe'))
    t.ok(text.includes('HTTPClient'), 'HTTP boot gets its vendor class back')
  })
}

t.test('every kind of firmware is in the recipe, with a name of its own', async t => {
  t.same(recipe.rows.flatMap(row => row.architectures).toSorted((a, b) => a - b), [0, 7, 9, 11, 16, 19])
  t.equal(new Set(recipe.rows.map(row => row.what)).size, recipe.rows.length)
  t.match(recipe.rows.find(row => row.architectures.includes(16)), { http: true, file: 'http://10.77.0.1:8080/ipxe/ipxe.efi' })
})

t.test('Kea’s is JSON: classes, iPXE’s first, the others not for iPXE', async t => {
  const { 'client-classes': classes } = JSON.parse(renderRecipe('kea', recipe)) as { 'client-classes': { name: string, test: string }[] }
  t.equal(classes[0]?.test, 'option[175].exists')
  t.equal(classes.length, recipe.rows.length + 1)
  t.ok(classes.slice(1).every(one => one.test.endsWith("and not member('labctl-ipxe')")))
  t.match(classes.find(one => one.name === 'labctl-efi64http'), { test: /0x0010/, 'option-data': [{ name: 'vendor-class-identifier', data: 'HTTPClient' }] })
})

t.test('OpenWrt’s may be run again, and leaves other lines alone', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'labctl-recipe-'))
  t.teardown(() => { rmSync(folder, { recursive: true }) })
  const file = join(folder, 'dnsmasq.conf')
  writeFileSync(file, 'dhcp-host=52:54:00:00:00:01,10.77.0.9\n')
  const script = renderRecipe('openwrt', recipe).replaceAll('/etc/dnsmasq.conf', file).replace('/etc/init.d/dnsmasq restart', 'true')
  execFileSync('sh', ['-ec', script])
  const once = readFileSync(file, 'utf8')
  execFileSync('sh', ['-ec', script])
  t.equal(readFileSync(file, 'utf8'), once)
  t.match(once, /^dhcp-host=52:54:00:00:00:01,10\.77\.0\.9\n# labctl bastion, begin\n/)
  t.doesNotThrow(() => execFileSync('/usr/sbin/dnsmasq', ['--test', `--conf-file=${file}`], { stdio: 'ignore' }))
})

t.test('the command prints one recipe as it is, for the boot plane named, and what the bastion needs for it', async t => {
  const { code, out, err } = await runLabctl(t, ['doctor', '--dhcp-recipe', 'kea', '--boot-plane', '10.77.0.1:8080'])
  t.equal(code, 0)
  t.equal(out, readFileSync(new URL('../../golden/dhcp-recipes/kea.txt', import.meta.url), 'utf8'))
  t.match(err, /dhcp\.interface/)
})

t.test('without a name all are printed, or given as a document', async t => {
  const { out } = await runLabctl(t, ['doctor', '--dhcp-recipe', '--boot-plane', '10.77.0.1:8080'])
  for (const name of recipeNames) t.ok(out.includes(`=== ${name} ===`), name)
  const document = JSON.parse((await runLabctl(t, ['doctor', '--dhcp-recipe', '--boot-plane', '10.77.0.1:8080', '-o', 'json'])).out) as { recipes: Record<string, string> }
  t.same(Object.keys(document.recipes), [...recipeNames])
})

t.test('the bastion.yaml of this host says where the boot plane is, and what is to be said of its mode', async t => {
  for (const [dhcp, remark] of [['{mode: off}', /serves no TFTP yet.*10\.88\.0\.1/], ['{mode: off, interface: br0}', /^$/], ['{mode: proxy, interface: br0}', /no other server needs these lines/], ['{mode: server, interface: br0}', /leases addresses itself/]] as const) {
    const home = makeHome(t)
    const config = join(home, 'bastion.yaml')
    writeFileSync(config, `bootPlane: {address: 10.88.0.1, port: 8081}\ndhcp: ${dhcp}\n`)
    writeRecord(home, { config, log: '', builderLog: '', bastion: null, builder: null, startedAt: 0 })
    const { code, out, err } = await runLabctl(t, ['doctor', '--dhcp-recipe', 'dnsmasq'], { home })
    t.equal(code, 0, err)
    t.match(out, 'dhcp-boot=tag:labctl-ipxe,http://10.88.0.1:8081/boot.ipxe')
    t.match(err.trim(), remark)
  }
})

for (const [name, place, message] of [['no port', '10.77.0.1', /no address of a boot plane/], ['a name', 'bastion:8080', /no address of a boot plane/], ['text for another file', '10.0.0.1:80"\nx', /no address of a boot plane/], ['a port too far', '10.0.0.1:70000', /no address/], ['loopback', '127.0.0.1:8080', /No machine can reach/]] as const) {
  t.test(`refused as a boot plane: ${name}`, async t => {
    const { code, out, err } = await runLabctl(t, ['doctor', '--dhcp-recipe', '--boot-plane', place])
    t.not(code, 0)
    t.equal(out, '')
    t.match(err, message)
  })
}
