#!/usr/bin/env node
import { readFileSync } from 'node:fs'

import { Command, InvalidArgumentError, Option } from 'commander'

import { startEmulator, type Emulator, type EmulatorOptions } from '../start-emulator.ts'

/** What the command line says. */
interface CommandLine {
  readonly port: number
  readonly data?: string
  readonly consent: NonNullable<EmulatorOptions['consent']>
  readonly audience: string
  readonly json?: true
}

const command = new Command('emulator')
  .description('OAuth providers that run on this machine, with faults, virtual time and a log')
  .version(packageVersion())
  .addOption(
    new Option('--port <number>', 'port on 127.0.0.1; 0 for any free one')
      .default(8788)
      .argParser(parsePort),
  )
  .option('--data <folder>', 'keep keys and tokens in this folder, so that they outlast a restart')
  .addOption(
    new Option('--consent <mode>', 'whether a person clicks on a consent page')
      .choices(['page', 'automatic'])
      .default('page'),
  )
  .option('--audience <uri>', 'audience of login tokens: the issuer of your vault', 'valet-key')
  .option('--json', 'print one line of JSON instead of text')
  .action(run)

await command.parseAsync()

async function run(options: CommandLine): Promise<void> {
  let emulator: Emulator
  try {
    emulator = await startEmulator({
      port: options.port,
      consent: options.consent,
      dataFolder: options.data,
      loginToken: { audience: options.audience },
      // Whoever may run processes on this machine may control it: it guards nothing of worth.
    })
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    process.exitCode = 1
    return
  }
  console.log(options.json ? asJson(emulator) : asText(emulator))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void emulator.close()
    })
  }
}

function asJson(emulator: Emulator): string {
  return JSON.stringify({
    url: emulator.url,
    trustedIssuer: emulator.trustedIssuer(),
    userTokenEndpoint: `${emulator.url}/idp/login-token`,
    providers: Object.fromEntries(
      emulator
        .providerIds()
        .map((id) => [id, { definition: emulator.provider(id), client: emulator.client(id) }]),
    ),
  })
}

function asText(emulator: Emulator): string {
  const providers = emulator.providerIds().map((id) => {
    const { clientId, clientSecret } = emulator.client(id)
    return `  ${id.padEnd(12)} client ${clientId}  secret ${clientSecret}`
  })
  return [
    `The emulator listens on ${emulator.url}`,
    '',
    'Providers:',
    ...providers,
    '',
    'A login token of a demo user:',
    `  curl -s ${emulator.url}/idp/login-token -H 'content-type: application/json' -d '{"user":"demo"}'`,
    '',
    'Everything that reached it:',
    `  curl -s ${emulator.url}/_emulator/log`,
  ].join('\n')
}

function parsePort(value: string): number {
  const port = Number(value)
  if (!/^\d+$/.test(value) || port > 65_535) {
    throw new InvalidArgumentError('It must be a number from 0 to 65535.')
  }
  return port
}

function packageVersion(): string {
  const file: unknown = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  )
  return typeof file === 'object' && file !== null && 'version' in file
    ? String(file.version)
    : 'unknown'
}
