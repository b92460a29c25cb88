// The same with the lowest version that the peer range allows.
import { describeAdapter } from '@valetkey-internal/testing'
import * as lowest from 'ai-v6-lowest'
import { expect, test, vi } from 'vitest'
import { aiV6 } from './ai-v6.ts'
import { createChatDriver } from './chat-driver.ts'

vi.mock('ai-v6', async () => await vi.importActual('ai-v6-lowest'))
vi.mock('ai-v6/test', async () => await vi.importActual('ai-v6-lowest/test'))

test('is about the lowest version', () => {
  expect(aiV6.ai).toHaveProperty('generateText', lowest.generateText)
})

describeAdapter(createChatDriver({ ...aiV6, name: 'The lowest AI SDK 6' }))
