import { expect, test } from 'vitest'

import { parseVaultConfig } from '../../src/config/define-vault.ts'
import config from './valetkey.config.ts'

test('the configuration of the README is one', () => {
  expect(parseVaultConfig(config).clients).toHaveLength(1)
})
