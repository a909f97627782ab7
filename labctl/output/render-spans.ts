import { styleText } from 'node:util'
import { renderHarmless } from './render-harmless.ts'

/** What a piece of text means; a terminal with colours shows it. */
export type Tone = 'plain' | 'good' | 'bad' | 'warning' | 'new' | 'faint' | 'strong'

/** A piece of a line. Its text may come from anywhere: it is made harmless when rendered. */
export type Span = string | { text: string, tone: Tone }

const styles = { good: 'green', bad: 'red', warning: 'yellow', new: 'cyan', faint: 'dim', strong: 'bold' } as const

/** One line for a terminal: harmless text, with colours if wanted. */
export function renderSpans(spans: Span | readonly Span[], color: boolean): string {
  return (Array.isArray(spans) ? spans as readonly Span[] : [spans as Span]).map(span => {
    const { text, tone } = typeof span === 'string' ? { text: span, tone: 'plain' as const } : span
    const harmless = renderHarmless(text)
    return color && tone !== 'plain' ? styleText(styles[tone], harmless, { validateStream: false }) : harmless
  }).join('')
}
