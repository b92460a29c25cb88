import { providers, type ProviderDefinition } from '@valetkey/providers'
import { expect, test } from 'vitest'

import { emulatedDefinition } from './emulated-definition.ts'

const BASE = 'http://127.0.0.1:8788'

test.each(Object.values<ProviderDefinition>(providers))(
  'every URL of $id leads to the emulator',
  (provider) => {
    // Names of scopes look like URLs, and lead nowhere.
    const elsewhere = { requestHeaders: {}, impliedScopes: {}, scopeTexts: {} }
    const text = JSON.stringify({ ...emulatedDefinition(provider, BASE), ...elsewhere })
    const urls = text.match(/https?:\/\/[^"]+/g) ?? []

    expect(urls.length).toBeGreaterThan(3)
    expect(urls.filter((url) => !url.startsWith(BASE))).toEqual([])
  },
)

test('keeps paths, placeholders and prefixes', () => {
  expect(emulatedDefinition(providers.github, BASE)).toMatchObject({
    authorizationEndpoint: `${BASE}/github/login/oauth/authorize`,
    revocation: { endpoint: `${BASE}/github/applications/{client_id}/token` },
    apiOrigins: [`${BASE}/github/`],
  })
  expect(emulatedDefinition(providers.slack, BASE)).toMatchObject({
    apiOrigins: [`${BASE}/slack/api/`, `${BASE}/slack/`],
    consentOrigins: [BASE],
  })
  expect(emulatedDefinition(providers.google, BASE).issuer).toBe(`${BASE}/google`)
})
