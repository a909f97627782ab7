import t from 'tap'
import { wakeForOrders } from '../../../bastion/boot/wake-waiting.ts'
import { Events } from '../../../bastion/platform/events.ts'

t.test('a waiting machine is woken by its own orders and by the end of the bastion, and by nothing else', async t => {
  const events = new Events(error => { throw error })
  const woken: string[] = []
  const sleep = (machine: string, name = machine) => wakeForOrders(events, machine, () => { woken.push(name) })
  const stopFirst = sleep('a', 'a first')
  sleep('a', 'a second')
  sleep('b')
  events.publish({ kind: 'child', name: 'dnsmasq', state: 'died', text: '' })
  events.publish({ kind: 'order-changed', machine: 'c', order: '1' })
  t.strictSame(woken, [])
  events.publish({ kind: 'order-changed', machine: 'a', order: '1' })
  t.strictSame(woken.splice(0), ['a first', 'a second'])
  stopFirst()
  stopFirst()
  events.publish({ kind: 'order-changed', machine: 'a', order: '2' })
  t.strictSame(woken.splice(0), ['a second'])
  events.publish({ kind: 'stopping' })
  t.strictSame(woken.splice(0), ['a second', 'b'])
})

t.test('who stops waiting while all are woken is not in the way of the others', async t => {
  const events = new Events(error => { throw error })
  const woken: string[] = []
  const stops = ['a', 'b'].map(name => wakeForOrders(events, 'm', () => { woken.push(name); stops[0]!() }))
  events.publish({ kind: 'order-changed', machine: 'm', order: '1' })
  t.strictSame(woken, ['a', 'b'])
  const again = wakeForOrders(events, 'n', () => { woken.push('n') })
  again()
  wakeForOrders(events, 'n', () => { woken.push('n again') })
  again()
  events.publish({ kind: 'order-changed', machine: 'n', order: '1' })
  t.equal(woken.at(-1), 'n again', 'an end that comes twice ends nobody else')
})
