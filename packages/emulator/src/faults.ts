import { parseFaultPlan, type Fault, type FaultPlan, type FaultPoint } from './fault.ts'

/** A fault that waits for its requests. */
export interface PlannedFault extends FaultPlan {
  readonly id: number
  readonly provider: string
  /** How many requests it will still strike. */
  readonly remaining: number | 'always'
}

/** The faults of all providers. */
export interface EmulatorFaults {
  /**
   * Plans a fault; plans of one provider strike in the order in which they were made.
   *
   * @throws {TypeError} when the plan or the provider is not known
   */
  readonly add: (provider: string, plan: FaultPlan) => PlannedFault
  /** Faults that will still strike. */
  readonly list: (provider?: string) => readonly PlannedFault[]
  /** Takes back a plan by its id, or all of a provider, or all; and lets held requests go on. */
  readonly clear: (which?: { readonly id?: number; readonly provider?: string }) => void
  /** Lets requests held by `hold` go on; returns how many. */
  readonly release: (provider?: string) => number
}

/** What strikes one request. */
export interface StrikingFault {
  readonly fault: Fault
  /** Resolves when the fault `hold` is released. */
  readonly held: () => Promise<void>
}

/** {@link EmulatorFaults} with the side that the server uses. */
export interface FaultStore extends EmulatorFaults {
  /** The next fault for a request that passes these points, taken. */
  readonly take: (provider: string, points: readonly FaultPoint[]) => StrikingFault | undefined
}

/** No faults. */
export function createFaults(isProvider: (id: string) => boolean): FaultStore {
  let plans: PlannedFault[] = []
  let lastId = 0
  const holding = new Set<{ readonly provider: string; readonly release: () => void }>()

  const release = (provider?: string): number => {
    const released = [...holding].filter(
      (one) => provider === undefined || one.provider === provider,
    )
    for (const one of released) {
      holding.delete(one)
      one.release()
    }
    return released.length
  }

  return {
    add: (provider, plan) => {
      if (!isProvider(provider)) {
        throw new TypeError(`The emulator has no provider ${JSON.stringify(provider)}`)
      }
      const { at, fault, times = 1 } = parseFaultPlan(plan)
      lastId += 1
      const planned: PlannedFault = { id: lastId, provider, at, fault, times, remaining: times }
      plans.push(planned)
      return planned
    },
    list: (provider) =>
      plans.filter((plan) => provider === undefined || plan.provider === provider),
    clear: ({ id, provider } = {}) => {
      plans = plans.filter(
        (plan) =>
          (id !== undefined && plan.id !== id) ||
          (provider !== undefined && plan.provider !== provider),
      )
      release(provider)
    },
    release,
    take: (provider, points) => {
      const plan = plans.find((one) => one.provider === provider && points.includes(one.at))
      if (plan === undefined) return undefined
      plans = plans.flatMap((one) => (one === plan ? afterStrike(one) : [one]))
      return {
        fault: plan.fault,
        held: () =>
          new Promise((resolve) => {
            holding.add({ provider, release: resolve })
          }),
      }
    },
  }
}

function afterStrike(plan: PlannedFault): PlannedFault[] {
  if (plan.remaining === 'always') return [plan]
  return plan.remaining > 1 ? [{ ...plan, remaining: plan.remaining - 1 }] : []
}
