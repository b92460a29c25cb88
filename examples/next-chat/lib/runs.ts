/** The answers that are being made, by user: of one process, as the chats are of one machine. */
const runs = new Map<string, symbol>()

/** Begins an answer; `undefined` while another one is being made, so that no tool runs twice. */
export function beginRun(user: string): symbol | undefined {
  if (runs.has(user)) return undefined
  const run = Symbol('run')
  runs.set(user, run)
  return run
}

/** Ends an answer; false when nobody waits for it any more. */
export function endRun(user: string, run: symbol): boolean {
  return runs.get(user) === run && runs.delete(user)
}

/** Nobody waits for the answer that is being made. */
export function abandonRun(user: string): void {
  runs.delete(user)
}
