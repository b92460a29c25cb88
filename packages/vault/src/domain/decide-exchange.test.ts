import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { Account } from './account.ts'
import type { Client } from './client.ts'
import { aClient } from './client.fixture.ts'
import type { Connection } from './connection.ts'
import {
  chooseAccount,
  decideHandOut,
  decidePolicy,
  type PermittedConnection,
} from './decide-exchange.ts'
import { missingScopes } from './scope.ts'

const IMPLIED = {
  repo: ['public_repo'],
  'userinfo.email': ['email'],
  email: ['userinfo.email'],
}

describe('decidePolicy', () => {
  test('permits what the client has of the connection, and what every account of it has', () => {
    const client = anAgent({ google: ['calendar', 'mail'] })
    const connection = aConnection({ scopes: ['openid'] })

    for (const scopes of [undefined, [], ['mail'], ['openid', 'calendar']]) {
      expect(
        decidePolicy({ subjectKind: 'trusted_issuer', client, connection, scopes }),
      ).toMatchObject({
        ok: true,
        value: { scopes: ['calendar', 'mail', 'openid'] },
      })
    }
  })

  test('RV-42: names the scopes that the client may not have', () => {
    const client = anAgent({ google: ['calendar'] })
    const scopes = ['calendar', 'mail', 'drive']

    expect(
      decidePolicy({ subjectKind: 'trusted_issuer', client, connection: aConnection(), scopes }),
    ).toEqual({
      ok: false,
      refusal: { reason: 'scopes_not_allowed', scopes: ['mail', 'drive'] },
    })
  })

  test('permits a scope under its other name, and what a scope of the policy covers; not the reverse', () => {
    const connection = aConnection({ impliedScopes: IMPLIED })
    const decide = (policy: string, scope: string): boolean =>
      decidePolicy({
        subjectKind: 'trusted_issuer',
        client: anAgent({ google: [policy] }),
        connection,
        scopes: [scope],
      }).ok

    expect(decide('email', 'userinfo.email')).toBe(true)
    expect(decide('userinfo.email', 'email')).toBe(true)
    expect(decide('repo', 'public_repo')).toBe(true)
    expect(decide('public_repo', 'repo')).toBe(false)
  })

  test('refuses a connection that does not exist, and one that the client does not list', () => {
    expect(
      decidePolicy({ subjectKind: 'trusted_issuer', client: anAgent({}), connection: undefined }),
    ).toMatchObject({
      refusal: { reason: 'unknown_connection' },
    })
    expect(
      decidePolicy({
        subjectKind: 'trusted_issuer',
        client: anAgent({}),
        connection: aConnection(),
      }),
    ).toMatchObject({
      refusal: { reason: 'connection_not_allowed' },
    })
  })

  test('R2: a client signs for its users at the connections of its policy alone', () => {
    const signedSubjects = { issuer: 'https://app.example.com/', connections: ['google'] }
    const decide = (name: string, overrides: Partial<Client>): boolean =>
      decidePolicy({
        subjectKind: 'client_signed',
        client: { ...anAgent({ google: [], slack: [] }), ...overrides },
        connection: aConnection({ name }),
      }).ok

    expect(decide('google', { signedSubjects })).toBe(true)
    expect(decide('slack', { signedSubjects })).toBe(false)
    expect(decide('google', {})).toBe(false)
  })

  test('takes only what is listed: names that every object has are nobody`s connection', () => {
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
      expect(
        decidePolicy({
          subjectKind: 'trusted_issuer',
          client: anAgent({}),
          connection: aConnection({ name }),
        }).ok,
      ).toBe(false)
    }
  })
})

