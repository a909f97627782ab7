/** How long something took, for people: `0.4 s`, `12.3 s`, `2 min 5 s`, `3 h 2 min`. */
export function renderDuration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor(whole % 3600 / 60)} min`
}

/** How long ago `at` was: `just now`, `12 s ago`, `5 min ago`, `3 h ago`, `4 d ago`. Times ahead of `now` (another clock) are `just now`. Milliseconds since 1970. */
export function renderAge(at: number, now: number): string {
  const seconds = Math.floor((now - at) / 1000)
  if (seconds < 2) return 'just now'
  if (seconds < 60) return `${seconds} s ago`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`
  return `${Math.floor(seconds / 86_400)} d ago`
}

/** The same for a machine that may never have been seen, which 0 stands for: `never`. */
export function renderSeen(at: number, now: number): string {
  return at === 0 ? 'never' : renderAge(at, now)
}

/** Time of day where labctl runs, `HH:MM:SS`, for milliseconds since 1970. */
export function renderClock(at: number): string {
  return new Date(at).toTimeString().slice(0, 8)
}
