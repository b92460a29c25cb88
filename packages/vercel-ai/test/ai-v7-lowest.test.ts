// The same with the lowest version that the peer range allows.
import { describeAdapter } from '@valetkey-internal/testing'
import * as lowest from 'ai-v7-lowest'
import { expect, test, vi } from 'vitest'
import { aiV7 } from './ai-v7.ts'
import { createChatDriver } from './chat-driver.ts'

vi.mock('ai', async () => await vi.importActual('ai-v7-lowest'))
vi.mock('ai/test', async () => await vi.importActual('ai-v7-lowest/test'))

test('is about the lowest version', () => {
  expect(aiV7.ai).toHaveProperty('generateText', lowest.generateText)
})

describeAdapter(createChatDriver({ ...aiV7, name: 'The lowest AI SDK 7' }))
