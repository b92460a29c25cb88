// #region fake
import { withFakeToken } from '@valetkey/core/testing'
import { expect, test } from 'vitest'
import { tokenLength } from './your-tools.ts'

test('uses the token of the connection', async () => {
  const length = await withFakeToken({ github: 'gho_fake' }, () => tokenLength())

  expect(length).toBe(8)
})
// #endregion
