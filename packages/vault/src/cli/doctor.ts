import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'

import * as z from 'zod'

import { ConfigError, describeProblem } from '../config/config-error.ts'
import { parseVaultConfig } from '../config/define-vault.ts'
import { resolveSecrets } from '../config/resolve-secrets.ts'
import type { ParsedVaultConfig } from '../config/vault-config-schema.ts'
import { createKeyRing } from '../crypto/key-ring.ts'
import { createLocalKeyService } from '../crypto/local-key-service.ts'
import { TENANT } from '../create-vault.ts'
import { failed, isClean, passed, type Verdict, warning } from '../domain/diagnosis.ts'
import { callbackUri } from '../domain/vault-urls.ts'
import { createConfiguredConnections } from '../config/configured-connections.ts'
import { vaultScopesOf } from '../provider-client/authorization-parameters.ts'
import { behaviourOf } from '../provider-client/behaviour-of.ts'
import { createDeploymentProbe } from '../provider-client/deployment-probe.ts'
import { loginFactsOf } from '../provider-client/login-facts-of.ts'
import { originsOf } from '../provider-client/origins-of.ts'
import { createOutboundFetch } from '../provider-client/outbound-fetch.ts'
import { processUserId, systemRuntime } from '../runtime.ts'
import { createKeyVersionStore } from '../storage/key-version-store.ts'
import { readSchemaVersion } from '../storage/migrate.ts'
import { SCHEMA_VERSION } from '../storage/migrations.ts'
import { openSqliteDatabase } from '../storage/sqlite-database.ts'
import { diagnose, type DiagnoseOptions } from './diagnose.ts'
import { printChecks } from './print-checks.ts'
import { explainFailure } from './explain-failure.ts'
import { loadConfig, type LoadedConfig } from './load-config.ts'
import { printJson } from './print-table.ts'
import { UserError } from './user-error.ts'

export interface DoctorOptions extends Partial<DiagnoseOptions> {
  /** Looks at the deployment, from this machine. */
  readonly config?: string | undefined
  readonly json: boolean
}

/** `valetkey doctor`: what is wrong with a deployment, with an exchange, or with both. Exit code 1 when something is. */
export async function doctor(options: DoctorOptions): Promise<void> {
  const { config, url, adminId, client, connection } = options
  const isAboutExchange = client !== undefined || connection !== undefined
  if (config === undefined && !isAboutExchange) {
    throw new UserError(
      'Give --config to check a deployment, or --url, --admin-id, --client, --connection and a user to check an exchange.',
    )
  }
  const checks: Verdict[] = []
  if (config !== undefined) checks.push(...(await checkDeployment(config)))
  if (isAboutExchange) {
    if (url === undefined || adminId === undefined || !client || !connection) {
      throw new UserError(
        'To check an exchange give all of --url, --admin-id, --client and --connection.',
      )
    }
    const question = { ...options, url, adminId, client, connection, scope: options.scope ?? [] }
    checks.push(...(await diagnose(question)).checks)
  }
  if (options.json) printJson({ works: isClean(checks), checks })
  else printChecks(checks)
  if (!isClean(checks)) process.exitCode = 1
}

/** From the file outwards; what depends on something broken is left out. Changes nothing. */
async function checkDeployment(file: string): Promise<readonly Verdict[]> {
  const loaded = await attempt('config', 'Mend what it says.', async () => {
    const read = await loadConfig(file)
    const config = parseVaultConfig(read.config)
    const sources = { environment: process.env, folder: read.folder, literals: 'refused' } as const
    return { ...read, config, secrets: resolveSecrets(config, sources) }
  })
  if (!loaded.ok) return loaded.verdicts
  const { config } = loaded.value
  return [
    passed('config', 'It can be used.'),
    ...checkFiles(loaded.value),
    ...(await checkKeyAndDatabase(loaded.value)),
    await checkIssuer(config),
    ...(await checkServices(loaded.value)),
  ]
}

interface Deployment extends LoadedConfig {
  readonly config: ParsedVaultConfig
  readonly secrets: ReturnType<typeof resolveSecrets>
}

function checkFiles({ config, secrets, folder }: Deployment): readonly Verdict[] {
  const database = resolve(folder, config.storage.sqlite)
  const paths = [
    ...('path' in secrets.rootKey ? [secrets.rootKey.path] : []),
    ...['', '-wal', '-shm'].map((suffix) => `${database}${suffix}`),
  ].filter((path) => existsSync(path))
  const open = paths.filter((path) => (statSync(path).mode & 0o077) !== 0)
  return [
    open.length === 0
      ? passed('files', 'The key and the database are for their owner alone.')
      : failed(
          'files',
          `Others may use ${open.join(', ')}.`,
          `chmod 600 ${open.map((path) => JSON.stringify(path)).join(' ')}`,
        ),
  ]
}

