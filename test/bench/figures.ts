/** What a run of the bench measured, one row per figure. Asserts nothing. */
export class Figures {
  readonly #rows: { what: string, measured: string, aim: string }[] = []

  /** Notes a figure, beside what is aimed at (empty where nothing is), and says it at once: a run takes minutes. */
  note(what: string, measured: string, aim = ''): void {
    this.#rows.push({ what, measured, aim })
    console.log(`${what}: ${measured}${aim === '' ? '' : ` (aim ${aim})`}`)
  }

  /** All of them as a Markdown table, as docs/figures.md has it. */
  table(): string {
    return ['| figure | measured | aim |', '|---|---|---|', ...this.#rows.map(row => `| ${row.what} | ${row.measured} | ${row.aim} |`)].join('\n')
  }
}

export const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
/** Null where nothing was answered. */
export const milliseconds = (ms: number | null): string => ms === null || Number.isNaN(ms) ? 'no answer' : `${ms < 10 ? ms.toFixed(2) : ms.toFixed(1)} ms`
export const times = (ratio: number): string => `${ratio.toFixed(2)}×`
