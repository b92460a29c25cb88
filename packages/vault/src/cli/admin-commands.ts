import { type Command, InvalidArgumentError } from 'commander'

import { type AdminOptions, SECRET_VARIABLE } from './admin-api.ts'
import type { AddClientOptions, RotateSecretOptions } from './administer-clients.ts'
import type { AddConnectionOptions } from './administer-connections.ts'
import type { DoctorOptions } from './doctor.ts'
import type { WhoOptions } from './read-who.ts'

/** Commands that administer a running vault. What they do is loaded only when one runs. */
export function addAdminCommands(program: Command): void {
  const connections = program.command('connections').description('Connections of a running vault.')
  admin(connections.command('list'), 'List all connections.').action(
    async (options: AdminOptions) => {
      await (await loadConnections()).listConnections(options)
    },
  )
  admin(connections.command('add <name>'), 'Add a connection, and test it.')
    .requiredOption('--provider <id>', 'id in the catalog, or file:PATH of a description as JSON')
    .requiredOption('--client-id <id>', 'what the provider gave you')
    .requiredOption('--client-secret <reference>', 'env:NAME or file:PATH')
    .option('--scope <scope>', 'asked for with every connect; can be repeated', collect, [])
    .option('--display-name <name>', 'name for people')
    .action(async (name: string, options: AddConnectionOptions) => {
      await (await loadConnections()).addConnection(name, options)
    })
  admin(
    connections.command('test <name>'),
    'Ask the provider whether it can be reached and knows the vault.',
  ).action(async (name: string, options: AdminOptions) => {
    await (await loadConnections()).testConnection(name, options)
  })
  admin(connections.command('remove <name>'), 'Remove a connection that no account is on.').action(
    async (name: string, options: AdminOptions) => {
      await (await loadConnections()).removeConnection(name, options)
    },
  )

  const clients = program.command('clients').description('Clients of a running vault.')
  admin(clients.command('list'), 'List all clients.').action(async (options: AdminOptions) => {
    await (await loadClients()).listClients(options)
  })
  admin(clients.command('add <id>'), 'Add a client and print its secret, once.')
    .option('--name <name>', 'name for people')
    .option('--public', "an app on the user's own device, without a secret", false)
    .option('--redirect-uri <uri>', 'can be repeated', collect, [])
    .option('--post-logout-redirect-uri <uri>', 'can be repeated', collect, [])
    .option('--grant <grant>', 'a grant it may use; can be repeated', collect, [])
    .option(
      '--connection <name=scopes>',
      'what it may have, such as google-oauth2=openid,email; can be repeated',
      collect,
      [],
    )
    .option('--api <identifier=scopes>', 'an API it may call; can be repeated', collect, [])
    .option('--subject <issuer>', 'whose tokens it may present; can be repeated', collect, [])
    .action(async (id: string, options: AddClientOptions) => {
      await (await loadClients()).addClient(id, options)
    })
  admin(
    clients.command('rotate-secret <id>'),
    'Make a second secret and print it, once; the old one stays for now.',
  )
    .option('--old-expires-in <seconds>', 'refuse the old secret after so long', readSeconds)
    .action(async (id: string, options: RotateSecretOptions) => {
      await (await loadClients()).rotateSecret(id, options)
    })
  admin(clients.command('remove-secret <id> <secret>'), 'Remove one of two secrets.').action(
    async (id: string, secret: string, options: AdminOptions) => {
      await (await loadClients()).removeSecret(id, secret, options)
    },
  )
  admin(clients.command('remove <id>'), 'Remove a client.').action(
    async (id: string, options: AdminOptions) => {
      await (await loadClients()).removeClient(id, options)
    },
  )

  const accounts = program.command('accounts').description("Users' accounts at providers.")
  who(admin(accounts.command('list'), "List a user's accounts.")).action(
    async (options: AdminOptions & WhoOptions) => {
      await (await loadAccounts()).listAccounts(options)
    },
  )
  admin(
    accounts.command('revoke <id>'),
    'End an account, here at once and at the provider right after.',
  ).action(async (id: string, options: AdminOptions) => {
    await (await loadAccounts()).revokeAccount(id, options)
  })

  who(
    program
      .command('doctor')
      .description('Say what is wrong with a deployment, or with an exchange, and the mend.')
      .option('--config <file>', 'check the deployment of this configuration, from this machine')
      .option('--url <url>', 'check an exchange of the vault at this address')
      .option('--admin-id <id>', `admin client; its secret is in ${SECRET_VARIABLE}`)
      .option('--client <id>', 'client that would exchange')
      .option('--connection <name>', 'connection that it would exchange for')
      .option('--scope <scope>', 'scope that it would need; can be repeated', collect, [])
      .option('--login-hint <hint>', 'which of several accounts')
      .option('--json', 'print JSON for programs', false),
  ).action(async (options: DoctorOptions) => {
    const { doctor } = await import('./doctor.ts')
    await doctor(options)
  })
}

const loadConnections = async () => await import('./administer-connections.ts')
const loadClients = async () => await import('./administer-clients.ts')
const loadAccounts = async () => await import('./administer-accounts.ts')

function admin(command: Command, description: string): Command {
  return command
    .description(description)
    .requiredOption('--url <url>', 'address of the admin API, such as https://vault.example.com')
    .requiredOption('--admin-id <id>', `admin client; its secret is in ${SECRET_VARIABLE}`)
    .option('--json', 'print JSON for programs', false)
}

function who(command: Command): Command {
  return command
    .option('--user <id>', 'usr_…')
    .option('--issuer <issuer>', 'instead, with --subject: as in the subject token')
    .option('--subject <subject>', 'as in the subject token')
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}

function readSeconds(value: string): number {
  if (/^\d{1,9}$/.test(value)) return Number(value)
  throw new InvalidArgumentError('Give a number of seconds.')
}