describe('chooseAccount', () => {
  const work = anAccount({ id: 'cac_1', providerAccountId: '111', label: 'Alice@Work.example' })
  const home = anAccount({ id: 'cac_2', providerAccountId: '222', label: 'alice@home.example' })

  test('takes the only account', () => {
    expect(chooseAccount({ accounts: [work] })).toEqual({ ok: true, value: work })
  })

  test('does not guess between several', () => {
    expect(chooseAccount({ accounts: [work, home] })).toEqual({
      ok: false,
      refusal: {
        reason: 'account_ambiguous',
        accounts: [
          { id: 'cac_1', label: 'Alice@Work.example' },
          { id: 'cac_2', label: 'alice@home.example' },
        ],
      },
    })
  })

  test.each([
    ['the id', 'cac_2'],
    ['the id at the provider', '222'],
    ['the e-mail', 'alice@home.example'],
    ['the e-mail in another case', 'ALICE@HOME.example'],
  ])('takes the one that is named by %s', (_, loginHint) => {
    expect(chooseAccount({ accounts: [work, home], loginHint })).toEqual({ ok: true, value: home })
  })

  test('never takes another than the one that is named', () => {
    for (const loginHint of ['cac_3', 'bob@home.example', '22', 'cac_', '', ' cac_1']) {
      expect(chooseAccount({ accounts: [work], loginHint })).toEqual({
        ok: false,
        refusal: { reason: 'not_connected' },
      })
    }
  })

  test('takes the one whose token is reported as refused', () => {
    const forceRefresh = { accountId: 'cac_2', generation: 1 }

    expect(chooseAccount({ accounts: [work, home], forceRefresh })).toEqual({
      ok: true,
      value: home,
    })
  })

  test('lets a report about an account that is gone change nothing', () => {
    const forceRefresh = { accountId: 'cac_9', generation: 1 }

    expect(chooseAccount({ accounts: [work], forceRefresh })).toEqual({ ok: true, value: work })
    expect(chooseAccount({ accounts: [work, home], loginHint: 'cac_1', forceRefresh })).toEqual({
      ok: true,
      value: work,
    })
  })

  test('skips revoked accounts, and says so when there is no other', () => {
    const revoked = anAccount({ id: 'cac_3', state: 'revoked' })

    expect(chooseAccount({ accounts: [revoked, work] })).toEqual({ ok: true, value: work })
    expect(chooseAccount({ accounts: [revoked] })).toEqual({
      ok: false,
      refusal: { reason: 'reconnect_required', why: 'revoked' },
    })
    expect(chooseAccount({ accounts: [] })).toEqual({
      ok: false,
      refusal: { reason: 'not_connected' },
    })
  })

  test('RV-70: knows of no account that a client which asks was not allowed, nor says how many there are', () => {
    const allow = (...ids: string[]) => ids.map((accountId) => ({ accountId, scopes: [] }))
    const consentRequired = { ok: false, refusal: { reason: 'consent_required' } }

    for (const loginHint of [undefined, 'cac_1', 'alice@home.example']) {
      for (const allowed of [[], allow('cac_9')]) {
        expect(chooseAccount({ accounts: [work, home], loginHint, allowed })).toEqual(
          consentRequired,
        )
      }
    }
    expect(chooseAccount({ accounts: [work, home], allowed: allow('cac_2') })).toEqual({
      ok: true,
      value: home,
    })
    const named = { accounts: [work, home], loginHint: 'cac_1' }
    expect(chooseAccount({ ...named, allowed: allow('cac_2') })).toEqual(consentRequired)
    expect(
      chooseAccount({ accounts: [work, home], allowed: allow('cac_1', 'cac_2') }),
    ).toMatchObject({ refusal: { reason: 'account_ambiguous' } })
    expect(chooseAccount({ accounts: [], allowed: [] })).toMatchObject({
      refusal: { reason: 'not_connected' },
    })
  })

  test('does not skip an account that needs the user: another one is not what was meant', () => {
    const ended = { ...work, state: 'reauth_required' } as const

    expect(chooseAccount({ accounts: [ended, home] })).toMatchObject({
      refusal: { reason: 'account_ambiguous' },
    })
  })
})

