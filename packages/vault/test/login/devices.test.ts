import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createBrowser, type Browser, type Visit } from '../connect/browser.ts'
import { confirmDevice } from './decisions.ts'
import { CLIENTS, type LoginWorld, startLoginWorld } from './login-world.ts'

let world: LoginWorld
let browser: Browser
beforeAll(async () => {
  world = await startLoginWorld({
    configure: (config) => ({ ...config, limits: { connectPagesPerMinute: 20 } }),
  })
  browser = createBrowser()
  await world.logIn({ app: await world.app(CLIENTS.web), user: 'alice', browser })
})
afterAll(() => world.close())

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code'
const error = (code: string) => ({ status: 400, body: { error: code } })

interface Device {
  readonly deviceCode: string
  readonly userCode: string
}

async function aDevice(clientId: string = CLIENTS.spa): Promise<Device> {
  const { body } = await world.call('/oauth/device/code', clientId, { scope: 'openid' })
  return { deviceCode: String(body['device_code']), userCode: String(body['user_code']) }
}

async function poll(
  { deviceCode }: Pick<Device, 'deviceCode'>,
  clientId: string = CLIENTS.spa,
): ReturnType<LoginWorld['redeem']> {
  return await world.redeem(clientId, { grant_type: DEVICE, device_code: deviceCode })
}

async function activate(query = ''): Promise<Visit> {
  return await browser.open(new URL(`/activate${query}`, world.vault.issuer).href)
}

describe('the device flow', () => {
  test('an unmodified openid-client gets a code to show, and the tokens of whoever confirms it', async () => {
    const app = await world.app(CLIENTS.spa)
    const started = await client.initiateDeviceAuthorization(app, {
      scope: 'openid offline_access',
    })
    const poll = async (): Promise<client.TokenEndpointResponse> =>
      await client.genericGrantRequest(app, DEVICE, { device_code: started.device_code })

    await expect(poll()).rejects.toMatchObject({ error: 'authorization_pending' })
    const page = await activate()
    const confirm = await browser.send(page, { user_code: started.user_code })
    const done = await browser.follow(await browser.send(confirm, { confirm: 'yes' }))
    world.passTime(5)
    const tokens = await poll()

    expect(started).toMatchObject({
      interval: 5,
      expires_in: 900,
      verification_uri: `${world.vault.issuer}activate`,
    })
    expect(started.user_code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
    expect(confirm.html).toContain('Single page')
    expect(confirm.html).toContain(started.user_code)
    expect(done.html).toContain('Device connected')
    expect(tokens).toMatchObject({ access_token: expect.any(String), id_token: expect.any(String) })
  })

  test('RFC 8628 5.4: a code in the link is filled in, and sends nothing by itself', async () => {
    const { userCode } = await aDevice()

    const page = await activate(`?user_code=${userCode}`)

    expect(page.html).toContain(`value="${userCode}"`)
    expect(page.html).not.toContain('<script')
    expect(page.html).not.toContain('name="confirm"')
  })

  test('a code in the link is escaped like any text', async () => {
    const page = await activate(`?user_code=${encodeURIComponent('"><script>alert(1)</script>')}`)

    expect(page.html).not.toContain('<script>alert')
  })

  test('whoever is not logged in logs in first', async () => {
    const device = await aDevice(CLIENTS.web)
    const nobody = createBrowser()
    const page = await nobody.open(new URL('/activate', world.vault.issuer).href)
    const confirm = await nobody.send(page, { user_code: device.userCode })

    const login = await nobody.follow(await nobody.send(confirm, { confirm: 'yes' }))
    expect(login.html).toContain('name="connection" value="google-oauth2"')
    const done = await nobody.follow(await nobody.send(login, { connection: 'google-oauth2' }))

    expect(done.html).toContain('Device connected')
    expect((await poll(device, CLIENTS.web)).status).toBe(200)
  })

  test('who cancels connects nothing', async () => {
    const device = await aDevice()
    const confirm = await browser.send(await activate(), { user_code: device.userCode })

    const page = await browser.send(confirm, { abort: 'yes' })

    expect(page.html).toContain('You cancelled')
    expect(await poll(device)).toMatchObject(error('access_denied'))
  })

  test('a code is good for one confirmation, and one redemption', async () => {
    const { deviceCode } = await confirmDevice(world, CLIENTS.web, browser)

    expect((await poll({ deviceCode }, CLIENTS.web)).status).toBe(200)
    world.passTime(10)
    expect(await poll({ deviceCode }, CLIENTS.web)).toMatchObject(error('invalid_grant'))
  })

  test('it is nobody’s but the client’s that asked', async () => {
    const { deviceCode } = await confirmDevice(world, CLIENTS.web, browser)

    expect(await poll({ deviceCode }, CLIENTS.rotating)).toMatchObject(error('invalid_grant'))
    expect((await poll({ deviceCode }, CLIENTS.web)).status).toBe(200)
  })

  test('RV-85: whoever asks too fast is told to slow down', async () => {
    const device = await aDevice()

    expect(await poll(device)).toMatchObject(error('authorization_pending'))
    expect(await poll(device)).toMatchObject(error('slow_down'))
  })

  test('a code that nobody confirmed in time has expired', async () => {
    const device = await aDevice()
    world.passTime(901)

    const page = await browser.send(await activate(), { user_code: device.userCode })

    expect(page.status).toBe(400)
    expect(page.html).toContain('not valid')
    expect(await poll(device)).toMatchObject(error('expired_token'))
  })

  test('a form without this browser’s secret confirms nothing', async () => {
    const device = await aDevice()
    const page = await activate()

    for (const xsrf of ['', 'forged']) {
      const answer = await browser.send(page, { xsrf, user_code: device.userCode, confirm: 'yes' })
      expect(answer.html).not.toContain('Device connected')
    }
    expect(await poll(device)).toMatchObject(error('authorization_pending'))
  })

  test('a form of a browser that has no session is refused, and is no failure of the vault', async () => {
    const device = await aDevice()
    const answer = await world.request('/activate', {
      method: 'POST',
      body: new URLSearchParams({ xsrf: '', user_code: device.userCode, confirm: 'yes' }),
    })

    expect(answer.status).toBe(400)
    expect(await poll(device)).toMatchObject(error('authorization_pending'))
  })

  test('RV-26: who tries codes is stopped', async () => {
    const statuses: number[] = []
    for (let turn = 0; turn < 40; turn++) {
      const page = await activate()
      if (page.status === 429) {
        statuses.push(page.status)
        continue
      }
      statuses.push((await browser.send(page, { user_code: 'BBBB-BBBB' })).status)
    }

    expect(statuses.slice(0, 5)).toEqual([400, 400, 400, 400, 400])
    expect(statuses.at(-1)).toBe(429)
  })
})
