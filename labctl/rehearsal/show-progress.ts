// The live display of a rehearsal: a line per step that is done, and below them where each machine is now.
import { renderBar } from '../output/render-bar.ts'
import { renderTable } from '../output/render-table.ts'
import { renderClock, renderDuration } from '../output/render-time.ts'
import type { Terminal } from '../output/terminal.ts'
import type { Progress } from './follow-machine.ts'
import { judgeDurations, type Step } from './judge-steps.ts'

/** Shows machines as they go. `stop` takes the status line away. */
export function showProgress(terminal: Terminal, names: readonly string[]) {
  const startedAt = Date.now()
  const latest = new Map<string, Progress>()
  const shown = new Set<string>()
  const draw = () => {
    terminal.status([...latest].map(([name, { doing, percent }]) => `${name}: ${doing}${percent === null ? '' : ` ${renderBar(percent, 16)}`}`).join('  ') + `  ${renderDuration(Date.now() - startedAt)}`)
  }
  const timer = terminal.live ? setInterval(draw, 200) : undefined
  const width = Math.max(...names.map(name => name.length))
  return {
    tell(name: string, poweredAt: number, progress: Progress): void {
      latest.set(name, progress)
      for (const { name: step, at, tookMs } of judgeDurations(progress.steps, poweredAt)) {
        if (tookMs === null || at === null || shown.has(`${name} ${step}`)) continue
        shown.add(`${name} ${step}`)
        terminal.line([{ text: `${renderClock(at)}  `, tone: 'faint' }, `${name.padEnd(width)}  `, { text: step.padEnd(18), tone: 'good' }, `  ${renderDuration(tookMs)}`])
      }
      const { verdict } = progress
      if (verdict === null || shown.has(`${name} ${verdict.code} ${verdict.since}`)) return
      shown.add(`${name} ${verdict.code} ${verdict.since}`)
      terminal.line([{ text: `${renderClock(Date.now())}  `, tone: 'faint' }, `${name.padEnd(width)}  `, { text: verdict.code.padEnd(18), tone: 'warning' }, `  ${verdict.because} ${verdict.nextStep}`])
    },
    stop(): void {
      clearInterval(timer)
      terminal.status(null)
    },
  }
}

/** The table at the end: how long each step took, a column per machine, and in all. */
export function renderDurations(machines: readonly { name: string, startedAt: number, steps: readonly Step[] }[], color: boolean): string {
  const columns = machines.map(machine => ({ name: machine.name, startedAt: machine.startedAt, rows: judgeDurations(machine.steps, machine.startedAt) }))
  const names = columns[0]?.rows.map(row => row.name) ?? []
  const duration = (ms: number | null | undefined) => ms === null || ms === undefined ? '-' : renderDuration(ms)
  const total = columns.map(({ startedAt, rows }) => duration(Math.max(...rows.map(row => row.at ?? startedAt)) - startedAt))
  return renderTable(['step', ...columns.map(column => column.name)], [
    ...names.map((name, at) => [name, ...columns.map(column => duration(column.rows[at]?.tookMs))]),
    [{ text: 'in all', tone: 'strong' as const }, ...total],
  ], color)
}
