import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { execa } from 'execa'
import t from 'tap'
import { layOverlay, shells } from './run-overlay.ts'

const until = async (condition: () => boolean) => { for (let tries = 0; !condition() && tries < 1500; tries += 1) await new Promise(resolve => { setTimeout(resolve, 20) }) }

for (const shell of shells) {
  t.test(`${shell.join(' ')}: the kernel’s lines and what is said go to the intake, none is lost over a lost connection, and none once the settings come`, async t => {
    const heard: string[] = []
    const sockets: Socket[] = []
    const server = createServer(socket => {
      sockets.push(socket)
      socket.on('data', (chunk: Buffer) => { heard.push(...chunk.toString().split('\n').filter(line => line !== '')) })
    }).listen(0, '127.0.0.1')
    await new Promise(resolve => { server.once('listening', resolve) })
    const folder = layOverlay('https://127.0.0.1:1', 'sha256//x')
    // The RAM disk’s nc.
    mkdirSync(join(folder, 'bin'))
    symlinkSync('/bin/busybox', join(folder, 'bin/nc'))
    writeFileSync(join(folder, 'kmsg'), '6,1,1000000,-;the kernel speaks\n')
    appendFileSync(join(folder, 'overlay.env'), `LABCTL_LOG=127.0.0.1:${(server.address() as AddressInfo).port}\nLABCTL_KMSG=${folder}/kmsg\nLABCTL_SHARE_PAUSE=0.2\n`)
    // A session of its own: what is left in the background ends with it.
    const say = `go() { until [ -e "${folder}/$1" ]; do sleep 0.05; done; }`
    const running = execa('setsid', [...shell, '-c', `. ${folder}/lib.sh; . ${folder}/share.sh; ${say}
      labctl_say before; share_log; share_log; labctl_say first; go two; labctl_say second; labctl_say third; go three; LABCTL_URL=https://127.0.0.1:1 labctl_progress configure; labctl_say 'a secret of the hook'; go four`], {
      env: { PATH: `${folder}/bin:${process.env['PATH']}`, LABCTL: folder, LABCTL_RUN: join(folder, 'run'), LC_ALL: 'C', LABCTL_ON_CONSOLES: '' }, reject: false, timeout: 120_000, stdin: 'ignore',
    })
    t.teardown(async () => {
      try { process.kill(-running.pid!, 'SIGKILL') } catch { /* ended */ }
      for (const socket of sockets) socket.destroy()
      server.close()
      rmSync(folder, { recursive: true })
    })
    const says = (text: string) => heard.some(line => line.includes(text))
    await until(() => says('first'))
    t.ok(heard.includes('6,1,1000000,-;the kernel speaks'))
    t.match(heard.filter(line => line.startsWith('labctl: ')), [/^labctl: before \(\d/, /^labctl: first \(\d/])
    for (const socket of sockets.splice(0)) socket.destroy()
    writeFileSync(join(folder, 'two'), '')
    await until(() => says('third'))
    t.ok(says('second') && says('third'), 'what was said while nobody listened came too')
    writeFileSync(join(folder, 'three'), '')
    await until(() => readFileSync(join(folder, 'run/log'), 'utf8').includes('a secret of the hook'))
    appendFileSync(join(folder, 'kmsg'), '3,2,2000000,-;the kernel still speaks\n')
    await until(() => says('still speaks'))
    t.ok(says('still speaks'))
    t.notOk(says('secret') || says('configure'), 'the settings are not told in the clear')
    t.ok(existsSync(join(folder, 'run/private')))
    writeFileSync(join(folder, 'four'), '')
    await running
  })
}

t.test('without an intake nothing is kept or sent', async t => {
  const folder = layOverlay('https://127.0.0.1:1', 'sha256//x')
  t.teardown(() => { rmSync(folder, { recursive: true }) })
  await execa('dash', ['-c', `. ${folder}/lib.sh; . ${folder}/share.sh; labctl_say words; share_log`], { env: { LABCTL: folder, LABCTL_RUN: join(folder, 'run'), LC_ALL: 'C', LABCTL_ON_CONSOLES: '' } })
  t.same([existsSync(join(folder, 'run/said')), existsSync(join(folder, 'run/share'))], [false, false])
})
