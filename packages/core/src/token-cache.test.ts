import { describe, expect, test } from 'vitest'
import { freshUntil } from './connection-token.ts'
import { createTokenCache, type TokenCache } from './token-cache.ts'

interface Value {
  readonly name: string
  readonly until: number | undefined
}

interface Clocked {
  readonly cache: TokenCache<Value>
  now: number
}

function aCache(maxEntries = 10): Clocked {
  const clocked: Clocked = {
    now: 0,
    cache: createTokenCache<Value>({
      now: () => clocked.now,
      maxEntries,
      freshUntil: ({ until }) => until,
    }),
  }
  return clocked
}

const key = (subject: string, rest = 'r'): { subject: string; rest: string } => ({
  subject,
  rest,
})

/** A load whose end the test decides. */
function aLoad(): {
  load: (signal: AbortSignal) => Promise<Value>
  resolve: (value: Value) => void
  reject: (error: Error) => void
  signals: AbortSignal[]
} {
  const signals: AbortSignal[] = []
  let resolve = (_value: Value): void => undefined
  let reject = (_error: Error): void => undefined
  const promise = new Promise<Value>((yes, no) => {
    resolve = yes
    reject = no
  })
  const load = (signal: AbortSignal): Promise<Value> => {
    signals.push(signal)
    return promise
  }
  return { load, resolve: (value) => resolve(value), reject: (error) => reject(error), signals }
}

const at = (name: string, until = 100): (() => Promise<Value>) => {
  return () => Promise.resolve({ name, until })
}
const signal = undefined

describe('the cache', () => {
  test('keeps a value until it is no longer fresh', async () => {
    const clocked = aCache()
    await clocked.cache.get(key('a'), { load: at('first', 10), signal })

    clocked.now = 9
    expect(clocked.cache.peek(key('a'))?.name).toBe('first')
    clocked.now = 10
    expect(clocked.cache.peek(key('a'))).toBeUndefined()
    clocked.now = 9
    expect(clocked.cache.peek(key('a'))).toBeUndefined()
  })

  test('keeps nothing that may not be handed out again', async () => {
    const { cache } = aCache()
    const once = { name: 'once', until: undefined }
    await cache.get(key('a'), { load: () => Promise.resolve(once), signal })

    expect(cache.peek(key('a'))).toBeUndefined()
  })

  test('keeps no failure', async () => {
    const { cache } = aCache()
    const failing = cache.get(key('a'), { load: () => Promise.reject(new Error('no')), signal })

    await expect(failing).rejects.toThrow('no')
    expect((await cache.get(key('a'), { load: at('second'), signal })).name).toBe('second')
  })

  test('is bounded: the least recently used goes first', async () => {
    const { cache } = aCache(2)
    await cache.get(key('a'), { load: at('a'), signal })
    await cache.get(key('b'), { load: at('b'), signal })
    cache.peek(key('a'))
    await cache.get(key('c'), { load: at('c'), signal })

    expect(['a', 'b', 'c'].map((name) => cache.peek(key(name))?.name)).toEqual([
      'a',
      undefined,
      'c',
    ])
  })

  test('of no entries still shares a load', async () => {
    const { cache } = aCache(0)
    const load = aLoad()
    const calls = [1, 2].map(() => cache.get(key('a'), { load: load.load, signal }))
    load.resolve({ name: 'shared', until: 100 })

    expect((await Promise.all(calls)).map(({ name }) => name)).toEqual(['shared', 'shared'])
    expect(load.signals).toHaveLength(1)
    expect(cache.peek(key('a'))).toBeUndefined()
  })

  test('drops what it is told to forget, also what is on its way', async () => {
    const { cache } = aCache()
    await cache.get(key('a'), { load: at('a'), signal })
    await cache.get(key('b'), { load: at('b'), signal })
    const late = aLoad()
    const pending = cache.get(key('c'), { load: late.load, signal })
    await Promise.resolve()

    cache.forget(({ name }) => name === 'a')
    late.resolve({ name: 'c', until: 100 })
    await pending

    expect(['a', 'b', 'c'].map((name) => cache.peek(key(name))?.name)).toEqual([
      undefined,
      'b',
      undefined,
    ])
  })
})

