import * as z from 'zod'

import type { Browser, Visit } from '../connect/browser.ts'
import { type Answer, EXCHANGE } from '../front-door/vault-world.ts'
import { CLIENTS, type LoginWorld } from './login-world.ts'

/** Starts CIBA requests for a user, and decides them as that user. */
export interface Approver {
  readonly userId: string
  /** Starts one; resolves to its `auth_req_id`. */
  readonly start: (
    clientId: string,
    parameters?: Readonly<Record<string, string>>,
  ) => Promise<string>
  /** Ids of what waits for the user. */
  readonly waiting: () => Promise<readonly string[]>
  /** Decides the request with this id, else the last one that was started, at this vault; resolves to the status. */
  readonly decide: (decision: string, id?: string, vaultUrl?: string) => Promise<number>
  /** A call to the approvals API as this user. */
  readonly me: (method: string, path?: string, body?: unknown, vaultUrl?: string) => Promise<Answer>
}

const Waiting = z.object({ approvals: z.array(z.looseObject({ id: z.string() })) })

/** Somebody who decides what clients ask for. */
export async function approver(world: LoginWorld, user: string): Promise<Approver> {
  const tokens = await world.logIn({ app: await world.app(CLIENTS.phone), user })
  const userId = tokens.claims()?.sub ?? ''
  const granted = await world.redeem(CLIENTS.phone, {
    grant_type: EXCHANGE,
    subject_token: tokens.refresh_token ?? '',
    subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
    audience: `${world.vault.issuer}me/`,
  })

  const me: Approver['me'] = async (method, path = '', body, vaultUrl = '') =>
    await world.request(`${vaultUrl}/me/v1/approvals${path}`, {
      method,
      headers: {
        authorization: `Bearer ${granted.body.access_token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  const waiting: Approver['waiting'] = async () =>
    Waiting.parse((await me('GET')).body).approvals.map(({ id }) => id)
  let last = 'none'

  return {
    userId,
    start: async (clientId, parameters = {}) => {
      const before = await waiting()
      const { body } = await world.call('/bc-authorize', clientId, {
        scope: 'openid offline_access',
        login_hint: userId,
        binding_message: 'Order 42',
        ...parameters,
      })
      last = (await waiting()).find((id) => !before.includes(id)) ?? 'none'
      return String(body['auth_req_id'])
    },
    waiting,
    decide: async (decision, id = last, vaultUrl = '') =>
      (await me('POST', `/${id}`, { decision }, vaultUrl)).status,
    me,
  }
}

/** Starts the device flow and confirms it in a browser where somebody is logged in. */
export async function confirmDevice(
  world: LoginWorld,
  clientId: string,
  browser: Browser,
): Promise<{ readonly deviceCode: string; readonly page: Visit }> {
  const { body } = await world.call('/oauth/device/code', clientId, {
    scope: 'openid offline_access',
  })
  const page = await browser.open(new URL('/activate', world.vault.issuer).href)
  const confirm = await browser.send(page, { user_code: String(body['user_code']) })
  const done = await browser.follow(await browser.send(confirm, { confirm: 'yes' }))
  return { deviceCode: String(body['device_code']), page: done }
}
