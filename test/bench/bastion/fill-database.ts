import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { uuidv7 } from '../../../bastion/platform/clock.ts'
import { openDatabase } from '../../../bastion/platform/database.ts'
import { OrderStore } from '../../../bastion/install/order-store.ts'
import { MachineStore } from '../../../bastion/machines/machine-store.ts'
import type { Facts } from '../../../protocol/facts.ts'
import { sampleDisk, sampleFacts } from '../../lib/sample-facts.ts'
import { macOf, nicsPerMachine, serialOf, uuidOf, type Kind } from '../load/population.ts'

/** The facts of a server: four disks, three NICs, eight memory modules. */
function factsOf(kind: Kind, number: number): Facts {
  const [uuid, serial] = [uuidOf(kind, number), serialOf(kind, number)]
  const sample = sampleFacts()
  return sampleFacts({
    system: { ...sample.system, uuid, serial, manufacturer: 'Bench Systems', product: 'Model 1' },
    disks: ['sda', 'sdb', 'sdc', 'sdd'].map(name => sampleDisk({ name, serial: `disk-${serial}-${name}`, byId: [`ata-BENCH_${serial}_${name}`, `wwn-0x5000c500${number.toString(16).padStart(8, '0')}`], model: 'BENCH 4000', rotational: false })),
    nics: Array.from({ length: nicsPerMachine }, (_, nic) => ({ ...sample.nics[0]!, name: `eth${nic}`, mac: macOf(kind, number, nic) })),
  })
}

/** Fills the database of a bastion that does not run yet: so many machines, a tenth of them with an install order (at least one), the rest installed. Gives how many there are of each. */
export function fillDatabase(state: string, machines: number): { known: number, armed: number } {
  mkdirSync(state, { recursive: true, mode: 0o700 })
  const database = openDatabase(join(state, 'bastion.sqlite'))
  database.pragma('synchronous = OFF')
  const now = Date.now()
  const store = new MachineStore(database)
  const orders = new OrderStore(database, () => now)
  const armed = Math.max(1, Math.floor(machines / 10))
  database.transaction(() => {
    for (let number = 0; number < machines; number += 1) {
      const [kind, own]: [Kind, number] = number < armed ? ['armed', number] : ['known', number - armed]
      const facts = factsOf(kind, own)
      const id = uuidv7(now)
      store.put({ id, uuid: facts.system.uuid, serial: facts.system.serial, macs: facts.nics.map(({ mac }) => mac), address: null, facts, now })
      if (kind === 'known') {
        store.putState(id, 'installed')
        store.putName(id, `known-${own}`)
      } else orders.put({ machine: id, kind: 'install', name: `armed-${own}`, role: 'worker', os: 'debian-13', wipe: [], accept: [], shown: null })
    }
  }).immediate()
  database.close()
  return { known: machines - armed, armed }
}
