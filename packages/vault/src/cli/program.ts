import { Command, Help, InvalidArgumentError, type Option } from 'commander'

import packageJson from '../../package.json' with { type: 'json' }
import { addAdminCommands } from './admin-commands.ts'
import type { AuditVerifyOptions } from './audit-verify.ts'
import type { DevOptions } from './dev.ts'
import type { ServeOptions } from './serve.ts'

/** The command `valetkey`. Each command's code is loaded only when it runs. */
export function createProgram(): Command {
  const program = new Command('valetkey')
    .description('An open token vault for AI agents.')
    .version(packageJson.version)
    .showHelpAfterError('Add --help for what there is.')
    .configureHelp({ optionDescription: describeOption })

  program
    .command('dev')
    .description('Start a vault and emulated providers on loopback; needs no configuration.')
    .option('--port <number>', 'port of the vault', readPort, 8787)
    .option('--data <folder>', 'where keys and accounts are kept', '.valetkey')
    .option('--emulator <url>', 'use the emulator of another process')
    .option('--tls', 'https, with a certificate of its own, and how to trust it', false)
    .option('--json', 'print one line of JSON for scripts', false)
    .option('--verbose', 'log every request', false)
    .action(async (options: DevOptions) => {
      const { dev } = await import('./dev.ts')
      await dev(options)
    })

  program
    .command('serve')
    .description('Start a vault from a configuration file.')
    .requiredOption('--config <file>', 'valetkey.config.ts, .js or .json')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port to listen on', readPort, 8787)
    .option('--quiet', 'log warnings and errors only', false)
    .action(async (options: ServeOptions) => {
      const { serve } = await import('./serve.ts')
      await serve(options)
    })

  program
    .command('init')
    .description('Write valetkey.config.ts and a key file; replaces nothing.')
    .option('--folder <folder>', 'where to write them', '.')
    .action(async (options: { readonly folder: string }) => {
      const { init } = await import('./init.ts')
      await init(options)
    })

  program
    .command('migrate')
    .description("Bring the database up to this version's schema.")
    .requiredOption('--config <file>', 'valetkey.config.ts, .js or .json')
    .action(async (options: { readonly config: string }) => {
      const { migrate } = await import('./migrate.ts')
      await migrate(options)
    })

  const audit = program.command('audit').description('The audit log.')
  audit
    .command('verify')
    .description('Check that no record of the audit log was changed, removed or cut off.')
    .option('--config <file>', 'valetkey.config.ts, .js or .json')
    .option('--data <folder>', 'instead: the folder that "valetkey dev" keeps')
    .option('--head <file>', 'file of signed heads kept outside the database')
    .action(async (options: AuditVerifyOptions) => {
      const { auditVerify } = await import('./audit-verify.ts')
      await auditVerify(options)
    })

  addAdminCommands(program)
  return program
}

/** Without the defaults that say nothing: a switch that is off, a list that is empty. */
function describeOption(option: Option): string {
  const value: unknown = option.defaultValue
  const saysNothing = value === false || (Array.isArray(value) && value.length === 0)
  return saysNothing ? option.description : new Help().optionDescription(option)
}

function readPort(value: string): number {
  const port = Number(value)
  if (!/^\d{1,5}$/.test(value) || port > 65_535) {
    throw new InvalidArgumentError('A port is a number from 0 to 65535; 0 takes a free one.')
  }
  return port
}
