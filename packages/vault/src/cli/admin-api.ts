import * as z from 'zod'

import { isLoopbackHost } from '../domain/loopback-host.ts'
import { UserError } from './user-error.ts'

/** How a command reaches the vault it administers. */
export interface AdminOptions {
  readonly url: string
  readonly adminId: string
  readonly json: boolean
}

/** The admin API of a running vault. */
export interface AdminApi {
  /** Resolves to the body of an answer. @throws {UserError} for every refusal, with the vault's own words */
  call<Answer>(
    request: {
      readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
      readonly path: string
      readonly body?: unknown
    },
    answer: z.ZodType<Answer>,
  ): Promise<Answer>
}

export const SECRET_VARIABLE = 'VALETKEY_ADMIN_SECRET'

const TIMEOUT_MILLISECONDS = 60_000

const Problem = z.object({
  detail: z.string(),
  code: z.string(),
  validation_errors: z
    .array(z.object({ detail: z.string(), field: z.string().optional() }))
    .default([]),
})

/**
 * Speaks to a vault as one of its admin clients. The secret comes from the environment only: a command line can be read
 * by every user of the machine.
 *
 * @throws {UserError} for an address to which a secret may not be sent, and where there is no secret
 */
export function connectAdminApi({ url, adminId }: AdminOptions): AdminApi {
  const base = readAddress(url)
  const secret = process.env[SECRET_VARIABLE]
  if (secret === undefined || secret === '') {
    throw new UserError(
      `${SECRET_VARIABLE} is not set. Give the secret of the admin client ${JSON.stringify(adminId)} in it.`,
    )
  }
  const credential = [adminId, secret].map(encodeURIComponent).join(':')
  const authorization = `Basic ${Buffer.from(credential).toString('base64')}`

  return {
    async call({ method, path, body }, answer) {
      const response = await send(base, `${base}/api/v1${path}`, {
        method,
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
        headers: {
          authorization,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const json = await readJson(response)
      if (!response.ok) throw new UserError(explain(response.status, json))
      const parsed = answer.safeParse(json)
      if (parsed.success) return parsed.data
      throw new UserError(
        `What answers at ${base} is no vault of this version: its answer to ${method} ${path} does not fit.`,
      )
    },
  }
}

/** With neither a path nor a slash at the end. */
function readAddress(text: string): string {
  const url = URL.parse(text)
  if (url === null || url.username !== '' || url.password !== '') {
    throw new UserError('--url takes the address of a vault, such as https://vault.example.com')
  }
  const isSafe =
    url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname))
  if (isSafe) return url.origin
  throw new UserError(
    '--url must begin with https://, since the secret is sent there. http is for loopback only: use a tunnel (ssh -L) to a port of its own.',
  )
}

async function send(base: string, url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    throw new UserError(`No vault answers at ${base}. Check --url, and that it runs.`, {
      cause: error,
    })
  }
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text()
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    // Whatever answers there, it is not a vault: the caller says so.
    return undefined
  }
}

function explain(status: number, json: unknown): string {
  const problem = Problem.safeParse(json)
  if (!problem.success) {
    return status === 404
      ? 'There is no admin API at this address. Set "admin" in the configuration, and give the address of its port if it has one.'
      : `The vault answered ${status}.`
  }
  const { detail, code, validation_errors: errors } = problem.data
  if (code === 'invalid_client') {
    return `The vault does not know this admin client. Check --admin-id and ${SECRET_VARIABLE}.`
  }
  const lines = errors.map((error) => `  ${error.field ?? ''} ${error.detail}`)
  return [detail, ...lines].join('\n')
}
