import { describe, expect, test } from 'vitest'

import type { Account } from './account.ts'
import { aClient } from './client.fixture.ts'
import type { Connection } from './connection.ts'
import { type ConnectQuestion, decideConnect } from './decide-connect.ts'

const REDIRECT = 'https://app.example.com/cb'

const connection: Connection = {
  tenant: 't',
  name: 'mail',
  providerId: 'mail',
  displayName: 'Mail',
  clientId: 'vault',
  scopes: ['openid'],
  behaviour: { rotation: 'stable', revocation: 'grant', refreshKillsAccessToken: false },
  apiOrigins: [],
  consentOrigins: [],
}

const client = aClient({
  tenant: 't',
  id: 'agent',
  redirectUris: [REDIRECT],
  connections: {
    mail: { scopes: ['read', 'send'], overScope: 'allow', forcedRefresh: 'refuse' },
  },
})

function anAccount(options: Partial<Account> = {}): Account {
  return {
    tenant: 't',
    id: 'cac_one',
    userId: 'usr_1',
    connection: 'mail',
    providerAccountId: '111',
    label: 'Alice@example.com',
    state: 'active',
    scopes: ['openid', 'archive'],
    generation: 1,
    accessToken: new Uint8Array(),
    accessIssuedAt: 0,
    refresh: { failCount: 0 },
    createdAt: 0,
    updatedAt: 0,
    ...options,
  }
}

function decide(options: Partial<ConnectQuestion> = {}) {
  return decideConnect({
    client,
    connection,
    redirectUri: REDIRECT,
    mode: 'ticket',
    scopesMode: 'accumulate',
    accounts: [],
    ...options,
  })
}

describe('who may connect', () => {
  test('a connection that is unknown or not in the policy is refused alike', () => {
    const refused = { ok: false, refusal: { reason: 'connection_not_allowed' } }

    expect(decide({ connection: undefined })).toEqual(refused)
    expect(decide({ connection: { ...connection, name: 'other' } })).toEqual(refused)
    expect(decide({ connection: { ...connection, name: 'toString' } })).toEqual(refused)
  })

  test('RV-64: only a registered redirect URI is taken', () => {
    expect(decide({ redirectUri: `${REDIRECT}/` })).toEqual({
      ok: false,
      refusal: { reason: 'redirect_uri_not_registered' },
    })
  })
})

describe('scopes', () => {
  test('are only those always asked for when none are named', () => {
    expect(decide()).toMatchObject({ value: { scopes: ['openid'] } })
  })

  test('are those that are named; the connection’s own may be named too', () => {
    expect(decide({ scopes: ['read', 'openid'] })).toMatchObject({
      value: { scopes: ['openid', 'read'] },
    })
  })

  test('beyond the policy are refused by name', () => {
    const refused = {
      ok: false,
      refusal: { reason: 'scopes_not_allowed', scopes: ['archive'] },
    }
    const asked = { scopes: ['read', 'archive'] }

    expect(decide(asked)).toEqual(refused)
    expect(decide({ ...asked, accounts: [anAccount({ state: 'revoked' })] })).toEqual(refused)
    expect(decide({ ...asked, accounts: [anAccount()], scopesMode: 'replace' })).toEqual(refused)
    const others = [anAccount(), anAccount({ id: 'cac_two', label: 'two', scopes: ['openid'] })]
    expect(decide({ ...asked, accounts: others, loginHint: 'cac_two' })).toEqual(refused)
  })

  test('beyond the policy that are asked for again anyway may be named, and nothing comes of it', () => {
    const accounts = [anAccount()]

    expect(decide({ scopes: ['read', 'archive'], accounts })).toMatchObject({
      value: { scopes: ['openid', 'read', 'archive'] },
    })
    expect(decide({ scopes: ['read', 'archive', 'delete'], accounts })).toEqual({
      ok: false,
      refusal: { reason: 'scopes_not_allowed', scopes: ['delete'] },
    })
  })

  test('accumulate with what the account has, unless they replace it', () => {
    const accounts = [anAccount()]

    expect(decide({ scopes: ['read'], accounts })).toMatchObject({
      value: { scopes: ['openid', 'read', 'archive'] },
    })
    expect(decide({ scopes: ['read'], accounts, scopesMode: 'replace' })).toMatchObject({
      value: { scopes: ['openid', 'read'] },
    })
  })

  test('may be any that a scope of the policy covers, and are not asked for twice under two names', () => {
    const covering = {
      ...connection,
      impliedScopes: { send: ['draft'], read: ['mail.read'], 'mail.read': ['read'] },
    }
    const accounts = [anAccount({ scopes: ['openid', 'mail.read', 'draft', 'archive'] })]

    expect(decide({ connection: covering, scopes: ['draft', 'mail.read'] })).toMatchObject({
      value: { scopes: ['openid', 'draft', 'mail.read'] },
    })
    expect(decide({ connection: covering, scopes: ['read', 'send'], accounts })).toMatchObject({
      value: { scopes: ['openid', 'read', 'send', 'archive'] },
    })
  })

  test('of a revoked account are not asked for again, those of one to be reconnected are', () => {
    expect(decide({ scopes: ['read'], accounts: [anAccount({ state: 'revoked' })] })).toMatchObject(
      {
        value: { scopes: ['openid', 'read'] },
      },
    )
    const lapsed = anAccount({ state: 'reauth_required' })
    expect(decide({ scopes: ['read'], accounts: [lapsed] })).toMatchObject({
      value: { scopes: ['openid', 'read', 'archive'] },
    })
  })

  test('accumulate with the account that is named only', () => {
    const accounts = [
      anAccount(),
      anAccount({ id: 'cac_two', providerAccountId: '222', label: 'two', scopes: ['label'] }),
    ]

    for (const loginHint of ['cac_two', '222', 'TWO']) {
      expect(decide({ scopes: ['read'], accounts, loginHint })).toMatchObject({
        value: { scopes: ['openid', 'read', 'label'] },
      })
    }
  })
})

describe('a login hint', () => {
  test('that is an id of no account of the user is refused', () => {
    expect(decide({ loginHint: 'cac_missing', accounts: [anAccount()] })).toEqual({
      ok: false,
      refusal: { reason: 'unknown_account_hint' },
    })
  })

  test('that names nothing known is only advice to the provider', () => {
    expect(decide({ loginHint: 'new@example.com', accounts: [anAccount()] })).toMatchObject({
      ok: true,
    })
  })
})
