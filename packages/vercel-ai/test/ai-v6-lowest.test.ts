// The same with the lowest version that the peer range allows.
import { describeAdapter } from '@valetkey-internal/testing'
import { vi } from 'vitest'
import { aiV6 } from './ai-v6.ts'
import { createChatDriver } from './chat-driver.ts'

vi.mock('ai-v6', async () => await vi.importActual('ai-v6-lowest'))
vi.mock('ai-v6/test', async () => await vi.importActual('ai-v6-lowest/test'))

describeAdapter(createChatDriver(aiV6))
