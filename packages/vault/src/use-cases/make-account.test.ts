import { expect, test } from 'vitest'

import { DecryptError } from '../crypto/decrypt-error.ts'
import type { Account } from '../domain/account.ts'
import type { ConnectAttempt } from '../domain/attempt.ts'
import type { Connection, ProviderBehaviour } from '../domain/connection.ts'
import type { Logger } from '../ports/logger.ts'
import type { SealContext, Sealer } from '../ports/sealer.ts'
import { systemRuntime } from '../runtime.ts'
import { makeAccount } from './make-account.ts'
import { openRevocation } from './revocation.ts'

const NOW = 1_000

/** Seals nothing, but opens only in the same place. */
const sealer: Sealer = {
  seal: async (plaintext, context) => new TextEncoder().encode(`${placeOf(context)}\n${plaintext}`),
  open: async (sealed, context) => {
    const [place, plaintext = ''] = new TextDecoder().decode(sealed).split('\n')
    if (place !== placeOf(context)) throw new DecryptError()
    return plaintext
  },
  checkKey: async () => {},
}

function placeOf({ tenant, owner, record, column, generation, bindings }: SealContext): string {
  return [tenant, owner, record, column, generation, ...bindings].join(' ')
}

const warnings: string[] = []
const logger: Logger = { info: () => {}, warn: (text) => warnings.push(text), error: () => {} }
const dependencies = {
  tenant: 't',
  sealer,
  logger,
  runtime: { ...systemRuntime, now: () => NOW },
}

const attempt: ConnectAttempt = {
  tenant: 't',
  id: 'att_1',
  mode: 'ticket',
  state: 'returned',
  identity: { issuer: 'i', subject: 's' },
  userId: 'usr_1',
  clientId: 'agent',
  connection: 'mail',
  scopes: ['read'],
  scopesMode: 'accumulate',
  redirectUri: 'https://app.example.com/cb',
  authorizationParams: {},
  ticketHash: new Uint8Array(),
  authSessionHash: new Uint8Array(),
  expiresAt: 0,
  createdAt: 0,
}

function aConnection(behaviour: Partial<ProviderBehaviour> = {}): Connection {
  return {
    tenant: 't',
    name: 'mail',
    providerId: 'mail',
    displayName: 'Mail',
    clientId: 'vault',
    scopes: [],
    behaviour: {
      rotation: 'stable',
      revocation: 'token',
      refreshKillsAccessToken: false,
      ...behaviour,
    },
    apiOrigins: [],
    consentOrigins: [],
  }
}

function make(
  tokens: { accessToken: string; refreshToken?: string },
  existing?: Account,
  behaviour?: Partial<ProviderBehaviour>,
) {
  return makeAccount(dependencies, {
    userId: attempt.userId,
    pending: {
      tokens: { ...tokens, issuedAt: NOW },
      account: { providerAccountId: '111', label: 'a\u202elice' },
      scopes: ['read', 'read'],
    },
    connection: aConnection(behaviour),
    existing,
  })
}

async function revoked(drafts: Awaited<ReturnType<typeof make>>['superseded']) {
  return await Promise.all(drafts.map((draft) => openRevocation(dependencies, draft)))
}

test('a new account begins at generation 1, with a clean label and each scope once', async () => {
  const { account, superseded } = await make({ accessToken: 'A1', refreshToken: 'R1' })

  expect(account).toMatchObject({
    id: expect.stringMatching(/^cac_[0-9A-Za-z]{22}$/),
    userId: 'usr_1',
    generation: 1,
    label: 'alice',
    scopes: ['read'],
    state: 'active',
    createdAt: NOW,
  })
  expect(superseded).toEqual([])
})

