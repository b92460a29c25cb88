import Ajv2020 from 'ajv/dist/2020.js'
import { expect } from 'vitest'
import * as z from 'zod'

import type { VaultConfig } from '../../src/index.ts'
import {
  type Answer,
  CALENDAR,
  startVaultWorld,
  type VaultWorld,
} from '../front-door/vault-world.ts'

export const ADMIN = { id: 'ops', secret: 'vks_admin-0123456789abcdef0123456789' }
export const READER = { id: 'monitor', secret: 'vks_reader-0123456789abcdef012345678' }

/** What any operation may answer. */
const AdminBody = z.looseObject({}).catchall(z.unknown())

export interface AdminAnswer {
  readonly status: number
  readonly headers: Headers
  /** Parsed; empty where there was none. */
  readonly body: z.infer<typeof AdminBody>
  readonly text: string
}

export interface AdminWorld extends VaultWorld {
  /** A call of the admin API; its answer is held to the OpenAPI document. */
  readonly api: (
    method: string,
    path: string,
    body?: unknown,
    options?: { readonly as?: typeof ADMIN; readonly headers?: Readonly<Record<string, string>> },
  ) => Promise<AdminAnswer>
  readonly document: () => Promise<z.infer<typeof OpenApi>>
  /** Events of the audit log, newest first. */
  readonly events: (query?: string) => Promise<readonly Readonly<Record<string, unknown>>[]>
}

const Operation = z.looseObject({
  operationId: z.string(),
  'x-scope': z.string(),
  requestBody: z.unknown().optional(),
  responses: z.record(z.string(), z.looseObject({})),
})
const OpenApi = z.looseObject({
  openapi: z.string(),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
})

export async function startAdminWorld({
  admin = {},
  settings = {},
}: {
  readonly admin?: Partial<NonNullable<VaultConfig['admin']>>
  readonly settings?: Partial<VaultConfig>
} = {}): Promise<AdminWorld> {
  const world = await startVaultWorld({
    configure: (config) => ({
      ...config,
      ...settings,
      admin: {
        clients: [
          { ...ADMIN, scopes: ['vault:read', 'vault:write'] },
          { ...READER, scopes: ['vault:read'] },
        ],
        ...admin,
      },
    }),
  })
  const baseUrl = (): string => world.vault.adminUrl ?? world.vault.url
  let read: Promise<z.infer<typeof OpenApi>> | undefined
  const document: AdminWorld['document'] = async () =>
    (read ??= fetch(`${baseUrl()}/api/v1/openapi.json`).then(async (response) =>
      OpenApi.parse(await response.json()),
    ))
  const ajv = new Ajv2020({ strict: false, allErrors: true, formats: {} })

  const api: AdminWorld['api'] = async (method, path, body, { as = ADMIN, headers = {} } = {}) => {
    const response = await fetch(`${baseUrl()}/api/v1${path}`, {
      method,
      redirect: 'manual',
      headers: {
        authorization: basic(as),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const json: unknown = text === '' ? {} : JSON.parse(text)
    const answer = {
      status: response.status,
      headers: response.headers,
      body: AdminBody.parse(json),
      text,
    }
    await expectAsDocumented(await document(), ajv, { method, path, answer, json })
    return answer
  }

  return Object.assign(Object.create(world) as VaultWorld, {
    api,
    document,
    events: async (query = '') => {
      const { body } = await api('GET', `/audit?limit=100${query}`)
      return z
        .array(z.looseObject({ event: z.looseObject({}) }))
        .parse(body['records'])
        .map(({ event }) => event)
    },
  })
}

/** Takes the demo user through the connect flow of a client that was registered. */
export async function connectBy(
  world: AdminWorld,
  client: typeof ADMIN,
  connection: string,
): Promise<Answer> {
  return await world.as(client).connect('demo', { connection, scopes: [CALENDAR] })
}

export function basic({ id, secret }: typeof ADMIN): string {
  return `Basic ${btoa(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`)}`
}

/** Every answer of every test is one that the document promises. */
async function expectAsDocumented(
  document: z.infer<typeof OpenApi>,
  ajv: Ajv2020,
  {
    method,
    path,
    answer,
    json,
  }: {
    readonly method: string
    readonly path: string
    readonly answer: AdminAnswer
    readonly json: unknown
  },
): Promise<void> {
  const [pathname = ''] = path.split('?')
  const found = Object.entries(document.paths).find(([template]) => {
    const pattern = template.replaceAll(/\{\w+\}/g, '[^/]+')
    return new RegExp(`^${pattern}$`).test(pathname)
  })
  const operation = found?.[1][method.toLowerCase()]
  // The router answers for what is no operation.
  if (operation === undefined) return
  const { status } = answer
  const name = status >= 400 && status < 500 ? '4XX' : String(status)
  const response = operation.responses[name]
  if (response === undefined) expect.fail(`${method} ${path}: ${status} is not documented`)
  const ref = response['$ref'] === '#/components/responses/Problem'
  const pointer = ref
    ? '#/components/schemas/Problem'
    : `#/paths/${escape(found?.[0] ?? '')}/${method.toLowerCase()}/responses/${name}/content/application~1json/schema`
  if (response['content'] === undefined && !ref) return expect(answer.text).toBe('')
  if (ajv.getSchema('doc') === undefined) ajv.addSchema(document, 'doc')
  const validate = ajv.getSchema(`doc${pointer}`)
  if (validate === undefined) expect.fail(`no schema at ${pointer}`)
  expect(answer.headers.get('content-type')).toBe(
    ref ? 'application/problem+json' : 'application/json',
  )
  if (validate(json) !== true) {
    expect.fail(`${method} ${path}: ${JSON.stringify(validate.errors)}\n${answer.text}`)
  }
}

function escape(segment: string): string {
  return encodeURIComponent(segment.replaceAll('~', '~0').replaceAll('/', '~1'))
}
