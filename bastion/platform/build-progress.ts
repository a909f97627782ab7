/** What a build is doing. `percent`: 0 to 100 of the whole build, never falling. */
export interface BuildProgress { step: string, percent: number }

/** What every build of the bastion takes. `signal` interrupts it; what was downloaded stays for the next run. `onNote`: a sentence that the operator should see, such as a part left out. */
export interface BuildCalls {
  onProgress: (progress: BuildProgress) => void
  onNote: (note: string) => void
  signal?: AbortSignal | undefined
}

/** Gives functions that turn percents of one step into percents of the whole build: `span('download', 5, 30)(50)` tells 17.5. */
export function spanProgress(onProgress: BuildCalls['onProgress']): (step: string, from: number, to: number) => (percent: number) => void {
  let told = -1
  let last = ''
  return (step, from, to) => percent => {
    const whole = Math.max(told, from + (to - from) * percent / 100)
    if (step === last && whole - told < 0.5) return
    last = step
    told = whole
    onProgress({ step, percent: Math.round(whole * 10) / 10 })
  }
}
