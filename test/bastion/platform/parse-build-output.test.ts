import t from 'tap'
import { countPackages, parseAptPlan, parseDownloadPercent } from '../../../bastion/platform/parse-build-output.ts'

t.test('apt’s simulation gives every package with its version, by name', t => {
  t.strictSame(parseAptPlan('Reading package lists...\nInst libc6 (2.41-12 Debian:13.1/stable [amd64])\nInst bash [5.1] (5.2.37-2+b5 Debian:13.1/stable [amd64])\nConf libc6 (2.41-12 Debian:13.1/stable [amd64])\n'), [
    { name: 'bash', version: '5.2.37-2+b5' }, { name: 'libc6', version: '2.41-12' },
  ])
  t.end()
})

t.test('only apt’s download lines have a percentage', t => {
  t.equal(parseDownloadPercent('dlstatus:7:42.5:Retrieving file 7 of 20'), 42.5)
  t.equal(parseDownloadPercent('dlstatus:7:142:Retrieving'), 100)
  t.equal(parseDownloadPercent('Get:1 http://x'), null)
  t.end()
})

t.test('packages count half when unpacked and whole when set up, never over 100', t => {
  const count = countPackages(2)
  t.equal(count('Unpacking bash (5.2) ...'), 25)
  t.equal(count('Preparing to unpack .../bash.deb ...'), 25)
  t.equal(count('Setting up bash (5.2) ...'), 50)
  for (const line of ['Unpacking a (1)', 'Setting up a (1)', 'Setting up b (1)']) count(line)
  t.equal(count('Setting up c (1)'), 100)
  t.equal(countPackages(0)(''), 100)
  t.end()
})
