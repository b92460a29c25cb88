/** Knows whether anything is under way. */
export interface InFlight {
  track<Value>(work: () => Promise<Value>): Promise<Value>
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
}

export function createInFlight(): InFlight {
  let count = 0
  let waiting: (() => void)[] = []
  return {
    track: async (work) => {
      count++
      try {
        return await work()
      } finally {
        count--
        if (count === 0) {
          for (const resolve of waiting) resolve()
          waiting = []
        }
      }
    },
    idle: async () => {
      if (count > 0) await new Promise<void>((resolve) => waiting.push(resolve))
    },
  }
}
