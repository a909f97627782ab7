/** Text that iPXE shows or takes as one argument as it is: control characters and what iPXE would read as its own (`$` expansion, quotes, backslash, `#` comment, `|` and `&` operators) become `?` or a look-alike, since iPXE's parser knows no escape that works in every version (src/core/exec.c, settings.c: expand_settings). Not for URLs that must arrive unchanged: those are refused earlier unless they are plain. At most 200 characters. */
export function quoteIpxe(value: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return value.replaceAll(/[\u0000-\u001f\u007f]+/g, ' ').replaceAll(/[^\u0020-\u007e]/g, '?').replaceAll(/[$`"'\\#|&{}]/g, '_').slice(0, 200)
}
