import { join } from 'node:path'

import BetterSqlite3 from 'better-sqlite3'
import * as z from 'zod'

import { createBrowser, type Browser, type Visit } from '../connect/browser.ts'
import type { VaultWorldOptions } from '../front-door/vault-world.ts'
import { CLIENTS, type LoginWorld, startLoginWorld } from '../login/login-world.ts'

/** A person in a browser of their own, in front of the vault's pages. */
export interface Person {
  readonly browser: Browser
  /** Opens a page of the vault, logging in on the way where it asks for that. */
  readonly open: (path: string, login?: Partial<Login>) => Promise<Visit>
  readonly press: Browser['press']
  /** Goes on from a redirect to a provider, as the person who is logged in there, back to the vault's page. */
  readonly goOn: (visit: Visit, user: string) => Promise<Visit>
  /** What the session's cookie is now. */
  readonly sessionCookie: () => string | undefined
}

export interface Login {
  readonly user: string
  readonly connection: string
}

export interface AccountWorld extends LoginWorld {
  readonly person: (login: Login) => Person
  /** The events of the audit log, of one type. */
  readonly events: (type: string) => Promise<readonly Record<string, unknown>[]>
}

/** The login system whose tokens the vault trusts, as a connection to log in with. */
export const IDP = 'login'

export async function startAccountWorld(options: VaultWorldOptions = {}): Promise<AccountWorld> {
  const { configure = (config) => config } = options
  const world = await startLoginWorld({
    ...options,
    configure: (config, emulator) =>
      configure(
        {
          ...config,
          clients: (config.clients ?? []).map((client) =>
            client.id === CLIENTS.asked
              ? { ...client, subjects: [emulator.trustedIssuer().issuer] }
              : client,
          ),
          connections: [
            ...(config.connections ?? []),
            {
              name: IDP,
              provider: emulator.provider('idp'),
              clientId: emulator.client('idp').clientId,
              clientSecret: emulator.client('idp').clientSecret,
            },
          ],
        },
        emulator,
      ),
  })

  const person: AccountWorld['person'] = (login) => {
    const browser = createBrowser()
    const goOn: Person['goOn'] = async (visit, user) => {
      let current = visit
      while (current.location !== undefined && isHere(current.location)) {
        const url = new URL(current.location)
        // Who is logged in at the provider is the person's doing, not the vault's.
        if (url.origin === new URL(world.emulator.url).origin) {
          url.searchParams.set('login_hint', user)
        }
        current = await browser.open(url.href)
      }
      return current
    }
    return {
      browser,
      goOn,
      press: browser.press,
      open: async (path, asked = {}) => {
        const { user, connection } = { ...login, ...asked }
        const first = await goOn(await browser.open(new URL(path, world.vault.issuer).href), user)
        return first.html.includes('<h1>Log in to')
          ? await goOn(await browser.press(first, { connection }), user)
          : first
      },
      sessionCookie: () =>
        [...browser.cookies].find(([name]) => name.endsWith(' valetkey-session'))?.[1],
    }
  }

  return {
    ...world,
    get vault() {
      return world.vault
    },
    person,
    events: async (type) => {
      // The log is written in groups; what was answered is in it.
      const database = new BetterSqlite3(join(world.folder, 'vault.db'), { readonly: true })
      try {
        return z
          .array(z.string())
          .parse(database.prepare('select event from audit_events').pluck().all())
          .map((event) => Event.parse(JSON.parse(event)))
          .filter((event) => event['type'] === type)
      } finally {
        database.close()
      }
    },
  }
}

const Event = z.record(z.string(), z.unknown())

function isHere(url: string): boolean {
  return ['127.0.0.1', 'localhost'].includes(new URL(url).hostname)
}
