import { ValetKeyError } from '@valetkey/core'
import { type Environment, processEnvironment } from '@valetkey/core/adapter'
import { type AppOptions, areSecrets, parseAppUrl } from './options.ts'

/** What the app is told by its options and, where they say nothing, by the environment. */
export interface AppSettings {
  /** Without a slash at the end. */
  readonly origin: string
  /** On https cookies get the `__Host-` prefix, which no other host of the site can set. */
  readonly isSecure: boolean
  /** At least one; the first one encrypts. */
  readonly cookieSecrets: readonly string[]
}

/** Reads the environment at the first call, since builds import modules without secrets. */
export function createAppSettings(options: AppOptions): () => AppSettings {
  let settled: AppSettings | undefined
  return () => {
    settled ??= settle(options, processEnvironment())
    return settled
  }
}

function settle(options: AppOptions, environment: Environment): AppSettings {
  const url = options.appUrl ?? appUrlFrom(environment)
  const secrets = options.cookieSecrets ?? secretsFrom(environment)
  if (url === undefined || secrets === undefined) {
    const missing = [
      ...(url === undefined ? ['VALETKEY_APP_URL'] : []),
      ...(secrets === undefined ? ['VALETKEY_COOKIE_SECRET'] : []),
    ]
    throw new ValetKeyError(
      'client_misconfigured',
      `The app is not configured: set ${missing.join(', ')} in the environment, or pass the options.`,
    )
  }
  return { origin: url.origin, isSecure: url.protocol === 'https:', cookieSecrets: secrets }
}

function appUrlFrom(environment: Environment): URL | undefined {
  const value = environment['VALETKEY_APP_URL']?.trim() ?? ''
  if (value === '') {
    if (environment['NODE_ENV'] === 'production') return undefined
    // `next dev` puts its port there.
    const port = environment['PORT'] ?? ''
    return new URL(`http://localhost:${/^\d{1,5}$/.test(port) ? port : '3000'}`)
  }
  try {
    return parseAppUrl(value, 'VALETKEY_APP_URL')
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new ValetKeyError('client_misconfigured', `The environment is wrong: ${error.message}.`)
  }
}

function secretsFrom(environment: Environment): readonly string[] | undefined {
  const value = environment['VALETKEY_COOKIE_SECRET']?.trim() ?? ''
  if (value === '') return undefined
  const secrets = value.split(',').map((secret) => secret.trim())
  if (areSecrets(secrets)) return secrets
  throw new ValetKeyError(
    'client_misconfigured',
    'The environment is wrong: each secret in VALETKEY_COOKIE_SECRET must have at least 32 characters.',
  )
}
