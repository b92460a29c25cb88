import { describe, expect, test } from 'vitest'
import { fillFromEnvironment } from './environment.ts'
import { createValetKeyClient } from './client.ts'

const nothing = { needsSecret: true }
const valetKey = {
  VALETKEY_ISSUER: 'https://vault.example.com/',
  VALETKEY_CLIENT_ID: 'agent',
  VALETKEY_CLIENT_SECRET: 'secret',
}
const auth0 = {
  AUTH0_DOMAIN: 'tenant.eu.auth0.com',
  AUTH0_CLIENT_ID: 'auth0-agent',
  AUTH0_CLIENT_SECRET: 'auth0-secret',
}

describe('the environment', () => {
  test('is taken as one set, VALETKEY_* first', () => {
    expect(fillFromEnvironment(nothing, { ...valetKey, ...auth0 })).toEqual({
      issuer: 'https://vault.example.com/',
      clientId: 'agent',
      clientSecret: 'secret',
    })
    expect(fillFromEnvironment(nothing, auth0)).toEqual({
      domain: 'tenant.eu.auth0.com',
      clientId: 'auth0-agent',
      clientSecret: 'auth0-secret',
    })
  })

  test('is never mixed: one variable of a set calls for all of it', () => {
    expect(() => fillFromEnvironment(nothing, { ...auth0, VALETKEY_CLIENT_ID: 'agent' })).toThrow(
      /VALETKEY_ISSUER, VALETKEY_CLIENT_SECRET/,
    )
  })

  test('never lends a secret of one set to an address of the other', () => {
    expect(() =>
      fillFromEnvironment({ ...nothing, issuer: 'https://vault.example.com/' }, auth0),
    ).toThrow(/VALETKEY_CLIENT_ID, VALETKEY_CLIENT_SECRET/)
    expect(() => fillFromEnvironment({ ...nothing, domain: 'tenant.auth0.com' }, valetKey)).toThrow(
      /AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET/,
    )
  })

  test('names all that is missing, and counts empty as missing', () => {
    expect(() => fillFromEnvironment(nothing, { VALETKEY_ISSUER: ' ' })).toThrow(
      /VALETKEY_ISSUER, VALETKEY_CLIENT_ID, VALETKEY_CLIENT_SECRET/,
    )
  })

  test('needs no secret, and reads none, where there is a private key', () => {
    expect(fillFromEnvironment({ needsSecret: false }, valetKey)).toEqual({
      issuer: 'https://vault.example.com/',
      clientId: 'agent',
      clientSecret: undefined,
    })
  })
})

describe('a client without options', () => {
  test('is made without an environment, and says at first use what is missing', async () => {
    const saved = { ...process.env }
    for (const name of [...Object.keys(valetKey), ...Object.keys(auth0)]) delete process.env[name]
    try {
      const tool = createValetKeyClient({ accessToken: 'x' }).withTokenForConnection(
        { connection: 'github' },
        () => 1,
      )

      await expect(tool()).rejects.toMatchObject({
        code: 'client_misconfigured',
        message: expect.stringContaining('VALETKEY_CLIENT_SECRET'),
      })
      Object.assign(process.env, valetKey, { VALETKEY_ISSUER: 'ftp://vault' })
      await expect(tool()).rejects.toMatchObject({
        code: 'client_misconfigured',
        message: expect.stringContaining('VALETKEY_ISSUER'),
      })
    } finally {
      process.env = saved
    }
  })
})
