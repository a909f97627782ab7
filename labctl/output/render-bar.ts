/** A progress bar of `width` characters and the percentage: `[########--------]  50%`; without a percentage, dots. */
export function renderBar(percent: number | null, width: number): string {
  if (percent === null) return `[${'.'.repeat(width)}]    `
  const within = Math.min(100, Math.max(0, percent))
  const full = Math.round(width * within / 100)
  return `[${'#'.repeat(full)}${'-'.repeat(width - full)}] ${String(Math.round(within)).padStart(3)}%`
}
