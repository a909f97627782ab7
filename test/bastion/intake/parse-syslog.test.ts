import t from 'tap'
import { parseSyslog } from '../../../bastion/intake/parse-syslog.ts'

const parse = (text: string) => parseSyslog(Buffer.from(text))

t.test('each dialect that RAM disks and installers speak is read', async t => {
  const known: readonly (readonly [string, ReturnType<typeof parse>])[] = [
    // RFC 3164, section 5.4
    ['<34>Oct 11 22:14:15 mymachine su: \'su root\' failed for lonvick on /dev/pts/8', { severity: 2, program: 'su', text: '\'su root\' failed for lonvick on /dev/pts/8' }],
    ['<13>Feb  5 17:32:18 10.0.0.99 Use the BFG!', { severity: 5, program: null, text: '10.0.0.99 Use the BFG!' }],
    ['<30>Nov 21 15:00:00 dnsmasq[12]: started', { severity: 6, program: 'dnsmasq', text: 'started' }],
    ['<30>Nov 21 15:00:00 ram kernel: eth0: link up', { severity: 6, program: 'kernel', text: 'eth0: link up' }],
    // rsyslog's forwarding format
    ['<4>2026-11-21T15:00:00.123456+00:00 worker-1 kernel: [    1.2] oops', { severity: 4, program: 'kernel', text: '[    1.2] oops' }],
    ['<13>logger: from busybox', { severity: 5, program: 'logger', text: 'from busybox' }],
    // RFC 5424, section 6.5
    ['<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \ufeff\'su root\' failed', { severity: 2, program: 'su', text: '\'su root\' failed' }],
    ['<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="App\\"l]ication"][x@1 a="b"] An application event', { severity: 5, program: 'evntslog', text: 'An application event' }],
    ['<165>1 2003-10-11T22:14:15.003Z h - - ID47 [exampleSDID@32473 iut="3"]', { severity: 5, program: null, text: '' }],
    ['<0>1 - - - - - - -', { severity: 0, program: null, text: '-' }],
    // Anaconda, through rsyslog and from its own files
    ['<134>Nov 21 15:00:01 localhost anaconda[1412]: anaconda: ui.common: starting', { severity: 6, program: 'anaconda', text: 'anaconda: ui.common: starting' }],
    ['15:04:05,123 INF storage.devicelibs: running mkfs', { severity: 6, program: 'storage.devicelibs', text: 'running mkfs' }],
    ['15:04:05,123 ERROR program:mkfs failed', { severity: 3, program: 'program', text: 'mkfs failed' }],
    ['<30>Nov 21 15:00:01 localhost anaconda: 15:04:05,123 CRIT packaging: no packages', { severity: 2, program: 'packaging', text: 'no packages' }],
    // /dev/kmsg
    ['6,1234,5678901,-;e1000: eth0 NIC Link is Up', { severity: 6, program: 'kernel', text: '[    5.678901] e1000: eth0 NIC Link is Up' }],
    ['12,1,0,-;from user space', { severity: 4, program: null, text: '[    0.000000] from user space' }],
    ['labctl: network up eth0 10.0.0.5 (7.1 s)', { severity: null, program: 'labctl', text: 'network up eth0 10.0.0.5 (7.1 s)' }],
    ['just words', { severity: null, program: null, text: 'just words' }],
    ['<999>no priority', { severity: null, program: null, text: '<999>no priority' }],
  ]
  for (const [text, wanted] of known) t.same(parse(text), wanted, text)
})

t.test('what says nothing is no line, and neither are the details of a kernel record', async t => {
  for (const text of ['', '\n', '\0\0\0', ' \r\n', ' SUBSYSTEM=net', ' DEVICE=+pci:0000:00:03.0']) t.equal(parse(text), null, JSON.stringify(text))
})

t.test('bytes that are no text, NULs and endless messages stay one bounded line', async t => {
  t.same(parseSyslog(Buffer.from([0x3c, 0x33, 0x3e, 0xff, 0xfe, 0x41, 0x00])), { severity: 3, program: null, text: '\ufffd\ufffdA' })
  t.equal(parse('a\0b')?.text, 'a\0b')
  const long = parse(`<3>x: ${'😀'.repeat(4000)}`)
  t.ok(long!.text.length <= 2002 && long!.text.isWellFormed())
})

t.test('nothing that looks like the beginning of structured data or a header takes long', async t => {
  const began = process.cpuUsage()
  for (const text of [`<1>1 - h a - - ${'['.repeat(8000)}`, `<1>1 - h a - - ${'[]'.repeat(4000)}`, `<1>1 - h a - - [${'"\\'.repeat(4000)}`, `<1>1 - h a - - [${'a""'.repeat(2500)}`, `<1>${'a'.repeat(8000)}`, `<1>Nov 21 15:00:00 ${'x '.repeat(4000)}`, `<1>Nov 21 15:00:00 ${'x]:'.repeat(2700)}`, ' '.repeat(8000), `${'\t '.repeat(4000)}x`]) parse(text)
  const ms = process.cpuUsage(began).user / 1000
  t.ok(ms < 200, `${ms} ms`)
})
