import { type Browser, createBrowser, type Page } from '@valetkey-internal/testing/browser'
import { getInterrupts } from '@valetkey/vercel-ai/interrupts'
import { parseJsonEventStream, readUIMessageStream, uiMessageChunkSchema } from 'ai'
import type { ChatMessage } from '../lib/tools.ts'

/** A person at the chat: a browser without a window that speaks to the app's routes as its page does. */
export interface ChatUser {
  readonly browser: Browser
  /** Logs in with Google, at the vault. */
  readonly logIn: () => Promise<Page>
  /** Sends what the page would send; the assistant's message as it is when the stream ends. */
  readonly send: (body: object, continued?: ChatMessage) => Promise<ChatMessage>
  /** Follows an interrupt's link, and says yes on every page. */
  readonly connect: (link: string, provider: string) => Promise<Page>
  /** The page keeps an answer to an interrupt. */
  readonly approve: (approvalId: string) => Promise<void>
  readonly request: (path: string, method: string, body?: object) => Promise<Response>
}

export function createChatUser(url: string): ChatUser {
  const browser = createBrowser()
  const request = async (path: string, method: string, body?: object): Promise<Response> =>
    await fetch(url + path, {
      method,
      headers: {
        cookie: browser.cookies(url + path),
        'content-type': 'application/json',
        origin: url,
        'sec-fetch-site': 'same-origin',
      },
      body: body === undefined ? null : JSON.stringify(body),
      redirect: 'manual',
    })
  const sent = async (method: string, body: object): Promise<Response> => {
    const response = await request('/api/chat', method, body)
    if (response.ok) return response
    throw new Error(`The chat answered ${response.status}: ${await response.text()}`)
  }
  return {
    browser,
    request,
    logIn: async () => {
      const page = await browser.open(`${url}/api/valet-key/login?returnTo=/`)
      return await browser.click(await browser.click(page, /^Continue with Google$/), /^Allow$/)
    },
    send: async (body, continued) => {
      const { body: stream } = await sent('POST', body)
      if (stream === null) throw new Error('The chat answered nothing')
      const chunks = parseJsonEventStream({ stream, schema: uiMessageChunkSchema }).pipeThrough(
        new TransformStream({
          transform: (chunk, controller) => {
            if (!chunk.success) throw chunk.error
            controller.enqueue(chunk.value)
          },
        }),
      )
      let message: ChatMessage | undefined = continued
      const states = readUIMessageStream<ChatMessage>({
        stream: chunks,
        ...(continued !== undefined && { message: continued }),
      })
      for await (const state of states) message = state
      if (message === undefined) throw new Error('The chat answered nothing')
      return message
    },
    connect: async (link, provider) => {
      const page = await browser.open(`${url}${link}&returnTo=/`)
      const consent = await browser.click(page, new RegExp(`^Continue to ${provider}$`))
      return await browser.click(consent, /^Allow$/)
    },
    approve: async (approvalId) => {
      await sent('PATCH', { approvalId, approved: true })
    },
  }
}

/** What a message waits for. */
export const waitingIn = (message: ChatMessage): ReturnType<typeof getInterrupts> =>
  getInterrupts(message.parts)
