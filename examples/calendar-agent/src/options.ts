import { parseArgs } from 'node:util'

/** What the command line says. */
export interface Options {
  /** Where the user logs in: at the vault itself, or at a login system that the vault trusts. */
  readonly issuer: 'vault' | 'external'
  /** Who clicks: this program, or a person in a browser. */
  readonly clicks: 'automatic' | 'person'
}

const { values } = parseArgs({
  options: {
    issuer: { type: 'string', default: 'vault' },
    open: { type: 'boolean', default: false },
  },
})
if (values.issuer !== 'vault' && values.issuer !== 'external') {
  throw new TypeError('--issuer takes "vault" or "external"')
}

export const options: Options = {
  issuer: values.issuer,
  clicks: values.open ? 'person' : 'automatic',
}
