import { resolve } from 'node:path'

import { createAuditReader } from './audit-reader.ts'
import { toGrantClaims } from './authorization-server/access-token-claims.ts'
import { createAccessTokens } from './authorization-server/create-access-tokens.ts'
import { createClientAssertionVerifier } from './authorization-server/create-client-assertion-verifier.ts'
import { createClientSignedVerifier } from './authorization-server/create-client-signed-verifier.ts'
import { createDpopVerifier } from './authorization-server/create-dpop-verifier.ts'
import { createSubjectVerifier } from './authorization-server/create-subject-verifier.ts'
import { createTokenIntrospection } from './authorization-server/create-token-introspection.ts'
import { createTrustedIssuerVerifier } from './authorization-server/create-trusted-issuer-verifier.ts'
import { createVaultTokenVerifier } from './authorization-server/create-vault-token-verifier.ts'
import { createDpopNonces, dpopNonceSecret } from './authorization-server/dpop-nonces.ts'
import { createAuthorizationServer } from './authorization-server/oidc/create-authorization-server.ts'
import { createGrantStatus } from './authorization-server/oidc/create-grant-status.ts'
import { createLoginTokens } from './authorization-server/oidc/create-login-tokens.ts'
import { createRefreshTokenVerifier } from './authorization-server/oidc/create-refresh-token-verifier.ts'
import { createProfileStore } from './authorization-server/oidc/profiles.ts'
import { createSigningKeys, type SigningKeys } from './authorization-server/signing-keys.ts'
import { createConfiguredApis } from './config/configured-apis.ts'
import { createConfiguredClients } from './config/configured-clients.ts'
import { createConfiguredConnections } from './config/configured-connections.ts'
import { createRegistry, type OpenedRegistry } from './config/registry.ts'
import type { ResolvedSecrets } from './config/resolve-secrets.ts'
import type { ParsedVaultConfig } from './config/vault-config-schema.ts'
import { withAccountClient } from './config/with-account-client.ts'
import { createKeyRing, type KeyPurpose, type KeyRing } from './crypto/key-ring.ts'
import { createLocalKeyService } from './crypto/local-key-service.ts'
import { createSealer } from './crypto/sealer.ts'
import { createSecretHasher } from './crypto/secret-hasher.ts'
import { createTokenBoundBox } from './crypto/token-bound-box.ts'
import { randomText } from './domain/random-text.ts'
import type { AuditReader } from './ports/audit-reader.ts'
import type { DeploymentProbe } from './ports/deployment-probe.ts'
import type { Logger } from './ports/logger.ts'
import type { Registry } from './ports/registry.ts'
import type { Runtime } from './ports/runtime.ts'
import type { Sealer } from './ports/sealer.ts'
import type { SecretHasher } from './ports/secret-hasher.ts'
import { vaultScopesOf } from './provider-client/authorization-parameters.ts'
import { behaviourOf } from './provider-client/behaviour-of.ts'
import { createDeploymentProbe } from './provider-client/deployment-probe.ts'
import { loginFactsOf } from './provider-client/login-facts-of.ts'
import { originsOf } from './provider-client/origins-of.ts'
import { createOutboundFetch } from './provider-client/outbound-fetch.ts'
import { createProviderClient } from './provider-client/provider-client.ts'
import { publishAuditHead } from './publish-audit-head.ts'
import { processUserId } from './runtime.ts'
import type { ChainedAuditLog } from './storage/audit-log.ts'
import type { SqliteStore } from './storage/sqlite-store.ts'
import type { VaultParts } from './vault-parts.ts'

export interface JoinLayersOptions {
  readonly tenant: string
  readonly issuer: string
  readonly config: ParsedVaultConfig
  readonly secrets: ResolvedSecrets
  readonly store: SqliteStore
  /** What relative paths of the configuration are relative to. */
  readonly folder: string
  readonly runtime: Runtime
  readonly logger: Logger
  readonly outboxChanged: VaultParts['outboxChanged']
}

/** The parts of a vault, and what only whoever runs one needs. */
export interface JoinedLayers {
  readonly parts: VaultParts
  readonly keyRing: KeyRing
  readonly signingKeys: SigningKeys
  readonly audit: ChainedAuditLog
  readonly registry: Registry
  readonly auditReader: AuditReader
  readonly probe: DeploymentProbe
}

/**
 * Chooses what implements each port, and gives it what it needs. Every key is opened here, so that one that cannot be is
 * known before anything is answered.
 *
 * @throws {KeyError} when the root key is missing, weak, readable by others, or not the one that sealed the database
 */
