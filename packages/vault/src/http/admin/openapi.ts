import * as z from 'zod'

import { toJsonResponse } from '../to-response.ts'
import type { Route } from '../router.ts'
import { ADMIN_CONTRACT, type Contract } from './admin-contract.ts'
import { ADMIN_PATH } from './admin-route.ts'
import { ProblemAnswer } from './admin-schema.ts'

type Json = Readonly<Record<string, unknown>>

export interface OpenApiOptions {
  /** Where the admin API answers, without a slash at the end; relative where that is the document's own server. */
  readonly serverUrl: string
  readonly version: string
}

/** `GET /api/v1/openapi.json`: what there is, for tools. It tells nothing of this deployment. */
export function openApiRoute(options: OpenApiOptions): Route {
  const document = openApiDocument(options)
  return {
    method: 'GET',
    path: `${ADMIN_PATH}/openapi.json`,
    handle: async () => toJsonResponse(document),
    head: 'answered',
  }
}

/** OpenAPI 3.1 made of the very schemas that validate, so that it cannot say otherwise than they do. */
function openApiDocument({ serverUrl, version }: OpenApiOptions): Json {
  const paths = new Map<string, Json>()
  for (const [operation, contract] of Object.entries(ADMIN_CONTRACT)) {
    const known = paths.get(contract.path)
    const method = contract.method.toLowerCase()
    paths.set(contract.path, { ...known, [method]: toOperation(operation, contract) })
  }
  return {
    openapi: '3.1.0',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: {
      title: 'Valet Key admin API',
      version,
      description:
        'Connections, clients, users, accounts and the audit log. No operation gives out a token, or a secret that was there before.',
    },
    servers: [{ url: `${serverUrl}${ADMIN_PATH}` }],
    security: [{ basic: [] }, { assertion: [] }],
    paths: Object.fromEntries(paths),
    components: {
      securitySchemes: {
        basic: {
          type: 'http',
          scheme: 'basic',
          description:
            'Id and secret of an admin client, form-encoded each (RFC 6749 section 2.3.1).',
        },
        assertion: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'A JWT that the admin client signs for one request (RFC 7523 section 3): iss and sub its id, aud the issuer followed by api/v1/, a new jti, exp at most five minutes ahead.',
        },
      },
      schemas: { Problem: schemaOf(ProblemAnswer, 'output') },
      responses: {
        Problem: {
          description: 'Why not (RFC 9457).',
          content: {
            'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
          },
        },
      },
    },
  }
}

function toOperation(operation: string, contract: Contract): Json {
  const { summary, scope, body, status, answer, path } = contract
  const problem = { $ref: '#/components/responses/Problem' }
  return {
    operationId: operation,
    summary,
    description: `Scope: ${scope}.`,
    'x-scope': scope,
    parameters: [...pathParameters(path), ...queryParameters(contract.query)],
    ...(body !== undefined && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: schemaOf(body, 'input') } },
      },
    }),
    responses: {
      [status]:
        answer === undefined
          ? { description: 'Done.' }
          : {
              description: 'Done.',
              content: { 'application/json': { schema: schemaOf(answer, 'output') } },
            },
      '4XX': problem,
      '500': { description: 'A fault of the vault; its log has it under the x-request-id.' },
      '503': problem,
    },
  }
}

function pathParameters(path: string): readonly Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
}

const ObjectSchema = z.looseObject({
  properties: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  required: z.array(z.string()).default([]),
})

function queryParameters(query: z.ZodType): readonly Json[] {
  const { properties, required } = ObjectSchema.parse(schemaOf(query, 'input'))
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }))
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...document } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    // What only code can tell says what it is by `meta`.
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      // A number comes as text in a query, and is read by this pattern.
      if (jsonSchema.type === 'integer') delete jsonSchema.pattern
    },
  })
  return document
}