describe('a renewal', () => {
  const isRefused = ({ name }: Value): boolean => name === 'dead'

  test('gives the value in the cache when it is another one', async () => {
    const { cache } = aCache()
    await cache.get(key('a'), { load: at('alive'), signal })
    const unused = aLoad()

    const value = await cache.renew(key('a'), isRefused, { load: unused.load, signal })

    expect([value.name, unused.signals.length]).toEqual(['alive', 0])
  })

  test('waits for a load in flight, and loads itself when that brings the refused value', async () => {
    const { cache } = aCache()
    const early = aLoad()
    const first = cache.get(key('a'), { load: early.load, signal })
    const renewals = [1, 2, 3].map(() =>
      cache.renew(key('a'), isRefused, { load: at('alive'), signal }),
    )
    early.resolve({ name: 'dead', until: 100 })

    expect((await first).name).toBe('dead')
    expect((await Promise.all(renewals)).map(({ name }) => name)).toEqual([
      'alive',
      'alive',
      'alive',
    ])
  })

  test('that brings the refused value is not repeated', async () => {
    const { cache } = aCache()
    let loads = 0
    const load = (): Promise<Value> => {
      loads += 1
      return Promise.resolve({ name: 'dead', until: 100 })
    }

    const values = await Promise.all(
      [1, 2, 3].map(() => cache.renew(key('a'), isRefused, { load, signal })),
    )

    expect([values.map(({ name }) => name), loads]).toEqual([['dead', 'dead', 'dead'], 1])
  })
})

describe('an abort', () => {
  test('of everybody who waits aborts the load, whose late value is not kept', async () => {
    const { cache } = aCache()
    const load = aLoad()
    const controllers = [new AbortController(), new AbortController()]
    const calls = controllers.map((controller) =>
      cache.get(key('a'), { load: load.load, signal: controller.signal }),
    )
    await Promise.resolve()

    controllers[0]?.abort(new Error('one'))
    await expect(calls[0]).rejects.toThrow('one')
    expect(load.signals[0]?.aborted).toBe(false)
    controllers[1]?.abort(new Error('two'))
    await expect(calls[1]).rejects.toThrow('two')
    expect(load.signals[0]?.aborted).toBe(true)
    load.resolve({ name: 'late', until: 100 })
    await Promise.resolve()

    expect((await cache.get(key('a'), { load: at('fresh'), signal })).name).toBe('fresh')
  })

  test('of nobody: one caller without a signal keeps the load going', async () => {
    const { cache } = aCache()
    const load = aLoad()
    const controller = new AbortController()
    const leaving = cache.get(key('a'), { load: load.load, signal: controller.signal })
    const staying = cache.get(key('a'), { load: load.load, signal })
    await Promise.resolve()
    controller.abort(new Error('gone'))
    await expect(leaving).rejects.toThrow('gone')
    load.resolve({ name: 'kept', until: 100 })

    expect((await staying).name).toBe('kept')
    expect(cache.peek(key('a'))?.name).toBe('kept')
  })
})

test.for([
  ['an hour', 3_600, 300],
  ['an hour, kept longer', 3_600, 3_540, 10_000],
  ['five minutes', 300, 270],
  ['a hundred seconds', 100, 90],
  ['nothing', 0, 0],
] satisfies [string, number, number, number?][])(
  'R28: a token that lives %s is fresh for its life less the margin, and cacheSeconds at most',
  ([, life, fresh, cacheSeconds = 300]) => {
    expect(freshUntil(1_000 + life, 1_000, cacheSeconds)).toBe(1_000 + fresh)
  },
)

test('a token of unknown life is never fresh again', () => {
  expect(freshUntil(undefined, 1_000, 300)).toBeUndefined()
})
