import type { Test } from 'tap'
import { join } from 'node:path'
import { TicketStore } from '../../bastion/boot/ticket-store.ts'
import { OrderStore } from '../../bastion/install/order-store.ts'
import { MachineStore } from '../../bastion/machines/machine-store.ts'
import { Timeline } from '../../bastion/machines/timeline.ts'
import { RecordStore } from '../../bastion/volumes/record-store.ts'
import { openDatabase } from '../../bastion/platform/database.ts'
import { Events } from '../../bastion/platform/events.ts'
import { sampleFacts } from './sample-facts.ts'

/** The stores over a real database in the test's folder, one discovered machine `m1`, and a clock that the test moves. */
export function sampleStores(t: Test) {
  const path = join(t.testdir(), 'bastion.sqlite')
  const database = openDatabase(path)
  t.teardown(() => { database.close() })
  const time = { now: Date.UTC(2026, 0, 1) }
  const clock = () => time.now
  const events = new Events(error => { throw error })
  const stores = { path, database, time, clock, events, machines: new MachineStore(database), orders: new OrderStore(database, clock), records: new RecordStore(database, clock), tickets: new TicketStore(database, clock), timeline: new Timeline(database, clock, events) }
  const facts = sampleFacts()
  stores.machines.put({ id: 'm1', uuid: facts.system.uuid, serial: facts.system.serial, macs: ['52:54:00:00:00:01'], address: '10.77.0.100', facts, now: time.now })
  return stores
}
