// Reads what apt and mmdebstrap print while they work, for the progress display.

/** A package and the version that would be installed. */
export interface PlannedPackage { name: string, version: string }

/** The packages that `apt-get --simulate install` would install, by name; from its lines `Inst NAME (VERSION ...)`. */
export function parseAptPlan(output: string): PlannedPackage[] {
  const packages = output.split('\n').flatMap(line => {
    const match = /^Inst (\S+) (?:\[\S+\] )?\((\S+) /.exec(line)
    return match === null ? [] : [{ name: match[1]!, version: match[2]! }]
  })
  return packages.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** Percent of a download, from apt's status line `dlstatus:N:PERCENT:text` (apt's README.progress-reporting); null for any other line. */
export function parseDownloadPercent(line: string): number | null {
  const match = /^dlstatus:\d+:([\d.]+):/.exec(line)
  return match === null ? null : Math.min(100, Number(match[1]))
}

/** Counts packages unpacked and set up in dpkg's output; each call takes a line and gives how far `total` packages are, 0 to 100. */
export function countPackages(total: number): (line: string) => number {
  let done = 0
  return line => {
    if (/^(Unpacking|Setting up) \S+ \(/.test(line)) done += 1
    return Math.min(100, total === 0 ? 100 : done * 50 / total)
  }
}