async function checkKeyAndDatabase({
  config,
  secrets,
  folder,
}: Deployment): Promise<readonly Verdict[]> {
  const usable = await attempt('key', 'Put the right key where keys.local says.', async () => {
    const service = createLocalKeyService({ ...secrets.rootKey, ownerId: processUserId() })
    await service.check()
    return service
  })
  if (!usable.ok) return usable.verdicts
  const keyService = usable.value
  const path = resolve(folder, config.storage.sqlite)
  if (!existsSync(path)) {
    return [
      passed('key', 'It is a usable one.'),
      warning('database', `There is none at ${path}.`, '"valetkey serve" makes it.'),
    ]
  }
  const found = await attempt('key', 'Give the key that this database was made with.', async () => {
    const database = openSqliteDatabase({ path, file: 'existing' })
    try {
      const version = await readSchemaVersion(database)
      const keyVersions = createKeyVersionStore(database)
      const known = version === 0 ? [] : await keyVersions.list({ tenant: TENANT })
      const runtime = systemRuntime
      if (known.length > 0) {
        await createKeyRing({ keyService, keyVersions, runtime, tenant: TENANT }).active()
      }
      return version
    } finally {
      database.close()
    }
  })
  if (!found.ok) return found.verdicts
  return [passed('key', 'It opens what the database holds.'), checkSchema(found.value)]
}

function checkSchema(version: number): Verdict {
  if (version === SCHEMA_VERSION) return passed('database', `Its schema has version ${version}.`)
  return version < SCHEMA_VERSION
    ? warning(
        'database',
        `Its schema has version ${version}, and this program has ${SCHEMA_VERSION}.`,
        '"valetkey serve" or "valetkey migrate" brings it up to date.',
      )
    : warning(
        'database',
        `Its schema has version ${version}, newer than this program's ${SCHEMA_VERSION}.`,
        'Update @valetkey/vault here.',
      )
}

const Metadata = z.object({ issuer: z.string() })

/** By the way that apps come: name, proxy and certificate included. */
async function checkIssuer({ issuer }: ParsedVaultConfig): Promise<Verdict> {
  const check = 'issuer'
  if (issuer === undefined) {
    return failed(check, 'It is not set.', 'Give the address by which apps reach the vault.')
  }
  const url = new URL('.well-known/oauth-authorization-server', issuer)
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(10_000) })
    const metadata = Metadata.safeParse(await response.json())
    return metadata.success && metadata.data.issuer === issuer
      ? passed(check, `The vault answers at ${issuer} and calls itself so.`)
      : failed(
          check,
          `What answers at ${issuer} does not call itself so.`,
          'Compare issuer with the address of the proxy in front, character by character.',
        )
  } catch {
    // Whatever kept it from answering, apps would not get through either.
    return failed(
      check,
      `Nothing usable answers at ${url.href} from here.`,
      'Start the vault; then check DNS, the proxy in front, and its certificate.',
    )
  }
}

async function checkServices({ config, secrets }: Deployment): Promise<readonly Verdict[]> {
  const outboundFetch = createOutboundFetch({
    allowLoopback: config.development.dangerouslyAllowLoopbackHttp,
    ...config.outbound,
  })
  const configured = createConfiguredConnections({
    config,
    secrets,
    tenant: TENANT,
    behaviourOf,
    loginFactsOf,
    originsOf,
    vaultScopesOf,
  })
  const probe = createDeploymentProbe({
    ...config,
    connections: configured.registrations,
    outboundFetch,
    runtime: systemRuntime,
  })
  const { issuer = 'https://vault.example.com/' } = config
  const connections = await configured.store.list({ tenant: TENANT })
  const ofConnections = await Promise.all(
    connections.map(async (connection) =>
      named(
        connection.name,
        await probe.connection(connection, callbackUri(issuer, connection.name)),
      ),
    ),
  )
  const ofIssuers = await Promise.all(
    config.trustedIssuers.map(async (trusted) => {
      return named(trusted.issuer, (await probe.issuerKeys(trusted.issuer)) ?? [])
    }),
  )
  return [...ofConnections, ...ofIssuers].flat()
}

/** Several are asked: each check says of whom it is. */
function named(name: string, verdicts: readonly Verdict[]): readonly Verdict[] {
  return verdicts.map((verdict) => ({ ...verdict, check: `${name} ${verdict.check}` }))
}

type Attempt<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly verdicts: readonly Verdict[] }

/** Errors made for people say what is wrong by themselves. */
async function attempt<Value>(
  check: string,
  mend: string,
  run: () => Promise<Value>,
): Promise<Attempt<Value>> {
  try {
    return { ok: true, value: await run() }
  } catch (error) {
    const details =
      error instanceof ConfigError ? error.problems.map(describeProblem) : [explainFailure(error)]
    return { ok: false, verdicts: details.map((detail) => failed(check, detail, mend)) }
  }
}
