// The whole bastion inside the test's process, on loopback, with DHCP off: what a test needs that looks into the stores, or asks from many addresses at once.
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import type { Test } from 'tap'
import { stringify } from 'yaml'
import { OperatorStore } from '../../bastion/access/operator-store.ts'
import { startBastion } from '../../bastion/bastion.ts'
import type { BootRoom } from '../../bastion/boot/boot-room.ts'
import { Leases } from '../../bastion/dhcp/leases.ts'
import { systemClock } from '../../bastion/platform/clock.ts'
import { parseConfig } from '../../bastion/platform/read-config.ts'
import { askBootPlane, control, freePort, type LoopbackBastion } from './loopback-bastion.ts'

/** As {@link LoopbackBastion}, as far as simulated machines need it. `from`: the address of 127.0.0.0/8 that a request comes from. */
export interface InnerBastion extends LoopbackBastion {
  room: BootRoom
  /** Writes dnsmasq's lease file: address and MAC of each lease. */
  lease: (leases: readonly (readonly [address: string, mac: string])[]) => void
}

/** Starts it; it ends with the test. `owned`: the bastion owns DHCP, with the leases that the test gives. */
export async function startInnerBastion(t: Test, owned = false): Promise<InnerBastion> {
  const folder = t.testdir()
  const [bootPort, controlPort] = [await freePort(), await freePort()]
  const layout = { disk: { pick: 'largest' }, group: 'vg0', bootMib: 512, espMib: 256, volumes: [{ name: 'root', mount: '/', filesystem: 'ext4', sizeMib: 'rest', minimumMib: 1024, keep: false }] }
  for (const [name, files] of [['ramdisk', ['vmlinuz', 'ramdisk.img']], ['os/debian-13', ['image.tar', 'image.tar.zst']]] as const) {
    mkdirSync(join(folder, name), { recursive: true })
    for (const file of files) writeFileSync(join(folder, name, file), file)
    writeFileSync(join(folder, name, 'manifest.json'), JSON.stringify({ version: 1, name: 'x', recipe: 'x', kernel: '6.12.0-test', builtAt: 1, files: files.map(file => ({ name: file, sizeBytes: file.length, sha256: '0'.repeat(64) })) }))
  }
  const config = parseConfig(stringify({
    state: join(folder, 'state'), bootPlane: { port: bootPort }, controlPlane: { port: controlPort }, stopSeconds: 5,
    ramdisk: { directory: join(folder, 'ramdisk') }, os: { directory: join(folder, 'os') }, boot: { pollSeconds: 1 }, install: { layouts: { worker: layout }, authorizedKeys: ['ssh-ed25519 AAAA test'] },
  }), 'bastion.yaml')
  const leaseFile = join(folder, 'leases')
  let changedAt = Date.now() / 1000 - 1_000_000
  const bastion = await startBastion(config, pino({ level: 'silent' }), owned ? { leases: new Leases(leaseFile) } : {})
  t.teardown(() => bastion.stop())
  const token = new OperatorStore(bastion.boot.database, systemClock).put('operator', 'admin')
  return {
    folder, bootPort, controlPort, token, room: bastion.boot, log: () => '',
    lease: leases => {
      writeFileSync(leaseFile, leases.map(([address, mac]) => `0 ${mac} ${address} * *\n`).join(''))
      // Written a while ago, each time a second later: for a moment after a change what the file said before counts too (bastion/dhcp/leases.ts).
      utimesSync(leaseFile, changedAt, changedAt += 1)
    },
    start: () => Promise.resolve(), kill: () => bastion.stop(), stop: async () => { await bastion.stop(); return 0 },
    control: (method, path, body, headers = {}, from) => control(controlPort, method, path, body, { authorization: `Bearer ${token}`, ...headers }, from),
    boot: (path, from) => askBootPlane(bootPort, path, from),
  }
}
