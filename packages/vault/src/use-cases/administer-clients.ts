import type { AdminRefusal } from '../domain/admin.ts'
import { base64url } from '../domain/base64url.ts'
import { randomText } from '../domain/random-text.ts'
import {
  type ClientSecret,
  liveSecrets,
  MAX_LIVE_SECRETS,
  type RegisteredSettings,
  type RegistryEntry,
} from '../domain/registration.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import type { Registry } from '../ports/registry.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { SecretHasher } from '../ports/secret-hasher.ts'
import { withChanges } from './with-changes.ts'

/** A client, and the secret that was just made for it: the only time that it is seen (RV-23). */
export interface ClientWithSecret {
  readonly client: RegistryEntry
  readonly secret?: NewSecret | undefined
}

export interface NewSecret {
  readonly id: string
  readonly value: string
}

/** What an operator does with clients. */
export interface AdministerClients {
  find(id: string): Promise<Result<RegistryEntry, AdminRefusal>>
  list(page: {
    readonly after?: string | undefined
    readonly limit: number
  }): Promise<readonly RegistryEntry[]>
  /** Makes a secret for a client that needs one. */
  register(settings: RegisteredSettings): Promise<Result<ClientWithSecret, AdminRefusal>>
  /** Members that are `null` go back to their default. */
  change(id: string, changes: RegisteredSettings): Promise<Result<RegistryEntry, AdminRefusal>>
  remove(id: string): Promise<Result<'removed', AdminRefusal>>
  /** The one before stays until it is removed, or for so many seconds. */
  addSecret(
    id: string,
    options: { readonly previousExpiresInSeconds?: number | undefined },
  ): Promise<Result<ClientWithSecret, AdminRefusal>>
  removeSecret(id: string, secretId: string): Promise<Result<RegistryEntry, AdminRefusal>>
}

export interface AdministerClientsDependencies {
  readonly registry: Registry
  readonly hasher: SecretHasher
  readonly runtime: Pick<Runtime, 'now' | 'randomBytes'>
}

/** Letters and digits only, 256 bits and a little more, behind a prefix that secret scanners know. */
const SECRET_LENGTH = 43

export function administerClients({
  registry,
  hasher,
  runtime,
}: AdministerClientsDependencies): AdministerClients {
  function makeSecret(): { readonly shown: NewSecret; readonly kept: ClientSecret } {
    const id = `sec_${randomText(runtime.randomBytes, 22)}`
    const value = `vks_${randomText(runtime.randomBytes, SECRET_LENGTH)}`
    const hash = base64url(hasher.hash(value))
    return { shown: { id, value }, kept: { id, hash, createdAt: runtime.now() } }
  }

  async function find(id: string): Promise<Result<RegistryEntry, AdminRefusal>> {
    const client = await registry.find({ kind: 'client', name: id })
    return client === undefined ? refuse({ reason: 'not_found', what: 'client' }) : accept(client)
  }

  /** A client whose secrets can change. */
  async function findWithSecrets(id: string): Promise<Result<RegistryEntry, AdminRefusal>> {
    const found = await find(id)
    if (!found.ok) return found
    if (found.value.origin === 'configuration') {
      return refuse({ reason: 'configured', what: 'client' })
    }
    return hasSecrets(found.value.settings) ? found : refuse({ reason: 'no_secrets' })
  }

  async function write(
    expected: RegistryEntry,
    change: Partial<Pick<RegistryEntry, 'settings' | 'secrets'>>,
  ): Promise<Result<RegistryEntry, AdminRefusal>> {
    const { settings, secrets } = { ...expected, ...change }
    return await registry.change({ expected, settings, secrets, now: runtime.now() })
  }

  return {
    find,

    list: (page) => registry.list({ kind: 'client', ...page }),

    async register(settings) {
      const made = hasSecrets(settings) ? makeSecret() : undefined
      const registered = await registry.register({
        kind: 'client',
        name: String(settings['id']),
        settings,
        secrets: made === undefined ? [] : [made.kept],
        now: runtime.now(),
      })
      return registered.ok ? accept({ client: registered.value, secret: made?.shown }) : registered
    },

    async change(id, changes) {
      const found = await find(id)
      return found.ok
        ? await write(found.value, { settings: withChanges(found.value.settings, changes) })
        : found
    },

    async remove(id) {
      const found = await find(id)
      return found.ok ? await registry.remove(found.value) : found
    },

    async addSecret(id, { previousExpiresInSeconds }) {
      const found = await findWithSecrets(id)
      if (!found.ok) return found
      const now = runtime.now()
      const live = liveSecrets(found.value.secrets, now)
      if (live.length >= MAX_LIVE_SECRETS) return refuse({ reason: 'too_many_secrets' })
      const previous = live.map((secret) =>
        previousExpiresInSeconds === undefined
          ? secret
          : { ...secret, expiresAt: now + previousExpiresInSeconds },
      )
      const made = makeSecret()
      const written = await write(found.value, { secrets: [...previous, made.kept] })
      return written.ok ? accept({ client: written.value, secret: made.shown }) : written
    },

    async removeSecret(id, secretId) {
      const found = await findWithSecrets(id)
      if (!found.ok) return found
      const live = liveSecrets(found.value.secrets, runtime.now())
      const secrets = live.filter((secret) => secret.id !== secretId)
      if (secrets.length === live.length) return refuse({ reason: 'not_found', what: 'secret' })
      // Without one the client would be there and could not be let in.
      if (secrets.length === 0) return refuse({ reason: 'last_secret' })
      return await write(found.value, { secrets })
    },
  }
}

/** Confidential, and without keys of its own. */
function hasSecrets(settings: RegisteredSettings): boolean {
  return settings['type'] !== 'public' && settings['jwks'] === undefined
}
