import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { startEmulator, type Emulator } from '@valetkey/emulator'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import * as z from 'zod'

import { startVault, type StartedVault, type VaultConfig } from '../../src/index.ts'
import { valetkey } from './command.ts'

// Each test starts processes.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const root = mkdtempSync(join(tmpdir(), 'valetkey-doctor-'))
let emulator: Emulator
beforeAll(async () => {
  emulator = await startEmulator()
})
afterAll(async () => {
  await emulator.close()
  rmSync(root, { recursive: true })
})

const KEY = randomBytes(32).toString('hex')
const Report = z.object({
  works: z.boolean(),
  checks: z.array(
    z.object({
      check: z.string(),
      outcome: z.string(),
      detail: z.string(),
      mend: z.string().optional(),
    }),
  ),
})

interface Deployment {
  readonly folder: string
  readonly start: () => Promise<StartedVault>
  readonly doctor: () => Promise<
    z.infer<typeof Report> & { readonly code: unknown; readonly output: string }
  >
}

async function aDeployment(
  name: string,
  adjust: (config: VaultConfig) => VaultConfig = (config) => config,
): Promise<Deployment> {
  const folder = join(root, name)
  mkdirSync(folder)
  // A port that was free a moment ago: the issuer has to be in the file.
  const probe = await startEmulator()
  const { port } = new URL(probe.url)
  await probe.close()
  const { clientId } = emulator.client('google')
  const config: VaultConfig = adjust({
    issuer: `http://127.0.0.1:${port}/`,
    storage: { sqlite: './vault.db' },
    keys: { local: 'file:./vault.key' },
    connections: [
      {
        name: 'google-oauth2',
        provider: emulator.provider('google'),
        clientId,
        clientSecret: 'env:GOOGLE',
      },
    ],
    trustedIssuers: [emulator.trustedIssuer()],
    development: { dangerouslyAllowLoopbackHttp: true },
  })
  writeFileSync(join(folder, 'vault.key'), `${KEY}\n`, { mode: 0o600 })
  writeFileSync(join(folder, 'valetkey.config.json'), JSON.stringify(config))
  const environment = { GOOGLE: emulator.client('google').clientSecret }
  return {
    folder,
    start: () => startVault(config, { folder, environment, port: Number(port) }),
    doctor: async () => {
      const parameters = ['doctor', '--config', 'valetkey.config.json', '--json']
      const run = valetkey(parameters, { cwd: folder, environment })
      const code = await run.ended
      const output = run.stdout() + run.stderr()
      return { ...Report.parse(JSON.parse(run.stdout())), code, output }
    },
  }
}

function outcomes({ checks }: z.infer<typeof Report>): Readonly<Record<string, string>> {
  return Object.fromEntries(checks.map(({ check, outcome }) => [check, outcome]))
}

test('a deployment that works passes every check, and no secret is printed', async () => {
  const deployment = await aDeployment('good')
  const vault = await deployment.start()

  const report = await deployment.doctor()

  expect(report.works).toBe(true)
  expect(report.code).toBe(0)
  expect(outcomes(report)).toMatchObject({
    config: 'passed',
    files: 'passed',
    key: 'passed',
    database: 'passed',
    issuer: 'passed',
    'google-oauth2 client': 'passed',
    'google-oauth2 clock': 'passed',
    [`${emulator.trustedIssuer().issuer} issuer_keys`]: 'passed',
  })
  expect(report.output).not.toContain(emulator.client('google').clientSecret)
  expect(report.output).not.toContain(KEY)
  await vault.close()
})

test('says that no vault runs, and that there is no database yet; makes none', async () => {
  const deployment = await aDeployment('not-started')

  const report = await deployment.doctor()

  expect(report.code).toBe(1)
  expect(outcomes(report)).toMatchObject({ database: 'warning', issuer: 'failed' })
  const again = await deployment.doctor()
  expect(outcomes(again)).toMatchObject({ database: 'warning' })
})

test.each<[string, (folder: string) => void, Readonly<Record<string, string>>]>([
  [
    'another key than that of the database',
    (folder) => writeFileSync(join(folder, 'vault.key'), `${randomBytes(32).toString('hex')}\n`),
    { key: 'failed' },
  ],
  [
    'a database that others may read',
    (folder) => chmodSync(join(folder, 'vault.db'), 0o644),
    { files: 'failed' },
  ],
  [
    'a key that others may read',
    (folder) => chmodSync(join(folder, 'vault.key'), 0o644),
    {
      key: 'failed',
      files: 'failed',
    },
  ],
  [
    'a configuration that is wrong',
    (folder) => writeFileSync(join(folder, 'valetkey.config.json'), '{"storage":{}}'),
    { config: 'failed' },
  ],
])('finds %s, with the mend', async (name, spoil, expected) => {
  const deployment = await aDeployment(name.replaceAll(' ', '-'))
  await (await deployment.start()).close()
  spoil(deployment.folder)

  const report = await deployment.doctor()

  expect(report.code).toBe(1)
  expect(outcomes(report)).toMatchObject(expected)
  const faults = report.checks.filter(({ outcome }) => outcome === 'failed')
  expect(faults.every(({ mend = '' }) => mend !== '')).toBe(true)
})

test('names each problem of a configuration for itself', async () => {
  const deployment = await aDeployment('two-problems')
  writeFileSync(join(deployment.folder, 'valetkey.config.json'), '{"storage":{},"clints":[]}')

  const { checks } = await deployment.doctor()

  const details = checks.map(({ detail }) => detail)
  expect(details).toContain('it has no setting "clints". Did you mean "clients"?')
  expect(details.filter((detail) => detail.includes('\n'))).toEqual([])
})

test('finds an issuer that is another vault, and keys that cannot be had', async () => {
  const other = await aDeployment('other')
  const vault = await other.start()
  const deployment = await aDeployment('mistaken', (config) => ({
    ...config,
    issuer: `http://localhost:${new URL(vault.url).port}/`,
    trustedIssuers: [{ ...emulator.trustedIssuer(), jwksUri: `${emulator.url}/nothing` }],
  }))

  const report = await deployment.doctor()

  expect(outcomes(report)).toMatchObject({
    issuer: 'failed',
    [`${emulator.trustedIssuer().issuer} issuer_keys`]: 'failed',
  })
  await vault.close()
})