test('R17: an existing one keeps id, name and birth, and moves its generation: tokens are sealed for it', async () => {
  const { account: old } = await make({ accessToken: 'A1', refreshToken: 'R1' })
  const aged = { ...old, label: 'Work', createdAt: 5, state: 'reauth_required' as const }

  const { account } = await make({ accessToken: 'A2', refreshToken: 'R2' }, aged)

  expect(account).toMatchObject({ id: old.id, label: 'Work', createdAt: 5, generation: 2 })
  const place = { tenant: 't', owner: 'usr_1', record: old.id, generation: 2, bindings: ['mail'] }
  expect(await sealer.open(account.accessToken, { ...place, column: 'access_token' })).toBe('A2')
  const { refreshToken = new Uint8Array() } = account
  expect(await sealer.open(refreshToken, { ...place, column: 'refresh_token' })).toBe('R2')
})

test('what is replaced ends at the provider', async () => {
  const { account: old } = await make({ accessToken: 'A1', refreshToken: 'R1' })

  const { superseded } = await make({ accessToken: 'A2', refreshToken: 'R2' }, old)

  expect(await revoked(superseded)).toMatchObject([
    { accessToken: 'A1', refreshToken: 'R1', accountId: old.id, providerAccountId: '111' },
  ])
})

test.each(['grant', 'unsupported'] as const)(
  'R10: but not where revocation is by %s: that would end the new one, or nothing',
  async (revocation) => {
    const { account: old } = await make({ accessToken: 'A1', refreshToken: 'R1' })

    const { superseded } = await make({ accessToken: 'A2', refreshToken: 'R2' }, old, {
      revocation,
    })

    expect(superseded).toEqual([])
  },
)

test('nor when the provider gave the very same token again', async () => {
  const { account: withRefresh } = await make({ accessToken: 'A1', refreshToken: 'R1' })
  const { account: without } = await make({ accessToken: 'A1' })

  expect((await make({ accessToken: 'A2', refreshToken: 'R1' }, withRefresh)).superseded).toEqual(
    [],
  )
  expect((await make({ accessToken: 'A1' }, without)).superseded).toEqual([])
})

test('a refresh token that is missing is kept from before where it still works, and then not revoked', async () => {
  const { account: old } = await make({ accessToken: 'A1', refreshToken: 'R1' })

  const { account, superseded } = await make({ accessToken: 'A2' }, old)

  const { refreshToken = new Uint8Array() } = account
  const place = { tenant: 't', owner: 'usr_1', record: old.id, generation: 2, bindings: ['mail'] }
  expect(await sealer.open(refreshToken, { ...place, column: 'refresh_token' })).toBe('R1')
  expect(superseded).toEqual([])
})

test('and is not kept where a new grant ends the old one', async () => {
  const { account: old } = await make({ accessToken: 'A1', refreshToken: 'R1' })

  const { account } = await make({ accessToken: 'A2' }, old, { rotation: 'strict' })

  expect(account.refreshToken).toBeUndefined()
})

test('old tokens that cannot be opened do not stop a reconnect, and are not passed over in silence', async () => {
  const { account: old } = await make({ accessToken: 'A1', refreshToken: 'R1' })
  const moved = { ...old, generation: 7 }

  const { account, superseded } = await make({ accessToken: 'A2' }, moved)

  expect(account).toMatchObject({ generation: 8, refreshToken: undefined })
  expect(superseded).toEqual([])
  expect(warnings).toHaveLength(1)
})

test('keys that are only away for a moment do stop it: the old tokens would stay alive unseen', async () => {
  const { account: old } = await make({ accessToken: 'A1', refreshToken: 'R1' })
  const away = {
    ...dependencies,
    sealer: {
      ...sealer,
      open: async () => {
        throw new Error('The key service does not answer')
      },
    },
  }

  const made = makeAccount(away, {
    userId: attempt.userId,
    pending: {
      tokens: { accessToken: 'A2', issuedAt: NOW },
      account: { providerAccountId: '111', label: 'alice' },
      scopes: ['read'],
    },
    connection: aConnection(),
    existing: old,
  })

  await expect(made).rejects.toThrow('The key service does not answer')
})