describe('decideHandOut', () => {
  test('R7: says what the token can do, and whether that is more than was asked', () => {
    const account = anAccount({ scopes: ['calendar', 'mail'] })

    expect(handOut({ account, scopes: ['calendar'] })).toEqual({
      ok: true,
      value: { scopes: ['calendar', 'mail'], isMoreThanAsked: true },
    })
    expect(handOut({ account, scopes: ['mail', 'calendar'] })).toMatchObject({
      value: { isMoreThanAsked: false },
    })
    expect(handOut({ account })).toMatchObject({ value: { isMoreThanAsked: false } })
  })

  test('RV-42: names what is missing, only where something was asked for', () => {
    const account = anAccount({ scopes: ['calendar'] })

    expect(handOut({ account, scopes: ['calendar', 'mail'] })).toEqual({
      ok: false,
      refusal: { reason: 'scopes_missing', missing: ['mail'], granted: ['calendar'] },
    })
    expect(handOut({ account }).ok).toBe(true)
  })

  test('takes a granted scope for all that it covers, and says so', () => {
    const account = anAccount({ scopes: ['repo', 'userinfo.email'] })

    expect(covering({ account, policy: ['repo'], scopes: ['public_repo', 'email'] })).toEqual({
      ok: true,
      value: {
        scopes: ['repo', 'userinfo.email', 'public_repo', 'email'],
        isMoreThanAsked: true,
      },
    })
    const narrow = anAccount({ scopes: ['public_repo'] })
    expect(covering({ account: narrow, policy: ['repo'], scopes: ['repo'] })).toEqual({
      ok: false,
      refusal: { reason: 'scopes_missing', missing: ['repo'], granted: ['public_repo'] },
    })
  })

  test('another name for what was asked is not more than was asked', () => {
    const account = anAccount({ scopes: ['userinfo.email'] })

    expect(covering({ account, policy: ['email'], scopes: ['email'] })).toMatchObject({
      value: { isMoreThanAsked: false },
    })
  })

  test.each([
    ['under another name', ['email'], ['userinfo.email'], true],
    ['that a wider scope of the policy covers', ['repo'], ['public_repo'], true],
    ['of both names', ['userinfo.email'], ['email', 'userinfo.email'], true],
    ['that is wider', ['public_repo'], ['repo'], false],
    ['beside it', ['email'], ['userinfo.email', 'repo'], false],
  ])('where overScope is refuse, a scope %s', (_, policy, scopes, isHandedOut) => {
    const result = covering({ account: anAccount({ scopes }), policy, overScope: 'refuse' })

    expect(result).toMatchObject(
      isHandedOut ? { ok: true } : { ok: false, refusal: { reason: 'token_exceeds_policy' } },
    )
  })

  test.each(['revoked', 'expired', 'rotation_lost', 'account_changed'] as const)(
    'sends the user to reconnect, and says why: %s',
    (reconnectReason) => {
      const account = anAccount({ state: 'reauth_required', reconnectReason })

      expect(handOut({ account })).toEqual({
        ok: false,
        refusal: { reason: 'reconnect_required', why: reconnectReason },
      })
    },
  )

  test('serves an uncertain account', () => {
    expect(handOut({ account: anAccount({ state: 'uncertain' }) }).ok).toBe(true)
  })

  describe('R8, RV-70: where the client has to ask', () => {
    const consentRequired = { refusal: { reason: 'consent_required' } }

    test('needs a consent to this very account', () => {
      expect(asking({})).toMatchObject(consentRequired)
      expect(asking({ allowed: [] })).toMatchObject(consentRequired)
      expect(asking({ allowed: ['calendar'], accountId: 'cac_2' })).toMatchObject(consentRequired)
      expect(asking({ allowed: ['calendar'] }).ok).toBe(true)
    })

    test.each([
      // What the token can do, what was allowed, what is asked for, and whether it is handed out.
      ['refuse', ['calendar'], ['calendar'], undefined, true],
      ['refuse', ['calendar', 'mail'], ['calendar'], ['calendar'], false],
      ['refuse', ['calendar'], ['calendar', 'mail'], undefined, true],
      ['refuse', ['userinfo.email'], ['email'], ['email'], true],
      ['refuse', ['public_repo'], ['repo'], undefined, true],
      ['refuse', ['repo'], ['public_repo'], ['public_repo'], false],
      ['refuse', ['calendar', 'openid'], ['calendar'], undefined, true],
      ['refuse', [], [], undefined, true],
      ['allow', ['calendar', 'mail'], ['calendar'], ['calendar'], true],
      ['allow', ['calendar', 'mail'], ['calendar'], ['mail'], false],
      ['allow', ['calendar', 'mail'], ['calendar'], undefined, false],
      ['allow', ['calendar', 'drive'], ['calendar'], undefined, true],
      ['allow', ['calendar', 'drive'], [], ['calendar'], false],
    ] as const)(
      'overScope %s, token %j, allowed %j, asked %j: %j',
      (overScope, granted, allowed, scopes, isHandedOut) => {
        const result = asking({ overScope, granted, allowed, scopes })

        expect(result).toMatchObject(isHandedOut ? { ok: true } : consentRequired)
      },
    )

    test('names what the account lacks once all that it has was allowed', () => {
      expect(asking({ allowed: ['calendar'], scopes: ['calendar', 'mail'] })).toMatchObject({
        refusal: { reason: 'scopes_missing', missing: ['mail'] },
      })
    })

    test('asks nobody to allow what policy would refuse then', () => {
      expect(asking({ granted: ['calendar', 'drive'], allowed: ['calendar'] })).toMatchObject({
        refusal: { reason: 'token_exceeds_policy' },
      })
    })

    test('never hands out what was not allowed', () => {
      const scopes = fc.uniqueArray(fc.constantFrom('calendar', 'mail', 'repo', 'public_repo'))
      fc.assert(
        fc.property(scopes, scopes, scopes, (granted, allowed, asked) => {
          const result = asking({ granted, allowed, scopes: asked })
          const known = allowed.includes('repo') ? [...allowed, 'public_repo'] : allowed

          const handedOut = result.ok ? result.value.scopes : []
          expect(missingScopes(handedOut, known)).toEqual([])
        }),
      )
    })

    function asking({
      overScope = 'refuse',
      granted = ['calendar'],
      allowed,
      accountId = 'cac_1',
      scopes,
    }: {
      overScope?: 'allow' | 'refuse'
      granted?: readonly string[]
      allowed?: readonly string[]
      accountId?: string
      scopes?: readonly string[] | undefined
    }) {
      const names = ['calendar', 'mail', 'repo', 'email']
      const client = { ...anAgent({ google: names }, overScope), consent: 'ask' } as const
      const connection = aConnection({ impliedScopes: IMPLIED, vaultScopes: ['openid'] })
      const permitted = decidePolicy({ subjectKind: 'trusted_issuer', client, connection, scopes })
      if (!permitted.ok) throw new Error(permitted.refusal.reason)
      return decideHandOut({
        client,
        permitted: permitted.value,
        account: anAccount({ scopes: granted }),
        scopes,
        ...(allowed && { allowed: [{ accountId, scopes: allowed }] }),
      })
    }
  })

  test('RV-42, R7: refuses a token that can do more than the client may have, where its policy says so', () => {
    const account = anAccount({ scopes: ['calendar', 'mail'] })
    const strict = anAgent({ google: ['calendar'] }, 'refuse')
    const lax = anAgent({ google: ['calendar'] }, 'allow')

    expect(handOut({ account, client: strict })).toMatchObject({
      refusal: { reason: 'token_exceeds_policy' },
    })
    expect(handOut({ account, client: lax }).ok).toBe(true)
    expect(handOut({ account: anAccount({ scopes: ['calendar'] }), client: strict }).ok).toBe(true)
  })

  test('RV-42: never widens: what is asked for is granted, within the policy, and had by the account', () => {
    const scope = fc.constantFrom('a', 'b', 'c', 'd', 'e')
    const scopes = fc.uniqueArray(scope)
    fc.assert(
      fc.property(
        fc.record({ policy: scopes, granted: scopes, asked: fc.option(scopes), base: scopes }),
        fc.constantFrom('allow', 'refuse'),
        ({ policy, granted, asked, base }, overScope) => {
          const client = anAgent({ google: policy }, overScope)
          const connection = aConnection({ scopes: base })
          const wanted = asked ?? undefined
          const permitted = decidePolicy({
            subjectKind: 'trusted_issuer',
            client,
            connection,
            scopes: wanted,
          })
          if (!permitted.ok) return
          const account = anAccount({ scopes: granted })
          const result = decideHandOut({
            client,
            permitted: permitted.value,
            account,
            scopes: wanted,
          })
          if (!result.ok) return

          expect(result.value.scopes).toEqual(granted)
          const allowed = [...policy, ...base]
          expect(missingScopes(wanted ?? [], granted)).toEqual([])
          expect(missingScopes(wanted ?? [], allowed)).toEqual([])
          expect(missingScopes(overScope === 'refuse' ? granted : [], allowed)).toEqual([])
        },
      ),
    )
  })

  /** Policy and hand-out together, where scopes cover others. */
  function covering({
    account,
    policy,
    overScope = 'allow',
    scopes,
  }: {
    account: Account
    policy: readonly string[]
    overScope?: 'allow' | 'refuse'
    scopes?: readonly string[]
  }) {
    const client = anAgent({ google: policy }, overScope)
    const connection = aConnection({ impliedScopes: IMPLIED })
    const permitted = decidePolicy({ subjectKind: 'trusted_issuer', client, connection })
    if (!permitted.ok) throw new Error(permitted.refusal.reason)
    return decideHandOut({ client, permitted: permitted.value, account, scopes })
  }

  function handOut({
    account,
    scopes,
    client = anAgent({ google: ['calendar', 'mail'] }),
  }: {
    account: Account
    scopes?: readonly string[]
    client?: Client
  }) {
    const policy = client.connections['google']
    if (policy === undefined) throw new Error('The client has no policy')
    const permitted: PermittedConnection = {
      connection: aConnection(),
      policy,
      scopes: policy.scopes,
    }
    return decideHandOut({ client, permitted, account, scopes })
  }
})

