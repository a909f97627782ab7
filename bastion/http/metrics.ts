import type { FastifyInstance } from 'fastify'
import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client'
import type { Database } from '../platform/database.ts'
import type { Events } from '../platform/events.ts'

/** `/metrics` in Prometheus’ text format: the process, machines and orders by state, timeline entries by phase, alarms, deaths of children. */
export function metricsRoute(app: FastifyInstance, database: Database, events: Events, logCounts: Readonly<{ taken: number, dropped: number }>): void {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const entries = new Counter({ name: 'labctl_timeline_entries_total', help: 'What was seen of machines, by phase', labelNames: ['phase'], registers: [registry] })
  const alarms = new Counter({ name: 'labctl_alarms_total', help: 'Alarms raised', registers: [registry] })
  const deaths = new Counter({ name: 'labctl_child_deaths_total', help: 'Unexpected deaths of supervised programs', labelNames: ['child'], registers: [registry] })
  registry.registerMetric(new Gauge({ name: 'labctl_log_lines_total', help: 'Lines that came to the log intake, by what became of them', labelNames: ['what'], registers: [], collect() {
    for (const what of ['taken', 'dropped'] as const) this.set({ what }, logCounts[what])
  } }))
  byState('labctl_machines', 'Machines by state', 'machines')
  byState('labctl_orders', 'Orders by state', 'orders')
  events.subscribe(event => {
    if (event.kind === 'timeline') {
      entries.inc({ phase: event.entry.phase })
      if (event.entry.alarm) alarms.inc()
    }
    if (event.kind === 'child' && event.state === 'died') deaths.inc({ child: event.name })
  })
  app.get('/metrics', { config: { permission: 'health:read' }, schema: { summary: 'Prometheus metrics', hide: false } }, async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()))

  function byState(name: string, help: string, table: 'machines' | 'orders'): void {
    const count = database.prepare<[], { state: string, count: number }>(`SELECT state, count(*) AS count FROM ${table} GROUP BY state`)
    registry.registerMetric(new Gauge({ name, help, labelNames: ['state'], registers: [], collect() {
      this.reset()
      for (const row of count.all()) this.set({ state: row.state }, row.count)
    } }))
  }
}
