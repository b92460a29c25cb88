export { ConfigError, type ConfigProblem } from './config/config-error.ts'
export { defineVault } from './config/define-vault.ts'
export type {
  AdminClientConfig,
  AdminConfig,
  ApiConfig,
  AuditConfig,
  ClientApiConfig,
  ClientConfig,
  ClientConnectionConfig,
  ClientSignedSubjectConfig,
  ClientSubjectConfig,
  ConnectionConfig,
  DevelopmentConfig,
  GrantName,
  KeysConfig,
  LimitsConfig,
  LoginConfig,
  OutboundConfig,
  ProxyConfig,
  RefreshTokenConfig,
  StorageConfig,
  TrustedIssuerConfig,
  VaultConfig,
} from './config/vault-config.ts'
export { createVault, type CreateVaultOptions, type Vault } from './create-vault.ts'
export type { CertifiedKey } from './crypto/certified-key.ts'
export { KeyError, type KeyErrorCode } from './crypto/key-error.ts'
export { createLogger, type CreateLoggerOptions } from './logging/create-logger.ts'
export {
  openLoopbackCertificate,
  type LoopbackCertificate,
  type OpenLoopbackCertificateOptions,
} from './open-loopback-certificate.ts'
export type { LogFields, Logger } from './ports/logger.ts'
export type { Runtime } from './ports/runtime.ts'
export { systemRuntime } from './runtime.ts'
export { startVault, type StartedVault, type StartVaultOptions } from './start-vault.ts'
export type { AuditBreak, AuditProblem } from './storage/audit-break.ts'
export { StorageError, type StorageErrorCode } from './storage/storage-error.ts'
export type { AuditVerification } from './storage/verify-audit.ts'
export type { CrashPoint } from './use-cases/refresh-run.ts'
export { verifyAudit, type VerifyAuditOptions } from './verify-audit.ts'
