import { expect, test } from 'vitest'

import { metadataRoute } from './metadata.ts'

const context = { requestId: 'r', pathParameters: {} }

test('serves a document whose issuer is the address it was asked at, and only what there is', async () => {
  const route = metadataRoute({
    issuer: 'https://vault.example.com/',
    grantTypes: ['urn:ietf:params:oauth:grant-type:token-exchange'],
    assertionAlgorithms: ['ES256'],
    dpopAlgorithms: ['ES256'],
  })

  const response = await route(new Request('https://vault.example.com/'), context)

  expect(response.headers.get('content-type')).toContain('application/json')
  const document = await response.json()
  expect(document).toMatchObject({
    issuer: 'https://vault.example.com/',
    authorization_endpoint: 'https://vault.example.com/authorize',
    token_endpoint: 'https://vault.example.com/oauth/token',
    jwks_uri: 'https://vault.example.com/.well-known/jwks.json',
    response_types_supported: ['code'],
    grant_types_supported: ['urn:ietf:params:oauth:grant-type:token-exchange'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    token_endpoint_auth_methods_supported: [
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
      'none',
    ],
    token_endpoint_auth_signing_alg_values_supported: ['ES256'],
    introspection_endpoint_auth_methods_supported: [
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
    ],
    dpop_signing_alg_values_supported: ['ES256'],
    protected_resources: ['https://vault.example.com/me/'],
  })
  const endpoints = Object.entries(document).filter(([name]) => name.endsWith('_endpoint'))
  expect(endpoints.every(([, url]) => String(url).startsWith('https://vault.example.com/'))).toBe(
    true,
  )
})
