/** When a process started, in clock ticks since the host's boot, from the text of its `/proc/PID/stat` (proc_pid_stat(5), field 22); null when it can't be told. With it a process id can't be mistaken for a later one's. */
export function parseStartTicks(stat: string): number | null {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[19])
  return stat.includes(')') && Number.isSafeInteger(ticks) && fields[0] !== 'Z' && fields[0] !== 'X' ? ticks : null
}
