import { expect, test } from 'vitest'

import * as vault from '../src/index.ts'

test('exports what it means to, and nothing else', () => {
  expect(Object.keys(vault).toSorted()).toEqual([
    'ConfigError',
    'KeyError',
    'StorageError',
    'createLogger',
    'createVault',
    'defineVault',
    'openLoopbackCertificate',
    'startVault',
    'systemRuntime',
    'verifyAudit',
  ])
})
