/** Collects an option that may be given several times. */
export const repeated = (value: string, before: readonly string[] = []): string[] => [...before, value]

/** An object with the entries that say something: neither undefined nor an empty list. */
export function given<T extends Record<string, unknown>>(entries: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0))) as { [K in keyof T]?: Exclude<T[K], undefined> }
}
