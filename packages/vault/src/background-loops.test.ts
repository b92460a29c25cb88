import { expect, test } from 'vitest'

import { deferred } from '../test/deferred.ts'
import { startBackgroundLoops } from './background-loops.ts'
import { createLogger } from './logging/create-logger.ts'

/** A runtime whose pauses end when the test says so. */
function steppedRuntime() {
  const wakers: (() => void)[] = []
  return {
    wake: () => wakers.splice(0).forEach((waker) => waker()),
    runtime: {
      sleep: (_seconds: number, signal?: AbortSignal) =>
        new Promise<void>((resolve) => {
          if (signal?.aborted) resolve()
          signal?.addEventListener('abort', () => resolve())
          wakers.push(resolve)
        }),
    },
  }
}

function aLogger() {
  const lines: string[] = []
  return { lines, logger: createLogger({ write: (line) => lines.push(line), now: () => 0 }) }
}

test('runs again after a failure, and logs it', async () => {
  const { runtime, wake } = steppedRuntime()
  const { logger, lines } = aLogger()
  let runs = 0
  const secondRun = deferred()
  const run = async () => {
    runs++
    if (runs === 1) throw new Error('CANARY')
    secondRun.resolve()
  }

  const loops = startBackgroundLoops([{ name: 'outbox', everySeconds: 1, run }], {
    runtime,
    logger,
  })
  const waking = setInterval(wake, 1)
  await secondRun.promise
  clearInterval(waking)
  await loops.stop()

  expect(lines.join('')).toContain('outbox')
  expect(lines.join('')).not.toContain('CANARY')
})

test('stopping waits for the run that is under way, and starts no other', async () => {
  const { runtime, wake } = steppedRuntime()
  const started = deferred()
  const release = deferred()
  const events: string[] = []
  const run = async () => {
    events.push('started')
    started.resolve()
    await release.promise
    events.push('finished')
  }

  const loops = startBackgroundLoops([{ name: 'sweep', everySeconds: 1, run }], {
    runtime,
    logger: aLogger().logger,
  })
  wake()
  await started.promise
  const stopped = loops.stop().then(() => events.push('stopped'))
  release.resolve()
  await stopped
  wake()

  expect(events).toEqual(['started', 'finished', 'stopped'])
})
