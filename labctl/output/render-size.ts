const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** Bytes for people, in powers of 1024: `0 B`, `512 B`, `1.5 KiB`, `25 GiB`. */
export function renderSize(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1023.95 && unit < units.length - 1) { value /= 1024; unit += 1 }
  const rounded = unit === 0 || value >= 99.95 ? Math.round(value) : Number(value.toFixed(1))
  return `${rounded} ${units[unit]}`
}
