import { renderHarmless } from './render-harmless.ts'
import { renderSpans, type Span } from './render-spans.ts'

/** What a stream must offer; `process.stdout` does. */
export interface Stream { write: (text: string) => unknown, isTTY?: boolean | undefined, columns?: number | undefined }

/** Where commands write. Only `print` takes text as it is, for what a renderer has made harmless already. */
export interface Terminal {
  readonly color: boolean
  /** Somebody watches: a status line can be redrawn in place, and questions can be asked. */
  readonly live: boolean
  /** A line of the answer, on standard output. */
  line: (spans?: Span | readonly Span[]) => void
  /** A remark that is no part of the answer, on standard error. */
  note: (spans: Span | readonly Span[]) => void
  /** Finished text on standard output; a line feed is added. */
  print: (rendered: string) => void
  /** The one line that stays below what is printed on a live terminal; null takes it away. Elsewhere nothing is shown. */
  status: (text: string | null) => void
}

/** The terminal over two streams. Colours only on a terminal, without NO_COLOR (no-color.org) and with a TERM that is not dumb. */
export function openTerminal(out: Stream, err: Stream, env: Record<string, string | undefined>): Terminal {
  const dumb = env['TERM'] === 'dumb'
  const live = out.isTTY === true && !dumb
  const color = live && (env['NO_COLOR'] ?? '') === ''
  let status: string | null = null
  const erase = () => { if (status !== null) out.write('\r\u001b[2K') }
  const draw = () => { if (status !== null) out.write(status) }
  const put = (stream: Stream, text: string) => { erase(); stream.write(`${text}\n`); draw() }
  return {
    color, live,
    line: (spans = '') => { put(out, renderSpans(spans, color)) },
    note: spans => { put(err, renderSpans(spans, color && err.isTTY === true)) },
    print: rendered => { put(out, rendered) },
    status: text => {
      if (!live) return
      erase()
      status = text === null ? null : [...renderHarmless(text)].slice(0, (out.columns ?? 80) - 1).join('')
      draw()
    },
  }
}
