// The Model Context Protocol's own checks of an authorization server, as npm has them, against a vault.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createBrowser } from '@valetkey-internal/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { runProcess } from '../src/run-process.ts'
import { type ClientsWorld, NATIVE, ORDERS, startClientsWorld } from './src/clients-world.ts'

/** Checks that do not succeed, each with what the vault does instead. Everything else must. */
const NOT_MET: Readonly<Record<string, string>> = {
  'authorization-server-metadata-cimd':
    'a recommendation: clients are registered by whoever runs the vault, none by a document that it would have to fetch',
}

/** Every scenario there is for an authorization server, by name. */
const SCENARIOS = ['authorization-code-grant', 'authorization-server-metadata-endpoint']

const Checks = z.array(
  z.object({
    id: z.string(),
    status: z.enum(['SUCCESS', 'FAILURE', 'WARNING', 'SKIPPED', 'INFO']),
    errorMessage: z.string().optional(),
  }),
)

let world: ClientsWorld
let folder: string
beforeAll(async () => {
  world = await startClientsWorld()
  folder = mkdtempSync(join(tmpdir(), 'valetkey-conformance-'))
})
afterAll(async () => {
  await world.close()
  rmSync(folder, { recursive: true })
})

interface Run {
  readonly scenarios: readonly string[]
  readonly checks: z.infer<typeof Checks>
}

/** Runs all scenarios; a browser goes where they would send a person. */
async function runConformance(options: Readonly<Record<string, string>>): Promise<Run> {
  const output = mkdtempSync(join(folder, 'run-'))
  const named = {
    '--url': world.issuer,
    '--output-dir': output,
    '--client-id': NATIVE.clientId,
    '--port': String(await freePort()),
    ...options,
  }
  const parameters = ['authorization', ...Object.entries(named).flat()]
  const running = runProcess(conformanceProgram(), parameters, {
    cwd: folder,
    environment: { NODE_EXTRA_CA_CERTS: world.authorityFile },
  })
  await running.wrote('stdout', 'Waiting up to 5 minutes')
  const [url = ''] = /^https:\S+$/m.exec(running.stdout()) ?? []
  await createBrowser().open(`${url}&connection=google-oauth2&login_hint=${world.newUser()}`)
  await running.ended

  const files = readdirSync(output, { recursive: true, encoding: 'utf8' })
  return {
    // Each in a folder of its own, named `authorization-server-<scenario>-<time>`.
    scenarios: readdirSync(output)
      .map((name) => name.replace(/^authorization-server-/, '').replace(/-\d{4}-\d\d-.*$/, ''))
      .toSorted(),
    checks: files
      .filter((file) => file.endsWith('checks.json'))
      .toSorted()
      .flatMap((file) => Checks.parse(JSON.parse(readFileSync(join(output, file), 'utf8')))),
  }
}

describe.each([
  { asked: 'who the user is', options: {} },
  { asked: 'a token for an MCP server', options: { '--resource': ORDERS } },
])('asking for $asked', ({ options }) => {
  test('every scenario runs, and every check succeeds but those that are listed', async () => {
    const { scenarios, checks } = await runConformance(options)

    expect(scenarios).toEqual(SCENARIOS)
    expect(checks.filter(({ status }) => status === 'SUCCESS').map(({ id }) => id)).toEqual([
      'authorization-code-grant',
      'authorization-server-metadata',
    ])
    const others = checks.filter(({ status }) => status !== 'SUCCESS')
    expect(others.map(({ id }) => id)).toEqual(Object.keys(NOT_MET))
    // A recommendation that is not met, not a requirement.
    expect(others.every(({ status }) => status === 'WARNING')).toBe(true)
  })
})

function conformanceProgram(): string {
  const entry = fileURLToPath(import.meta.resolve('@modelcontextprotocol/conformance/package.json'))
  return join(dirname(entry), 'dist/index.js')
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