function anAgent(
  connections: Readonly<Record<string, readonly string[]>>,
  overScope: 'allow' | 'refuse' = 'allow',
): Client {
  return aClient({
    connections: Object.fromEntries(
      Object.entries(connections).map(([name, scopes]) => [
        name,
        { scopes, overScope, forcedRefresh: 'refuse' },
      ]),
    ),
  })
}

function aConnection(overrides: Partial<Connection> = {}): Connection {
  return {
    tenant: 'default',
    name: 'google',
    providerId: 'google',
    displayName: 'Google',
    clientId: 'vault-at-google',
    scopes: [],
    behaviour: { rotation: 'stable', revocation: 'grant', refreshKillsAccessToken: false },
    apiOrigins: [],
    consentOrigins: [],
    ...overrides,
  }
}

function anAccount(overrides: Partial<Account> = {}): Account {
  return {
    tenant: 'default',
    id: 'cac_1',
    userId: 'usr_1',
    connection: 'google',
    providerAccountId: '111',
    label: 'alice@example.com',
    state: 'active',
    scopes: ['calendar'],
    generation: 1,
    accessToken: new Uint8Array(),
    accessIssuedAt: 0,
    refresh: { failCount: 0 },
    createdAt: 0,
    updatedAt: 0,
    ...overrides,
  }
}
