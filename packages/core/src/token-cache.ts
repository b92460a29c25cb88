/**
 * What a token belongs to. The subject stands alone because its token is long: it is compared as it
 * is, never joined with anything.
 */
export interface CacheKey {
  readonly subject: string
  /** Everything else, in a form in which no two tuples look alike (JSON). */
  readonly rest: string
}

/** Options of {@link createTokenCache}. */
export interface TokenCacheOptions<Value> {
  readonly now: () => number
  /** Most values kept; the least recently used goes first. 0 keeps none. */
  readonly maxEntries: number
  /** Until when, in epoch seconds, a value may be handed out again; `undefined`: not at all. */
  readonly freshUntil: (value: Value) => number | undefined
}

/** One call that has to load. */
export interface LoadCall<Value> {
  readonly load: (signal: AbortSignal) => Promise<Value>
  readonly signal: AbortSignal | undefined
}

/** Values by key, with one load in flight per key. In memory only. */
export interface TokenCache<Value> {
  /** The value, while it is fresh. */
  peek(key: CacheKey): Value | undefined
  /** The fresh value, or the outcome of the load that is in flight, or of a new one. */
  get(key: CacheKey, call: LoadCall<Value>): Promise<Value>
  /** Like `get`, but a value that `isRefused` is dropped, also when a load in flight brings it. */
  renew(key: CacheKey, isRefused: (value: Value) => boolean, call: LoadCall<Value>): Promise<Value>
  /** Drops every value that matches. */
  forget(matches: (value: Value) => boolean): void
}

interface Slot<Value> {
  readonly key: CacheKey
  value: Value | undefined
  freshUntil: number
  flight: Flight<Value> | undefined
}

interface Flight<Value> {
  readonly promise: Promise<Value>
  readonly controller: AbortController
  readonly isRenewal: boolean
  waiting: number
}

/** Failures are not kept, and one caller's abort ends the load only when nobody else waits for it. */
export function createTokenCache<Value>(options: TokenCacheOptions<Value>): TokenCache<Value> {
  const { now, maxEntries, freshUntil } = options
  const slots = new Map<string, Map<string, Slot<Value>>>()
  const kept = new Set<Slot<Value>>() // in order of use
  let lastUsed: Slot<Value> | undefined // spares the common case a move within `kept`
  let forgotten = 0 // how often forget() was called

  const peek = (key: CacheKey): Value | undefined => {
    const slot = slots.get(key.subject)?.get(key.rest)
    if (slot?.value === undefined) return undefined
    if (slot.freshUntil <= now()) {
      drop(slot)
      return undefined
    }
    if (slot !== lastUsed) markUsed(slot)
    return slot.value
  }

  const markUsed = (slot: Slot<Value>): void => {
    kept.delete(slot)
    kept.add(slot)
    lastUsed = slot
  }

  const unmark = (slot: Slot<Value>): void => {
    kept.delete(slot)
    if (lastUsed === slot) lastUsed = undefined
  }

  const slotOf = (key: CacheKey): Slot<Value> => {
    let ofSubject = slots.get(key.subject)
    if (ofSubject === undefined) {
      ofSubject = new Map()
      slots.set(key.subject, ofSubject)
    }
    let slot = ofSubject.get(key.rest)
    if (slot === undefined) {
      slot = { key, value: undefined, freshUntil: 0, flight: undefined }
      ofSubject.set(key.rest, slot)
    }
    return slot
  }

  const removeIfEmpty = (slot: Slot<Value>): void => {
    if (slot.value !== undefined || slot.flight !== undefined) return
    const ofSubject = slots.get(slot.key.subject)
    if (ofSubject?.get(slot.key.rest) !== slot) return
    ofSubject.delete(slot.key.rest)
    if (ofSubject.size === 0) slots.delete(slot.key.subject)
  }

  const drop = (slot: Slot<Value>): void => {
    slot.value = undefined
    unmark(slot)
    removeIfEmpty(slot)
  }

  const keep = (slot: Slot<Value>, value: Value): void => {
    const until = freshUntil(value)
    if (maxEntries === 0 || until === undefined || until <= now()) {
      drop(slot)
      return
    }
    slot.value = value
    slot.freshUntil = until
    markUsed(slot)
    for (const oldest of kept) {
      // An expired token is not held in memory longer than need be.
      if (kept.size <= maxEntries && oldest.freshUntil > now()) break
      drop(oldest)
    }
  }

  const startFlight = (
    slot: Slot<Value>,
    load: LoadCall<Value>['load'],
    isRenewal: boolean,
  ): Flight<Value> => {
    const controller = new AbortController()
    const startedAfter = forgotten
    const run = async (): Promise<Value> => {
      try {
        const value = await load(controller.signal)
        // A flight that everybody left, or that a forget() overtook, stores nothing.
        if (slot.flight === flight && forgotten === startedAfter) keep(slot, value)
        return value
      } finally {
        if (slot.flight === flight) slot.flight = undefined
        removeIfEmpty(slot)
      }
    }
    const promise = Promise.resolve().then(run)
    const flight: Flight<Value> = { promise, controller, isRenewal, waiting: 0 }
    slot.flight = flight
    return flight
  }

  const join = async (
    slot: Slot<Value>,
    flight: Flight<Value>,
    signal: AbortSignal | undefined,
  ): Promise<Value> => {
    flight.waiting += 1
    if (signal === undefined) return await flight.promise
    return await leaveOnAbort(flight, signal, () => {
      if (slot.flight === flight) slot.flight = undefined
      removeIfEmpty(slot)
    })
  }

  const get: TokenCache<Value>['get'] = async (key, { load, signal }) => {
    signal?.throwIfAborted()
    const value = peek(key)
    if (value !== undefined) return value
    const slot = slotOf(key)
    return await join(slot, slot.flight ?? startFlight(slot, load, false), signal)
  }

  const renew: TokenCache<Value>['renew'] = async (key, isRefused, { load, signal }) => {
    signal?.throwIfAborted()
    const value = peek(key)
    if (value !== undefined && !isRefused(value)) return value
    const slot = slotOf(key)
    slot.value = undefined
    unmark(slot)
    if (slot.flight !== undefined && !slot.flight.isRenewal) {
      // It began before the refusal was known, and may bring the same token again.
      const brought = await join(slot, slot.flight, signal)
      return isRefused(brought) ? await renew(key, isRefused, { load, signal }) : brought
    }
    return await join(slot, slot.flight ?? startFlight(slot, load, true), signal)
  }

  return {
    peek,
    get,
    renew,
    forget: (matches) => {
      forgotten += 1
      for (const slot of kept) {
        if (slot.value !== undefined && matches(slot.value)) drop(slot)
      }
    },
  }
}

function leaveOnAbort<Value>(
  flight: Flight<Value>,
  signal: AbortSignal,
  onEmpty: () => void,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      flight.waiting -= 1
      if (flight.waiting === 0) {
        onEmpty()
        flight.controller.abort(signal.reason)
      }
      reject(signal.reason)
    }
    signal.addEventListener('abort', leave, { once: true })
    const stay = (): void => signal.removeEventListener('abort', leave)
    flight.promise.then(
      (value) => {
        stay()
        resolve(value)
      },
      (error: unknown) => {
        stay()
        reject(error)
      },
    )
  })
}
