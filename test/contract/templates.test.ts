// Every template agrees with the schema of its view, and prints nothing but through a quoting helper.
import { globSync, readFileSync } from 'node:fs'
import t from 'tap'
import { FirstScriptViewSchema, InstallerScriptViewSchema, LocalDiskScriptViewSchema, RamdiskScriptViewSchema, RefuseScriptViewSchema, UnreadScriptViewSchema } from '../../bastion/boot/render-script.ts'
import { DnsmasqViewSchema } from '../../bastion/dhcp/render-dnsmasq.ts'
import { BootKickstartViewSchema, KickstartPackagesViewSchema, MachineKickstartViewSchema, PostViewSchema } from '../../bastion/install/kickstart/kickstart-views.ts'
import { KickstartViewSchema } from '../../bastion/install/render-kickstart.ts'
import { EraseViewSchema } from '../../bastion/install/erase-view.ts'
import { KickstartStepsViewSchema } from '../../bastion/install/kickstart-storage/kickstart-steps-view.ts'
import { settingsViews } from '../../bastion/install/settings-views.ts'
import { StepsViewSchema } from '../../bastion/install/steps-view.ts'
import { quotingFunctions } from '../../bastion/platform/compile-template.ts'
import { templateMistakes } from '../lib/template-paths.ts'

const views: Record<string, object> = {
  'boot.ipxe.hbs': FirstScriptViewSchema, 'ramdisk.ipxe.hbs': RamdiskScriptViewSchema, 'installer.ipxe.hbs': InstallerScriptViewSchema, 'local-disk.ipxe.hbs': LocalDiskScriptViewSchema,
  'refuse.ipxe.hbs': RefuseScriptViewSchema, 'unread.ipxe.hbs': UnreadScriptViewSchema, 'dnsmasq.conf.hbs': DnsmasqViewSchema, 'kickstart/storage.ks.hbs': KickstartViewSchema, 'kickstart/labctl.ks.hbs': BootKickstartViewSchema, 'kickstart/discovery.ks.hbs': BootKickstartViewSchema,
  'kickstart/machine.ks.hbs': MachineKickstartViewSchema, 'kickstart/packages.ks.hbs': KickstartPackagesViewSchema, 'kickstart/nochroot.sh.hbs': PostViewSchema, 'kickstart/post.sh.hbs': PostViewSchema,
  ...Object.fromEntries(Object.entries(settingsViews).map(([name, schema]) => [`settings/${name}.hbs`, schema])),
}
const schemaOf = (name: string) => name.startsWith('erase/') ? EraseViewSchema : name.startsWith('install/') ? StepsViewSchema : name.startsWith('kickstart-storage/') ? KickstartStepsViewSchema : views[name]

for (const path of globSync('templates/**/*.hbs').toSorted()) {
  const name = path.slice('templates/'.length)
  t.test(`${name} prints only what its view has, quoted`, async t => {
    const schema = schemaOf(name)
    t.ok(schema, 'it has a view, named in this test')
    t.same(templateMistakes(readFileSync(path, 'utf8'), schema ?? {}, quotingFunctions), [])
  })
}

t.test('the walk finds a misspelt name, an unquoted value and an unknown block', async t => {
  const schema = { type: 'object', properties: { name: { type: 'string' }, list: { type: 'array', items: { type: 'object', properties: { a: { type: 'string' } } } } } }
  const mistakes = (source: string) => templateMistakes(source, schema, quotingFunctions)
  t.same(mistakes('{{sh name}}{{#each list}}{{sh a}}{{sh ../name}}{{/each}}'), [])
  t.match(mistakes('{{sh nam}}'), [/nam is not in the view/])
  t.match(mistakes('{{name}}'), [/without a quoting helper/])
  t.match(mistakes('{{{name}}}'), [/without a quoting helper/])
  t.match(mistakes('{{#if nmae}}x{{/if}}'), [/nmae is not in the view/])
  t.match(mistakes('{{#each list}}{{sh b}}{{/each}}'), [/b is not in the view/])
  t.match(mistakes('{{#each name}}{{/each}}'), [/is not a list/])
  t.match(mistakes('{{#with name}}{{/with}}'), [/is not known/])
  t.match(mistakes('{{sh list}}'), [/is not text/])
})
