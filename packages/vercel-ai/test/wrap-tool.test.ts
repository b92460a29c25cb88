import { withFakeToken } from '@valetkey/core/testing'
import { createValetKey, getAccessTokenForConnection } from '@valetkey/vercel-ai'
import { tool } from 'ai'
import { expect, test } from 'vitest'
import * as z from 'zod'

const withCalendar = createValetKey({ accessToken: 'login-token' }).withTokenForConnection({
  connection: 'google-oauth2',
})
const call = { toolCallId: 'call-1', messages: [], context: {} }
const inputSchema = z.object({ text: z.string() })

async function* stream(): AsyncGenerator<string> {
  yield getAccessTokenForConnection()
}

test('leaves the tool it was given as it was', () => {
  const original = tool({ description: 'Original', inputSchema, execute: async () => 'ran' })
  const { execute } = original

  const wrapped = withCalendar(original)

  expect(original.execute).toBe(execute)
  expect(wrapped).not.toBe(original)
  expect({ ...wrapped, execute }).toEqual(original)
})

test('runs a sync tool, and one that uses `this`', async () => {
  const settings = {
    inputSchema,
    prefix: 'got ',
    execute({ text }: { text: string }, _options: typeof call): string {
      return this.prefix + text + getAccessTokenForConnection().length
    },
  }

  const result = await withFakeToken({ 'google-oauth2': 'fake-token' }, async () =>
    withCalendar(settings).execute({ text: 'a' }, call),
  )

  expect(result).toBe('got a10')
})

test('says so when a function gives a stream that nobody would read', async () => {
  const wrapped = withCalendar(tool({ inputSchema, execute: () => stream() }))

  const result = withFakeToken({ 'google-oauth2': 'fake-token' }, async () =>
    wrapped.execute({ text: 'a' }, call),
  )

  await expect(result).rejects.toThrow(/async function\*/)
})

test('hands back a wrapped generator at once, as the AI SDK expects it', async () => {
  const wrapped = withCalendar(withCalendar(tool({ inputSchema, execute: stream })))

  const items = await withFakeToken({ 'google-oauth2': 'fake-token' }, async () => {
    const result = wrapped.execute({ text: 'a' }, call)
    if (!(Symbol.asyncIterator in Object(result))) throw new Error('Not a stream')
    const seen: unknown[] = []
    for await (const item of result as AsyncIterable<unknown>) seen.push(item)
    return seen
  })

  expect(items).toEqual(['[redacted]'])
})
