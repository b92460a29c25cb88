/** Runs one step of a generator where its context is set. */
export type ContextRunner = <Value>(step: () => Value) => Value

/**
 * Passes on an async generator whose every step runs through `inContext`: an ambient context is lost
 * at the first `yield` otherwise. `next`, `throw` and `return` all reach the inner generator.
 */
export async function* iterateInContext<Item, End, Next>(
  inContext: ContextRunner,
  start: () => AsyncGenerator<Item, End, Next>,
  pass: (item: Item) => Item,
): AsyncGenerator<Item, End, Next> {
  const inner: AsyncIterator<Item, End, Next> = inContext(start)
  let step: () => Promise<IteratorResult<Item, End>> = () => inner.next()
  let isPaused = false // false while a step runs: should it throw, the inner generator has ended
  try {
    for (;;) {
      const result = await inContext(step)
      if (result.done === true) return result.value
      isPaused = true
      try {
        const sent = yield pass(result.value)
        step = () => inner.next(sent)
      } catch (error) {
        step = () => inner.throw?.(error) ?? Promise.reject(error)
      }
      isPaused = false
    }
  } finally {
    // The consumer stopped early: the inner generator's own finally blocks run in the context too.
    if (isPaused) await inContext(async () => await inner.return?.())
  }
}
