import { describe, expect, test } from 'vitest'
import { isWithinApiOrigins, parseApiOrigin } from './api-origin.ts'

describe('an API origin', () => {
  test.for([
    ['https://api.example.com', { origin: 'https://api.example.com', pathPrefix: '/' }],
    ['https://api.example.com/v1', { origin: 'https://api.example.com', pathPrefix: '/v1/' }],
    ['https://api.example.com/v1/', { origin: 'https://api.example.com', pathPrefix: '/v1/' }],
    ['http://127.0.0.1:8080', { origin: 'http://127.0.0.1:8080', pathPrefix: '/' }],
    ['http://localhost:8080/x', { origin: 'http://localhost:8080', pathPrefix: '/x/' }],
  ] as const)('is read: %s', ([text, origin]) => {
    expect(parseApiOrigin(text)).toEqual(origin)
  })

  test.for([
    '',
    'api.example.com',
    'http://api.example.com',
    'https://*.example.com',
    'https://user@api.example.com',
    'https://api.example.com?x=1',
    'https://api.example.com#x',
    'https://api.example.com/a/../b',
    'https://api.example.com/%2e%2e/b',
    'https://api.example.com\\evil',
    'https://API.example.com',
    'javascript:alert(1)',
    'https://api.example.com /',
  ])('is refused: %s', (text) => {
    expect(parseApiOrigin(text)).toBeUndefined()
  })

  test('holds for its own path segments only', () => {
    const origins = [{ origin: 'https://a.example', pathPrefix: '/v1/' }]
    const within = (url: string): boolean => isWithinApiOrigins(new URL(url), origins)

    expect(['/v1', '/v1/', '/v1/x'].map((path) => within(`https://a.example${path}`))).toEqual([
      true,
      true,
      true,
    ])
    expect(
      ['/', '/v10', '/V1/x', '//v1/'].map((path) => within(`https://a.example${path}`)),
    ).toEqual([false, false, false, false])
    expect(within('https://user@a.example/v1')).toBe(false)
  })
})
