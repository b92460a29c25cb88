import { expect } from 'vitest'

import type { Identity } from '../../src/domain/identity.ts'
import { type Browser, createBrowser, type Visit } from './browser.ts'
import { AccountBody, ALICE, APP, CALENDAR, type ConnectWorld } from './connect-world.ts'

/** A user of this test only. */
export function aUser(name: string): Identity {
  return { ...ALICE, subject: name }
}

/** An attempt that was started, and the browser that is to go through it. */
export interface Begun {
  readonly token: string
  readonly authSession: string
  readonly ticket: string
  readonly pageUrl: string
  readonly browser: Browser
}

export async function begin(
  world: ConnectWorld,
  identity: Identity,
  body: Record<string, unknown> = {},
  token?: string,
): Promise<Begun> {
  const bearer = token ?? (await world.bearer(identity))
  const started = await world.call('POST', '/connect', {
    token: bearer,
    body: {
      connection: 'google-oauth2',
      redirect_uri: APP,
      state: 'app-state',
      ...(body['connection'] === undefined && { scopes: [CALENDAR] }),
      ...body,
    },
  })
  expect(started).toMatchObject({ status: 201 })
  const { connect_uri = '', connect_params = { ticket: '' }, auth_session = '' } = started.body
  return {
    token: bearer,
    authSession: auth_session,
    ticket: connect_params.ticket,
    pageUrl: `${connect_uri}?ticket=${connect_params.ticket}`,
    browser: createBrowser(),
  }
}

/** Says yes on the vault's page and goes on to wherever that ends. */
export async function agree({ browser, pageUrl }: Begun): Promise<Visit> {
  return await browser.follow(await browser.submit(await browser.open(pageUrl), 'approve'))
}

/** The query with which the browser came back to the app. */
export function answerOf(visit: Visit): Record<string, string> {
  expect(visit.location).toMatch(/^https:\/\/app\.example\.com\/connected\?/)
  return Object.fromEntries(new URL(visit.location ?? '').searchParams)
}

export async function complete(
  world: ConnectWorld,
  begun: Begun,
  visit: Visit,
  change: Record<string, unknown> = {},
): ReturnType<ConnectWorld['call']> {
  return await world.call('POST', '/complete', {
    token: begun.token,
    body: {
      auth_session: begun.authSession,
      connect_code: answerOf(visit)['connect_code'],
      redirect_uri: APP,
      ...change,
    },
  })
}

/** The whole flow; resolves to the account as the app gets it. */
export async function connect(
  world: ConnectWorld,
  identity: Identity,
  body: Record<string, unknown> = {},
): Promise<AccountBody> {
  const begun = await begin(world, identity, body)
  const completed = await complete(world, begun, await agree(begun))
  expect(completed).toMatchObject({ status: 201 })
  return AccountBody.parse(completed.body)
}

/** Ids of the user's accounts. */
export async function accountIds(world: ConnectWorld, identity: Identity): Promise<string[]> {
  const token = await world.bearer(identity)
  const listed = await world.call('GET', '/accounts?take=20', { token })
  return (listed.body.accounts ?? []).map(({ id }) => id)
}
