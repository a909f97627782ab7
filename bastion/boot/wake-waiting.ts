// Wakes the machine that an event is about, and no other: a rack that waits for orders must not be asked at each entry of a timeline.
import type { Events } from '../platform/events.ts'

type Sleepers = Map<string, Set<() => void>>
const sleepers = new WeakMap<Events, Sleepers>()

/** Calls `wake` when an order of the machine changes, or the bastion stops; gives a function that ends it. */
export function wakeForOrders(events: Events, machine: string, wake: () => void): () => void {
  const all = sleepers.get(events) ?? listen(events)
  const own = all.get(machine) ?? new Set()
  all.set(machine, own.add(wake))
  return () => {
    own.delete(wake)
    if (own.size === 0 && all.get(machine) === own) all.delete(machine)
  }
}

function listen(events: Events): Sleepers {
  const all: Sleepers = new Map()
  sleepers.set(events, all)
  events.subscribe(event => {
    const woken = event.kind === 'stopping' ? [...all.values()] : event.kind === 'order-changed' ? [all.get(event.machine) ?? new Set()] : []
    for (const wake of woken.flatMap(set => [...set])) wake()
  })
  return all
}