export async function joinLayers(options: JoinLayersOptions): Promise<JoinedLayers> {
  const { tenant, issuer, config, store, folder, runtime, logger, outboxChanged } = options
  const keyRing = await openKeyRing(options)
  const sealer = createSealer({ keyRing, runtime })
  const hasher = createSecretHasher()
  const { headFile } = config.audit
  const audit = store.audit({
    tenant,
    // Each process writes a chain of its own (R19).
    writerId: randomText(runtime.randomBytes, 16),
    keys: keyRing.purpose('audit'),
    runtime,
    logger,
    onHead: publishAuditHead({ file: headFile && resolve(folder, headFile), logger }),
  })

  const outboundFetch = createOutboundFetch({
    allowLoopback: config.development.dangerouslyAllowLoopbackHttp,
    ...config.outbound,
  })
  const { registry, connections, providers, ...registered } = openRegistry({
    ...options,
    sealer,
    hasher,
  })
  const clients = withAccountClient(registered.clients, { tenant, issuer })
  const keys = createSigningKeys({ ...store, tenant, sealer, runtime })
  // Made or opened now, not with the first request.
  await keys.jwks()
  const users = store.users({ keys: keyRing.purpose('identity'), logger, vaultIssuer: issuer })
  const apis = createConfiguredApis({ config, tenant })
  const recorded = {
    ...store,
    tenant,
    sealer,
    hasher,
    runtime,
    box: createTokenBoundBox({ runtime }),
  }
  const profiles = createProfileStore(recorded)
  const loginTokens = createLoginTokens(recorded)
  const grants = createGrantStatus(recorded)
  const nonceSecret = await dpopNonceSecret(keyRing.purpose('dpop-nonce'))
  const nonces = createDpopNonces({ secret: nonceSecret, runtime })
  const parts: VaultParts = {
    ...store,
    users,
    consents: store.consents({ keys: keyRing.purpose('consent'), logger }),
    profiles,
    loginTokens,
    authorizationServer: createAuthorizationServer({
      ...recorded,
      issuer,
      clients,
      apis,
      users,
      profiles,
      outboundFetch,
      logger,
      keys,
      vaultProof: randomText(runtime.randomBytes, 43),
      cookieKey: (await secretOf(keyRing, 'cookie')).toString('base64url'),
      nonceSecret,
      sessionSeconds: config.login.sessionSeconds,
      grantClaims: toGrantClaims,
    }),
    tenant,
    issuer,
    runtime,
    logger,
    audit,
    auditTrail: store.auditTrail({ tenant, keys: keyRing.purpose('audit'), logger }),
    sealer,
    hasher,
    clients,
    connections,
    providerClient: createProviderClient({ connections: providers, outboundFetch, runtime }),
    subjectVerifier: createSubjectVerifier({
      jwts: [
        createTrustedIssuerVerifier({
          issuers: config.trustedIssuers,
          outboundFetch,
          runtime,
          vaultIssuer: issuer,
        }),
        createVaultTokenVerifier({ vaultIssuer: issuer, tenant, keys, grants, runtime }),
        createClientSignedVerifier({ ...store, vaultIssuer: issuer, tenant, runtime }),
      ],
      refreshTokens: createRefreshTokenVerifier({ ...recorded, vaultIssuer: issuer, loginTokens }),
    }),
    assertions: createClientAssertionVerifier({ ...store, issuer, tenant, runtime }),
    dpop: createDpopVerifier({ ...store, nonces, tenant, runtime }),
    accessTokens: createAccessTokens({ issuer, keys, runtime }),
    tokenIntrospection: createTokenIntrospection({ issuer, tenant, keys, grants, runtime }),
    publicKeys: keys,
    apis,
    grants,
    outboxChanged,
  }
  return {
    parts,
    keyRing,
    signingKeys: keys,
    audit,
    registry,
    auditReader: createAuditReader({ store, tenant, keys: keyRing.purpose('audit') }),
    probe: createDeploymentProbe({ ...config, connections: providers, outboundFetch, runtime }),
  }
}

async function openKeyRing({
  tenant,
  secrets,
  store,
  runtime,
}: JoinLayersOptions): Promise<KeyRing> {
  const keyService = createLocalKeyService({ ...secrets.rootKey, ownerId: processUserId() })
  await keyService.check()
  const keyRing = createKeyRing({ keyService, keyVersions: store.keyVersions, runtime, tenant })
  await keyRing.active()
  return keyRing
}

function openRegistry({
  tenant,
  config,
  secrets,
  store,
  runtime,
  logger,
  sealer,
  hasher,
}: JoinLayersOptions & {
  readonly sealer: Sealer
  readonly hasher: SecretHasher
}): OpenedRegistry {
  const known = {
    config,
    secrets,
    tenant,
    sealer,
    hasher,
    runtime,
    logger,
    behaviourOf,
    loginFactsOf,
    originsOf,
    vaultScopesOf,
  }
  const configured = createConfiguredConnections(known)
  return createRegistry({
    ...known,
    store: store.registrations,
    configured: {
      clients: createConfiguredClients(known),
      connections: configured.store,
      providers: configured.registrations,
    },
  })
}

/** A key of the ring as bytes, for a library that takes nothing else; the same in every process of the tenant. */
async function secretOf(keyRing: KeyRing, purpose: KeyPurpose): Promise<Buffer> {
  return (await keyRing.purpose(purpose).active()).key.export()
}
