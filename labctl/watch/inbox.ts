/** What arrived and was not yet taken, and a way to wait for more. */
export class Inbox<T> {
  #items: T[] = []
  #wake: (() => void) | null = null

  put(item: T): void {
    this.#items.push(item)
    this.wake()
  }

  /** Ends a wait without putting anything in. */
  wake(): void {
    this.#wake?.()
  }

  /** All that is there; when nothing is, what arrives until the first arrival, a wake-up or `timeoutMs`. */
  async take(timeoutMs: number): Promise<T[]> {
    if (this.#items.length === 0) {
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>(resolve => {
        this.#wake = resolve
        timer = setTimeout(resolve, timeoutMs)
      })
      clearTimeout(timer)
      this.#wake = null
    }
    return this.#items.splice(0)
  }
}
