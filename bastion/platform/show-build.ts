import type { BuildProgress } from './build-progress.ts'

/** Shows a build's progress: on a terminal one line that is written over, elsewhere a line for each new step and each tenth percent. `columns`: the terminal's width, or null where there is none. `say` ends the bar and writes a line. */
export function showBuild(print: (text: string) => void, columns: number | null): { progress: (title: string, progress: BuildProgress) => void, say: (line: string) => void } {
  let step = ''
  let tenth = -1
  let open = false
  return {
    progress(title, { step: now, percent }) {
      if (columns !== null) {
        const width = Math.max(10, Math.min(40, columns - title.length - 36))
        const full = Math.round(width * percent / 100)
        print(`\r\u001B[K${title} [${'#'.repeat(full)}${'.'.repeat(width - full)}] ${Math.floor(percent).toString().padStart(3)} % ${now}`)
        open = true
      } else if (now !== step || Math.floor(percent / 10) !== tenth) print(`${title} ${Math.floor(percent).toString().padStart(3)} % ${now}\n`)
      step = now
      tenth = Math.floor(percent / 10)
    },
    say(line) {
      print(`${open ? '\r\u001B[K' : ''}${line}\n`)
      open = false
    },
  }
}

/** A size for people: MB of 10^6 bytes with one digit. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
