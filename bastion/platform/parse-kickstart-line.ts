// Takes one line of a kickstart apart as pykickstart does (Python's shlex: words and quotes), without what no command here needs: backslashes and comments.

/** A command with its words. */
export interface KickstartLine { command: string, words: string[] }

const word = '(?:[^ "\'\\\\#]|"[^"\\\\]*"|\'[^\'\\\\]*\')+'
const [whole, each] = [new RegExp(`^ *(?:${word}(?: +|$))+$`), new RegExp(word, 'g')]

/** The line, or what is wrong with it. */
export function parseKickstartLine(text: string): KickstartLine | { mistake: string } {
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)) return { mistake: 'it holds a line break or another control character' }
  if (text.trim() === '') return { mistake: 'it is empty' }
  if (!whole.test(text)) return { mistake: 'it holds a backslash, a comment, or a quote that does not end' }
  const [command, ...words] = [...text.matchAll(each)].map(found => found[0].replaceAll(/["']/g, ''))
  return { command: command!, words }
}
