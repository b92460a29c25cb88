import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { createLocalKeyFile } from '../crypto/local-key-file.ts'
import { systemRuntime } from '../runtime.ts'
import { UserError } from './user-error.ts'

export interface InitOptions {
  readonly folder: string
}

/** `valetkey init`: a configuration to fill in, and a root key. Refuses to replace either. */
export async function init({ folder }: InitOptions): Promise<void> {
  const configFile = join(resolve(folder), 'valetkey.config.ts')
  const dataFolder = join(resolve(folder), 'data')
  const keyFile = join(dataFolder, 'vault.key')
  for (const file of [configFile, keyFile]) {
    if (existsSync(file)) {
      throw new UserError(
        `${file} exists already. Nothing was written; move it away to begin anew.`,
      )
    }
  }

  mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  createLocalKeyFile(keyFile, { randomBytes: systemRuntime.randomBytes })
  const ignoreFile = join(dataFolder, '.gitignore')
  if (!existsSync(ignoreFile)) writeFileSync(ignoreFile, '*\n')
  writeFileSync(configFile, CONFIG, { flag: 'wx' })
  process.stdout.write(
    [
      `Wrote ${configFile}`,
      `Wrote ${keyFile} (keep a copy elsewhere: without it every stored token is lost)`,
      '',
      'Next: fill in the configuration, set the environment variables it names, then',
      `  npx @valetkey/vault serve --config ${configFile}`,
      '',
    ].join('\n'),
  )
}

/** Imports types only, so that it loads also where the package is not installed (`npx @valetkey/vault serve`). */
const CONFIG = `import type { VaultConfig } from '@valetkey/vault'

// Secrets never stand in this file: "env:NAME" is an environment variable, "file:PATH" a file beside this one.
export default {
  // The public address, exactly as apps and login systems see it, with the slash at the end.
  issuer: 'https://vault.example.com/',

  storage: { sqlite: './data/vault.db' },

  // The root key. Keep a copy elsewhere, and never in version control.
  keys: { local: 'file:./data/vault.key' },

  // Providers that users connect. Register {issuer}callback/{name} there as redirect URI.
  connections: [
    {
      name: 'google-oauth2',
      provider: 'google', // or: github, github-app, slack, notion
      clientId: 'your-client-id.apps.googleusercontent.com',
      clientSecret: 'env:GOOGLE_CLIENT_SECRET',
      scopes: ['openid', 'email'],
    },
  ],

  // Login systems whose JWTs say who the user is: Auth0, Clerk, Entra, Keycloak, better-auth, Supabase…
  trustedIssuers: [
    {
      issuer: 'https://idp.example.com/',
      audience: 'https://vault.example.com/',
      jwksUri: 'https://idp.example.com/.well-known/jwks.json',
    },
  ],

  // Apps and agent backends that may exchange tokens.
  clients: [
    {
      id: 'my-agent',
      secret: 'env:AGENT_SECRET', // openssl rand -base64 32
      redirectUris: ['https://app.example.com/connect/callback'],
      connections: {
        'google-oauth2': { scopes: ['https://www.googleapis.com/auth/calendar.events'] },
      },
      subjects: ['https://idp.example.com/'],
    },
  ],

  // Signed heads of the audit log, for "valetkey audit verify --head". Keep them off this disk.
  // audit: { headFile: '/mnt/elsewhere/audit-heads.jsonl' },

  // How many proxies in front of the vault append to X-Forwarded-For.
  // proxy: { trustedHops: 1 },
} satisfies VaultConfig
`
