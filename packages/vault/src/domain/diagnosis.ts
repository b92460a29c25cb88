/** The outcome of one check, with what to do. Texts hold names from the configuration, never a secret. */
export interface Verdict {
  /** Which check, a code of ours. */
  readonly check: string
  /** `skipped`: an earlier failure left nothing to check. */
  readonly outcome: 'passed' | 'warning' | 'failed' | 'skipped'
  /** What was found. */
  readonly detail: string
  /** What to do about it. */
  readonly mend?: string | undefined
}

export function passed(check: string, detail: string): Verdict {
  return { check, outcome: 'passed', detail }
}

export function warning(check: string, detail: string, mend: string): Verdict {
  return { check, outcome: 'warning', detail, mend }
}

export function failed(check: string, detail: string, mend: string): Verdict {
  return { check, outcome: 'failed', detail, mend }
}

/** Whether nothing stands in the way. */
export function isClean(verdicts: readonly Verdict[]): boolean {
  return verdicts.every(({ outcome }) => outcome === 'passed' || outcome === 'warning')
}
