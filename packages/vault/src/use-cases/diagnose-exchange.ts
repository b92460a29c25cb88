import type { Account } from '../domain/account.ts'
import { type Client, connectionPolicyOf, mayUseGrant } from '../domain/client.ts'
import type { Connection } from '../domain/connection.ts'
import type { AllowedAccount } from '../domain/consent.ts'
import {
  chooseAccount,
  decideHandOut,
  decidePolicy,
  type PermittedConnection,
} from '../domain/decide-exchange.ts'
import { decideRefresh } from '../domain/decide-refresh.ts'
import { failed, isClean, passed, type Verdict, warning } from '../domain/diagnosis.ts'
import type { Identity } from '../domain/identity.ts'
import type { Subject } from '../domain/subject.ts'
import { callbackUri } from '../domain/vault-urls.ts'
import type { AccountStore } from '../ports/account-store.ts'
import type { ClientStore } from '../ports/client-store.ts'
import type { ConnectionStore } from '../ports/connection-store.ts'
import type { ConsentStore } from '../ports/consent-store.ts'
import type { DeploymentProbe } from '../ports/deployment-probe.ts'
import type { ProviderClient } from '../ports/provider-client.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { Sealer } from '../ports/sealer.ts'
import type { UserDirectory } from '../ports/user-directory.ts'
import type { UserStore } from '../ports/user-store.ts'
import { explainAccountRefusal, explainPolicyRefusal } from './explain-refusal.ts'
import { isUnreadable } from '../domain/is-unreadable.ts'
import { accountSealContext } from './seal-contexts.ts'

export interface DiagnosisRequest {
  readonly clientId: string
  /** Who the exchange would be for: an identity as in subject tokens, or a user's id. */
  readonly who: Identity | { readonly userId: string }
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

export interface DiagnoseExchangeDependencies {
  readonly tenant: string
  readonly issuer: string
  readonly clients: ClientStore
  readonly connections: ConnectionStore
  readonly users: UserStore
  readonly userDirectory: UserDirectory
  readonly accounts: AccountStore
  readonly consents: ConsentStore
  readonly sealer: Sealer
  readonly providerClient: Pick<ProviderClient, 'waitSeconds'>
  readonly probe: DeploymentProbe
  readonly runtime: Pick<Runtime, 'now'>
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
      findUser(dependencies, request.who),
    ])
    add(...checkClient(client, request), ...(await checkSubject(dependencies, client, user)))

    const subjectKind = subjectKindOf(client, user)
    const policy = decidePolicyOf(client, connection, { ...request, subjectKind })
    add(checkConnection(connection), policy.verdict)
    add(checkUser(user))

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
    if (account !== undefined) {
      add(passed('account', `${account.id} is the one.`), checkState(account))
      add(await checkSealed(dependencies, account))
    }
    if (client !== undefined && account !== undefined && policy.permitted !== undefined) {
      const { scopes } = request
      const question = { client, permitted: policy.permitted, account, scopes, allowed }
      add(checkHandOut(question), checkConsent(question))
    }
    if (connection !== undefined) {
      if (account !== undefined) add(checkLife(account, connection, dependencies.runtime.now()))
      add(checkBreaker(connection, dependencies.providerClient.waitSeconds(connection)))
      add(await checkProvider(dependencies, connection))
    }

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

function checkClient(client: Client | undefined, { grant }: DiagnosisRequest): readonly Verdict[] {
  if (client === undefined) {
    return [
      failed(
        'client',
        'There is no client with this id.',
        'Register it (`valetkey clients add`), or give the id that it has.',
      ),
    ]
  }
  return [
    passed('client', `It is ${JSON.stringify(client.name)}.`),
    checkAuthentication(client),
    mayUseGrant(client, grant)
      ? passed('grant', `It may use ${grant}.`)
      : failed(
          'grant',
          `Its grants do not hold ${grant}.`,
          `Add ${grant} to the client's grants, or leave them out for the default.`,
        ),
  ]
}

function checkAuthentication(client: Client): Verdict {
  const { authentication } = client
  const check = 'client_authentication'
  if (authentication.method === 'none') {
    return failed(
      check,
      'It is a public client, and those get no provider tokens.',
      'Let a backend with a secret or keys make the exchange.',
    )
  }
  if (authentication.method === 'client_secret' && authentication.secretHashes.length === 0) {
    return failed(
      check,
      'None of its secrets is live any more.',
      'Make a new one: `valetkey clients rotate-secret`.',
    )
  }
  return passed(check, `It proves itself by ${authentication.method}.`)
}

