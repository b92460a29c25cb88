import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { createBrowser, startTestVault, type TestVault } from '@valetkey-internal/testing'

import { sendLoad } from './load.ts'
import type { Row } from './report.ts'
import { interleave } from './rounds.ts'
import { startServerProcess } from './server-process.ts'
import type { Size } from './size.ts'
import { ratios, spreadOf } from './statistics.ts'

const CONNECTIONS = 8
const folder = join(import.meta.dirname, '..', 'next-app')
const environment = { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' } as const

/**
 * CPU time of a route handler of a built Next.js app, with a session and with a token that is cached, over
 * the same route with neither. The app is a process of its own; the vault is asked once.
 */
export async function measureNextRoutes({
  rounds,
  exchanges: requests,
}: Size): Promise<readonly Row[]> {
  buildApp()
  const vault = await startTestVault()
  const app = await startServerProcess<{ readonly origin: string }>(
    [process.execPath, join(import.meta.dirname, 'next-server.ts'), folder],
    {
      ...environment,
      VALETKEY_ISSUER: vault.issuer,
      VALETKEY_CLIENT_ID: vault.webApp.id,
      VALETKEY_CLIENT_SECRET: vault.webApp.secret,
      VALETKEY_COOKIE_SECRET: randomBytes(32).toString('base64url'),
    },
  )
  try {
    const { origin } = app.ready
    const cookie = await logIn(origin, vault)
    const route = (name: string) => async (): Promise<number> => {
      const before = app.cpuMicroseconds()
      await sendLoad({
        origin,
        steps: [{ method: 'GET', path: `/api/${name}`, headers: { cookie }, status: 200 }],
        requests,
        connections: CONNECTIONS,
      })
      return (app.cpuMicroseconds() - before) / requests
    }
    const routes = { empty: route('empty'), session: route('session'), token: route('token') }
    for (const warmUp of Object.values(routes)) await warmUp()
    const { empty = [], session = [], token = [] } = await interleave(rounds, routes)
    return [
      rowOf('getSession in a route handler, CPU over the empty route', session, empty),
      rowOf('getAccessTokenForConnection, cached, CPU over the empty route', token, empty),
    ]
  } finally {
    await app.stop()
    await vault.close()
  }
}

function buildApp(): void {
  const next = dirname(createRequire(import.meta.url).resolve('next/package.json'))
  execFileSync(process.execPath, [join(next, 'dist/bin/next'), 'build', folder], {
    env: { ...process.env, ...environment },
    stdio: 'pipe',
  })
}

function rowOf(name: string, whole: readonly number[], empty: readonly number[]): Row {
  return {
    name,
    figure: spreadOf(whole.map((value, round) => value - (empty[round] ?? 0))),
    unit: 'µs',
    reference: 'empty route',
    ratio: spreadOf(ratios(whole, empty)),
  }
}

async function logIn(origin: string, vault: TestVault): Promise<string> {
  const browser = createBrowser()
  const query = new URLSearchParams({
    connection: 'google-oauth2',
    login_hint: vault.newUser().id,
    returnTo: '/api/token',
  })
  let page = await browser.open(`${origin}/api/valet-key/login?${query}`)
  while (!page.url.startsWith(origin)) page = await browser.click(page, /continue|allow/i)
  return browser.cookies(origin)
}
