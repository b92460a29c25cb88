import * as entry from '@valetkey/providers'
import { expect, test } from 'vitest'

test('exports these values and no others', () => {
  expect(Object.keys(entry).toSorted()).toEqual([
    'customOAuth2',
    'customOidc',
    'findProvider',
    'providers',
  ])
})
