import type { Connection } from '../domain/connection.ts'
import type { Verdict } from '../domain/diagnosis.ts'

/** Asks the services that exchanges depend on whether they answer. Changes nothing anywhere. */
export interface DeploymentProbe {
  /** Whether a connection's provider can be reached, says what its definition says, and lets the vault's client in. */
  connection(connection: Connection, redirectUri: string): Promise<readonly Verdict[]>
  /** Whether a trusted issuer's keys can be had, and what time it is there; `undefined` for one that is not trusted. */
  issuerKeys(issuer: string): Promise<readonly Verdict[] | undefined>
}
