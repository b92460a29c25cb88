import {
  FederatedConnectionError,
  getAccessTokenForConnection,
  parseInterrupt,
} from '@valetkey/core'
import type { ValetKeyErrorCode } from '@valetkey/core'
import { expect, test } from 'vitest'
import type { AdapterSettings, AdapterTool } from './adapter-driver.ts'
import { type AdapterStage, outcomeOf, ownerOfToken, whoAmITool } from './adapter-stage.ts'
import type { TestUser, TestVault } from './start-test-vault.ts'
import { testScopes } from './test-connections.ts'

interface ErrorCase {
  readonly code: ValetKeyErrorCode
  readonly when: string
  /** Brings it about, for one user. */
  readonly arrange: (vault: TestVault, user: TestUser) => Promise<Arrangement>
}

interface Arrangement {
  readonly tool?: AdapterTool
  readonly settings?: Partial<AdapterSettings>
  readonly isLoggedOut?: boolean
}

/** What the user can mend: each arrives as an interrupt with that reason. */
const interruptCases: readonly ErrorCase[] = [
  {
    code: 'not_connected',
    when: 'the user has no account',
    arrange: async () => ({}),
  },
  {
    code: 'scopes_missing',
    when: 'the account lacks a scope',
    arrange: async (vault, user) => {
      await user.connect({ connection: 'google-oauth2' })
      return { tool: whoAmITool(vault, 'google-oauth2', { scopes: [testScopes.writeEvents] }) }
    },
  },
  {
    code: 'reconnect_required',
    when: 'the user took the grant back at the provider',
    arrange: async (vault, user) => {
      await user.connect({ connection: 'google-oauth2' })
      vault.emulator.revokeGrant({ provider: 'google', user: user.id })
      return { tool: reportingTool(vault) }
    },
  },
  {
    code: 'consent_required',
    when: 'the user has not allowed this client',
    arrange: async (vault, user) => {
      await user.connect({ connection: 'google-oauth2' })
      const { id, secret } = vault.guest
      return { settings: { clientId: id, clientSecret: secret } }
    },
  },
  {
    code: 'account_ambiguous',
    when: 'the user has two accounts and the tool names none',
    arrange: async (vault, user) => {
      await user.connect({ connection: 'google-oauth2' })
      await user.connect({ connection: 'google-oauth2', as: vault.newUser().id })
      return {}
    },
  },
  {
    code: 'login_required',
    when: 'nobody is logged in',
    arrange: async () => ({ isLoggedOut: true }),
  },
]

/** What the user cannot mend: nobody is asked. */
const failureCases: readonly ErrorCase[] = [
  {
    code: 'policy_denied',
    when: 'the client may not have the scope',
    arrange: async (vault, user) => {
      await user.connect({ connection: 'google-oauth2' })
      const scopes = ['https://www.googleapis.com/auth/drive']
      return { tool: whoAmITool(vault, 'google-oauth2', { scopes }) }
    },
  },
  {
    code: 'provider_unavailable',
    when: 'the provider is down while the token has to be renewed',
    arrange: async (vault, user) => {
      await user.connect({ connection: 'google-oauth2' })
      vault.emulator.expireAccessTokens({ provider: 'google', user: user.id })
      vault.emulator.faults.add('google', { at: 'refresh', fault: { kind: 'server_error' } })
      return { tool: reportingTool(vault) }
    },
  },
  {
    code: 'vault_unavailable',
    when: 'nobody listens where the vault should be',
    arrange: async () => ({ settings: { issuer: 'http://127.0.0.1:9/', timeoutSeconds: 2 } }),
  },
  {
    code: 'client_misconfigured',
    when: 'the client secret is wrong',
    arrange: async () => ({ settings: { clientSecret: 'wrong'.repeat(10) } }),
  },
  {
    code: 'client_misconfigured',
    when: 'the vault has no such connection',
    arrange: async (vault) => ({
      tool: whoAmITool(vault, 'google-oauth2', {
        wrappers: [{ connection: 'no-such-connection', scopes: [] }],
      }),
    }),
  },
  {
    code: 'protocol_error',
    when: 'something answers that is no vault',
    arrange: async () => ({
      settings: {
        fetch: async () =>
          new Response('<h1>Welcome</h1>', { headers: { 'content-type': 'text/html' } }),
      },
    }),
  },
]

/** Each error code surfaces as what it is, from the real answers of a vault. */
export function testErrors(stage: () => AdapterStage): void {
  test.each(interruptCases)(
    'interrupts with $code when $when',
    { timeout: 20_000 },
    async ({ code, arrange }) => {
      const { app, vault } = stage()
      const user = vault.newUser()
      const {
        tool = whoAmITool(vault, 'google-oauth2'),
        settings,
        isLoggedOut,
      } = await arrange(vault, user)
      const { run } = await app({
        tools: [tool],
        users: isLoggedOut === true ? [] : [user],
        settings,
      })

      const ran = await run({
        user: user.id,
        calls: [{ id: 'call-1', tool: tool.name, input: { text: 'go' } }],
      })

      const outcome = outcomeOf(ran, 'call-1')
      expect(outcome).toMatchObject({ status: 'interrupted' })
      if (outcome.status !== 'interrupted') return
      const kind = code === 'login_required' ? 'login' : 'connect'
      expect(parseInterrupt(outcome.interrupt)).toMatchObject({ kind, reason: code })
    },
  )

  test.each(failureCases)(
    'fails with $code, asking nobody, when $when',
    async ({ code, arrange }) => {
      const { app, vault } = stage()
      const user = vault.newUser()
      const { tool = whoAmITool(vault, 'google-oauth2'), settings } = await arrange(vault, user)
      const { run } = await app({ tools: [tool], users: [user], settings })

      const ran = await run({
        user: user.id,
        calls: [{ id: 'call-1', tool: tool.name, input: { text: 'go' } }],
      })

      expect(outcomeOf(ran, 'call-1')).toMatchObject({ status: 'failed', code })
      expect(vault.emulator.faults.list()).toEqual([])
    },
  )

  test('passes an error of the tool itself on as the tool threw it', async () => {
    const { app, vault } = stage()
    const user = vault.newUser()
    await user.connect({ connection: 'google-oauth2' })
    const tool = whoAmITool(vault, 'google-oauth2', {
      execute: async () => {
        throw new RangeError('The calendar has no such day')
      },
    })
    const { run } = await app({ tools: [tool], users: [user] })

    const ran = await run({
      user: user.id,
      calls: [{ id: 'call-1', tool: tool.name, input: { text: 'go' } }],
    })

    expect(outcomeOf(ran, 'call-1')).toMatchObject({ status: 'failed', code: undefined })
    expect(ran.transcript()).toContain('The calendar has no such day')
  })
}

/** A tool that tells the wrapper when its token was refused. */
function reportingTool(vault: TestVault): AdapterTool {
  return whoAmITool(vault, 'google-oauth2', {
    execute: async () => {
      try {
        return await ownerOfToken(vault, 'google-oauth2', getAccessTokenForConnection())
      } catch (error) {
        throw new FederatedConnectionError('Google refused the token', { cause: error })
      }
    },
  })
}
