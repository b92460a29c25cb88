import type { Account } from '../domain/account.ts'
import type { Client } from '../domain/client.ts'
import type { Connection } from '../domain/connection.ts'
import type { AllowedAccount } from '../domain/consent.ts'
import { chooseAccount } from '../domain/decide-exchange.ts'
import { failed, isClean, passed, type Verdict } from '../domain/diagnosis.ts'
import type { AccountStore } from '../ports/account-store.ts'
import type { ClientStore } from '../ports/client-store.ts'
import type { ConnectionStore } from '../ports/connection-store.ts'
import type { ConsentStore } from '../ports/consent-store.ts'
import { diagnoseAccount, type DiagnoseAccountDependencies } from './diagnose-account.ts'
import { diagnoseClient } from './diagnose-client.ts'
import { diagnoseConnection, type DiagnoseConnectionDependencies } from './diagnose-connection.ts'
import { diagnoseHandOut, diagnosePolicy } from './diagnose-hand-out.ts'
import { diagnoseSubject, type DiagnoseSubjectDependencies } from './diagnose-subject.ts'
import { explainAccountRefusal } from './explain-refusal.ts'
import {
  findKnownUser,
  type FindKnownUserDependencies,
  type KnownUser,
  subjectKindOf,
  type WhoIsAsked,
} from './known-user.ts'

export interface DiagnosisRequest {
  readonly clientId: string
  /** Who the exchange would be for: an identity as in subject tokens, or a user's id. */
  readonly who: WhoIsAsked
  readonly connection: string
  readonly scopes?: readonly string[] | undefined
  readonly loginHint?: string | undefined
  readonly grant: 'token_exchange' | 'auth0_token_exchange'
}

export interface Diagnosis {
  /** Whether the exchange would give a token now. */
  readonly works: boolean
  readonly userId?: string | undefined
  readonly accountId?: string | undefined
  readonly checks: readonly Verdict[]
}

export type DiagnoseExchange = (request: DiagnosisRequest) => Promise<Diagnosis>

export interface DiagnoseExchangeDependencies
  extends
    FindKnownUserDependencies,
    DiagnoseSubjectDependencies,
    DiagnoseAccountDependencies,
    DiagnoseConnectionDependencies {
  readonly clients: ClientStore
  readonly connections: ConnectionStore
  readonly accounts: AccountStore
  readonly consents: ConsentStore
}

/** Every check, in the order in which an exchange makes them. */
const EXCHANGE_CHECKS = [
  'client',
  'client_authentication',
  'grant',
  'subject_issuer',
  'issuer_keys',
  'clock',
  'connection',
  'policy',
  'user',
  'account',
  'account_state',
  'scopes',
  'consent',
  'sealed_tokens',
  'token_life',
  'breaker',
  'provider',
] as const
type ExchangeCheck = (typeof EXCHANGE_CHECKS)[number]

/**
 * Goes through every check of an exchange without one: nothing is handed out, refreshed or changed. A check that
 * depends on a failed one is skipped; all others are made, so that several faults are found at once.
 */
export function diagnoseExchange(dependencies: DiagnoseExchangeDependencies): DiagnoseExchange {
  const { tenant, clients, connections, accounts } = dependencies
  return async (request) => {
    const verdicts = new Map<string, Verdict>()
    const add = (...more: readonly (Verdict | undefined)[]): void => {
      for (const one of more) if (one !== undefined) verdicts.set(one.check, one)
    }

    const [client, connection, user] = await Promise.all([
      clients.find({ tenant, clientId: request.clientId }),
      connections.find({ tenant, name: request.connection }),
      findKnownUser(dependencies, request.who),
    ])
    const subjectKind = subjectKindOf(client, user)
    const policy = diagnosePolicy(client, connection, { ...request, subjectKind })
    add(...diagnoseClient(client, request))
    add(...(await diagnoseSubject(dependencies, client, user)))
    add(policy.verdict, checkUser(user))

    const owned =
      user.userId === undefined || connection === undefined
        ? undefined
        : await accounts.findOnConnection({
            tenant,
            userId: user.userId,
            connection: connection.name,
          })
    const allowed = await allowedTo(dependencies, client, user, connection)
    const chosen = owned && chooseWithConsent(owned, request, allowed)
    if (chosen?.ok === false) add(explainAccountRefusal('account', chosen.refusal))
    const account = chosen?.ok === true ? chosen.value : undefined
    if (account !== undefined && connection !== undefined) {
      const { behaviour } = connection
      add(...(await diagnoseAccount(dependencies, { account, behaviour })))
    }
    if (client !== undefined && account !== undefined && policy.permitted !== undefined) {
      const { scopes } = request
      add(...diagnoseHandOut({ client, permitted: policy.permitted, account, scopes, allowed }))
    }
    add(...(await diagnoseConnection(dependencies, connection)))

    const checks = EXCHANGE_CHECKS.flatMap((check) => verdicts.get(check) ?? skipped(check))
    return { works: isClean(checks), userId: user.userId, accountId: account?.id, checks }
  }
}

/** Nobody has to say what time it is. */
function skipped(check: ExchangeCheck): readonly Verdict[] {
  return check === 'clock' ? [] : [skippedCheck(check)]
}

function skippedCheck(check: ExchangeCheck): Verdict {
  return { check, outcome: 'skipped', detail: 'Something before it has to be mended first.' }
}

function checkUser({ userId }: KnownUser): Verdict {
  return userId === undefined
    ? failed(
        'user',
        'Nobody with this identity has connected or logged in yet.',
        'Let the user connect. Compare issuer and subject with the token, character by character.',
      )
    : passed('user', `It is ${userId}.`)
}

/** What the user allowed the client; `undefined` where no consent is needed. */
async function allowedTo(
  { tenant, consents }: DiagnoseExchangeDependencies,
  client: Client | undefined,
  { userId }: KnownUser,
  connection: Connection | undefined,
): Promise<readonly AllowedAccount[] | undefined> {
  if (client?.consent !== 'ask' || userId === undefined || connection === undefined) {
    return undefined
  }
  return await consents.find({
    tenant,
    userId,
    clientId: client.id,
    connection: connection.name,
  })
}

/** Where only consent is missing, the account that it is missing for. */
function chooseWithConsent(
  accounts: readonly Account[],
  { loginHint }: DiagnosisRequest,
  allowed: readonly AllowedAccount[] | undefined,
): ReturnType<typeof chooseAccount> {
  const chosen = chooseAccount({ accounts, loginHint, allowed })
  return !chosen.ok && chosen.refusal.reason === 'consent_required'
    ? chooseAccount({ accounts, loginHint })
    : chosen
}
