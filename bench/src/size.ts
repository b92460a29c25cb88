/** How much is measured. */
export interface Size {
  readonly rounds: number
  /** Of one load of exchanges. */
  readonly exchanges: number
  /** Of one load of logins; each answer has an ID token to sign (RS256), which costs more than an exchange. */
  readonly logins: number
  /** Of the load that is profiled. */
  readonly profiled: number
}

export const FULL_SIZE: Size = { rounds: 7, exchanges: 4_000, logins: 1_000, profiled: 20_000 }

/** Shows that everything runs; its figures mean nothing. */
export const QUICK_SIZE: Size = { rounds: 1, exchanges: 200, logins: 200, profiled: 2_000 }