interface KnownUser {
  readonly userId: string | undefined
  /** As in subject tokens. */
  readonly identities: readonly Identity[]
  /** Whether an identity was asked for, or any that the user has will do. */
  readonly askedBy: 'identity' | 'user_id'
}

async function findUser(
  { tenant, users, userDirectory }: DiagnoseExchangeDependencies,
  who: DiagnosisRequest['who'],
): Promise<KnownUser> {
  if (!('userId' in who)) {
    const userId = await users.findByIdentity({ tenant, identity: who })
    return { userId, identities: [who], askedBy: 'identity' }
  }
  const user = await userDirectory.find({ tenant, userId: who.userId })
  const askedBy = 'user_id'
  if (user === undefined) return { userId: undefined, identities: [], askedBy }
  return {
    askedBy,
    userId: user.id,
    identities: await userDirectory.identities({ tenant, userId: user.id }),
  }
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

/** Whose tokens may say that it is this user; one way in is enough. */
async function checkSubject(
  { issuer: vaultIssuer, probe }: DiagnoseExchangeDependencies,
  client: Client | undefined,
  user: KnownUser,
): Promise<readonly Verdict[]> {
  if (client === undefined) return []
  const issuers = issuersOf(user)
  const isOwn = issuers.includes(vaultIssuer)
  if (isOwn || (user.askedBy === 'user_id' && client.grants.includes('authorization_code'))) {
    return [
      passed('subject_issuer', "The vault's own tokens name the user."),
      passed('issuer_keys', "They are the vault's own."),
    ]
  }
  if (subjectKindOf(client, user) === 'client_signed') {
    return [
      passed('subject_issuer', 'The client names the user itself, by a JWT that it signs.'),
      passed('issuer_keys', "They are the client's own."),
    ]
  }
  const listed = issuers.filter((issuer) => client.subjects.some((one) => one.issuer === issuer))
  const [issuer] = listed.length > 0 ? listed : issuers
  if (issuer === undefined) return []
  const keys = await probe.issuerKeys(issuer)
  if (keys === undefined) {
    return [
      failed(
        'subject_issuer',
        'The issuer is not one that the vault trusts.',
        'Add it to trustedIssuers, written exactly as in `iss` of its tokens.',
      ),
    ]
  }
  return [
    listed.length > 0
      ? passed('subject_issuer', 'It is trusted, and the client lists it.')
      : failed(
          'subject_issuer',
          'It is trusted, but the client does not list it.',
          "Add it to the client's subjects.",
        ),
    ...keys,
  ]
}

function issuersOf({ identities }: KnownUser): readonly string[] {
  return [...new Set(identities.map(({ issuer }) => issuer))]
}

/** By which kind of token the user would be named (R2). */
function subjectKindOf(client: Client | undefined, user: KnownUser): Subject['kind'] {
  const isSigned = issuersOf(user).some((issuer) => issuer === client?.signedSubjects?.issuer)
  return isSigned ? 'client_signed' : 'trusted_issuer'
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

function checkConnection(connection: Connection | undefined): Verdict {
  return connection === undefined
    ? failed(
        'connection',
        'There is no connection with this name.',
        'Register it (`valetkey connections add`), or give the name that it has.',
      )
    : passed('connection', `It leads to ${connection.providerId}.`)
}

function decidePolicyOf(
  client: Client | undefined,
  connection: Connection | undefined,
  { scopes, subjectKind }: DiagnosisRequest & { readonly subjectKind: Subject['kind'] },
): { readonly verdict?: Verdict; readonly permitted?: PermittedConnection } {
  if (client === undefined || connection === undefined) return {}
  const decided = decidePolicy({ client, connection, scopes, subjectKind })
  if (!decided.ok) return { verdict: explainPolicyRefusal('policy', decided.refusal) }
  const allowed = connectionPolicyOf(client, connection.name)?.scopes ?? []
  return {
    verdict: passed('policy', `The client may have ${list(allowed)}.`),
    permitted: decided.value,
  }
}

function checkState(account: Account): Verdict {
  const check = 'account_state'
  switch (account.state) {
    case 'active':
      return passed(check, 'It is active.')
    case 'uncertain':
      return warning(
        check,
        'A refresh ended without an answer, so that its refresh token may be spent.',
        'Nothing yet: the next refresh shows it. If it fails, the user connects again.',
      )
    case 'reauth_required':
    case 'revoked':
      return explainAccountRefusal(check, {
        reason: 'reconnect_required',
        why: account.reconnectReason ?? 'revoked',
      })
  }
}

/** Opened and thrown away. */
async function checkSealed(
  { sealer }: DiagnoseExchangeDependencies,
  account: Account,
): Promise<Verdict> {
  const check = 'sealed_tokens'
  const { accessToken, refreshToken, generation } = account
  try {
    await sealer.open(accessToken, accountSealContext(account, 'access_token', generation))
    if (refreshToken !== undefined) {
      await sealer.open(refreshToken, accountSealContext(account, 'refresh_token', generation))
    }
    return passed(check, 'They open.')
  } catch (error) {
    return isUnreadable(error)
      ? failed(
          check,
          'They do not open: altered, moved, or their key is gone.',
          'Restore the row, or the key file. Otherwise the user disconnects and connects again.',
        )
      : failed(check, 'The key service does not answer.', 'Look at the log and at the key service.')
  }
}

interface HandOutQuestion {
  readonly client: Client
  readonly permitted: PermittedConnection
  readonly account: Account
  readonly scopes: readonly string[] | undefined
  readonly allowed: readonly AllowedAccount[] | undefined
}

/** Whether the token can do what is asked; consent is a check of its own. */
function checkHandOut(question: HandOutQuestion): Verdict | undefined {
  const client: Client = { ...question.client, consent: 'implied' }
  const decided = decideHandOut({ ...question, client })
  if (decided.ok) return passed('scopes', `It can do ${list(decided.value.scopes)}.`)
  // The state has said so.
  return decided.refusal.reason === 'reconnect_required'
    ? undefined
    : explainAccountRefusal('scopes', decided.refusal)
}

function checkConsent(question: HandOutQuestion): Verdict {
  if (question.client.consent === 'implied') {
    return passed('consent', 'This client need not ask.')
  }
  const decided = decideHandOut(question)
  return !decided.ok && decided.refusal.reason === 'consent_required'
    ? explainAccountRefusal('consent', decided.refusal)
    : passed('consent', 'The user has allowed it.')
}

function checkLife(account: Account, connection: Connection, now: number): Verdict {
  const check = 'token_life'
  const decision = decideRefresh({ account, behaviour: connection.behaviour, now, jitter: 0 })
  const { lastErrorCode } = account.refresh
  const last = lastErrorCode === undefined ? '' : ` The last refresh failed: ${lastErrorCode}.`
  switch (decision.act) {
    case 'serve':
      return passed(check, 'The stored access token is good.')
    case 'serve_and_refresh':
      return passed(check, `The stored access token is good and soon renewed.${last}`)
    case 'refresh':
      return passed(check, `The access token is renewed by the next exchange.${last}`)
    case 'wait':
      return failed(
        check,
        `It can be renewed in ${Math.ceil(decision.retryAfterSeconds)} s at the earliest.${last}`,
        'Wait. If it stays so, look at the check of the provider, and at its status page.',
      )
    case 'reconnect':
      return explainAccountRefusal(check, { reason: 'reconnect_required', why: decision.why })
  }
}

function checkBreaker(connection: Connection, waitSeconds: number): Verdict {
  return waitSeconds === 0
    ? passed('breaker', 'Refreshes are let through.')
    : failed(
        'breaker',
        `${JSON.stringify(connection.displayName)} refused the vault's client for several accounts; refreshes wait ${Math.ceil(waitSeconds)} s.`,
        'Compare client id and secret of the connection with the provider, and put the right ones in.',
      )
}

/** The worst of what asking the provider brings. */
async function checkProvider(
  { issuer, probe }: DiagnoseExchangeDependencies,
  connection: Connection,
): Promise<Verdict> {
  const found = await probe.connection(connection, callbackUri(issuer, connection.name))
  const worst =
    found.find(({ outcome }) => outcome === 'failed') ??
    found.find(({ outcome }) => outcome === 'warning')
  return worst === undefined
    ? passed('provider', 'It answers, and knows the vault.')
    : { ...worst, check: 'provider' }
}

function list(scopes: readonly string[]): string {
  return scopes.length === 0 ? 'whatever the provider gives' : scopes.join(' ')
}
