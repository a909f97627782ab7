// Golden scripts, one per kind of answer. Each also goes through the strict parser that User-Mode Linux machines boot by; a real iPXE boots them in test/e2e.
import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { renderFirstScript, renderInstallerScript, renderLocalDiskScript, renderRamdiskScript, renderRefuseScript, renderUnreadScript } from '../../../bastion/boot/render-script.ts'
import { parseIpxeScript } from '../../../labctl/rehearsal/uml/parse-ipxe-script.ts'

const bootUrl = 'http://10.77.0.1:8080'
const ticket = 'AAAAAAAAAAAAAAAAAAAAAA'
const consoles = ['tty0', 'ttyS0,115200n8']
const evil = '`reboot` $(reboot) ${reboot} "x" \'y\' #z\nchain http://evil/ || && | {} \\ \u001b[31m é'

const goldens: Record<string, string> = {
  'boot': renderFirstScript({ bootUrl }),
  'ramdisk': renderRamdiskScript({ bootUrl, ticket, because: 'Never seen: discover it.', firmwareImage: false, consoles, kernelArguments: [] }),
  'ramdisk-firmware': renderRamdiskScript({ bootUrl, ticket, because: 'Install debian-13 as worker-1, attempt 1.', firmwareImage: true, consoles: ['ttyS1,9600'], kernelArguments: ['no_timer_check', 'mitigations=off'] }),
  'installer': renderInstallerScript({ bootUrl, ticket, because: 'Install fedora-43 as worker-1, attempt 1.', os: 'fedora-43', kernel: 'images/pxeboot/vmlinuz', initrd: 'images/pxeboot/initrd.img', logIntake: '10.77.0.1:5514', consoles, kernelArguments: [] }),
  'installer-plain': renderInstallerScript({ bootUrl, ticket, because: 'Reprovision worker-1 with rhel-9, keeping its data, attempt 2.', os: 'rhel-9', kernel: 'images/pxeboot/vmlinuz', initrd: 'images/pxeboot/initrd.img', logIntake: null, consoles: [], kernelArguments: ['mitigations=off'] }),
  'local-disk-bios': renderLocalDiskScript({ because: 'worker-1 is installed.', uefi: false }),
  'local-disk-uefi': renderLocalDiskScript({ because: 'worker-1 is installed.', uefi: true }),
  'refuse-retry': renderRefuseScript({ bootUrl, because: 'Two machines, one UUID.', retry: true, retrySeconds: 60, uefi: false }),
  'refuse-bios': renderRefuseScript({ bootUrl, because: 'No RAM disk for arm64 here; only x86-64.', retry: false, retrySeconds: 60, uefi: false }),
  'refuse-uefi': renderRefuseScript({ bootUrl, because: 'No RAM disk for arm64 here; only x86-64.', retry: false, retrySeconds: 60, uefi: true }),
  'unread': renderUnreadScript({ because: 'The request is longer than 8 KiB.' }),
  'refuse-hostile': renderRefuseScript({ bootUrl, because: evil, retry: true, retrySeconds: 60, uefi: true }),
}

for (const [name, script] of Object.entries(goldens)) {
  t.test(`${name}.ipxe is as it was, and parses`, async t => {
    const path = new URL(`../../golden/ipxe/${name}.ipxe`, import.meta.url)
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, script)
    t.equal(script, readFileSync(path, 'utf8'))
    t.ok(parseIpxeScript(script).lines.length > 1)
    for (const line of script.split('\n')) t.ok(line.length < 1000, 'no line is longer than iPXE takes')
  })
}

t.test('a hostile reason adds no line, no command and nothing that iPXE would expand', async t => {
  const lines = goldens['refuse-hostile']!.split('\n')
  t.equal(lines.length, goldens['refuse-retry']!.split('\n').length)
  t.match(lines[1], /^echo labctl: REFUSED\. [\u0020-\u007e]*$/)
  t.notMatch(lines[1]!.slice('echo labctl: '.length), /[$`"'\\#|&{}]/)
})

t.test('a URL that is not plain is refused rather than rendered', async t => {
  t.throws(() => renderFirstScript({ bootUrl: 'http://10.0.0.1/ || reboot' }), /Not a plain word/)
  t.throws(() => renderInstallerScript({ bootUrl, ticket, because: '', os: 'fedora-43', kernel: 'images/a b', initrd: 'x', logIntake: null, consoles, kernelArguments: [] }), /Not a plain word/)
  t.throws(() => renderRamdiskScript({ bootUrl, ticket: '../x y', because: '', firmwareImage: false, consoles, kernelArguments: [] }), /Not a plain word/)
  t.throws(() => renderRamdiskScript({ bootUrl, ticket, because: '', firmwareImage: false, consoles: ['tty0 init=/bin/sh'], kernelArguments: [] }), /Not a plain word/)
})
