// The same with the lowest version that the peer range allows.
import { describeAdapter } from '@valetkey-internal/testing'
import * as lowest from 'ai-v5-lowest'
import { expect, test, vi } from 'vitest'
import { aiV5 } from './ai-v5.ts'
import { createChatDriver } from './chat-driver.ts'

vi.mock('ai-v5', async () => await vi.importActual('ai-v5-lowest'))
vi.mock('ai-v5/test', async () => await vi.importActual('ai-v5-lowest/test'))

test('is about the lowest version', () => {
  expect(aiV5.ai).toHaveProperty('generateText', lowest.generateText)
})

describeAdapter(createChatDriver({ ...aiV5, name: 'The lowest AI SDK 5' }))
