import { describeAdapter } from '@valetkey-internal/testing'
import { aiV6 } from './ai-v6.ts'
import { createChatDriver } from './chat-driver.ts'
import { createToolErrorDriver } from './tool-error-driver.ts'

describeAdapter(createToolErrorDriver(aiV6))
describeAdapter(createChatDriver(aiV6))
