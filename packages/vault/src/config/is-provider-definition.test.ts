import { providers } from '@valetkey/providers'
import { expect, test } from 'vitest'

import { isProviderDefinition } from './is-provider-definition.ts'

test.each(Object.values(providers))('takes $id of the catalog', (definition) => {
  expect(isProviderDefinition(definition)).toBe(true)
})

test.each(['https://sso.example.com', 'https://*.example.com', 'http://localhost:8788'])(
  'takes a consent page at %s',
  (origin) => {
    expect(isProviderDefinition({ ...providers.google, consentOrigins: [origin] })).toBe(true)
  },
)

test.each([
  '*',
  'https://*',
  'https:',
  "'self'",
  'https://a.example; script-src *',
  'https://a.example https://b.example',
  'https://a.example/path',
  'javascript:alert(1)',
])(
  'takes no %j for a consent page, which would change the policy of the page that links to it',
  (origin) => {
    expect(isProviderDefinition({ ...providers.google, consentOrigins: [origin] })).toBe(false)
  },
)
