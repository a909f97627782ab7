// Decides which characters of text that machines and servers sent may reach a terminal as they are.

/* Controls (C0, DEL, C1), so every escape sequence; text that hides or reorders other text (Unicode 16, section 5.21: default ignorable, with bidi controls, zero-width and tags); line and paragraph separators; lone surrogates; interlinear annotation. */
const harmful = /[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\p{Cs}\ufff9-\ufffb\u202a-\u202e]/gu

/** Text as one harmless line: each harmful character is written out as `\xHH` or `\u{HHHH}`. */
export function renderHarmless(text: string): string {
  return text.replaceAll(harmful, character => writtenOut(character))
}

/** The same for text of several lines, such as a log: line feeds and tabs stay, a carriage return before a line feed goes. */
export function renderHarmlessLines(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(harmful, character => character === '\n' || character === '\t' ? character : writtenOut(character))
}

/** Whether {@link renderHarmless} would change `text`. */
export function isHarmless(text: string): boolean {
  return text.search(harmful) === -1
}

/** The text of a JSON or YAML document with each harmful character but line feeds as `\uHHHH`, which both read back as the same character inside double quotes. */
export function renderEscaped(document: string): string {
  return document.replaceAll(harmful, character => character === '\n' ? character : Array.from({ length: character.length }, (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''))
}

function writtenOut(character: string): string {
  const code = character.codePointAt(0)!
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}
