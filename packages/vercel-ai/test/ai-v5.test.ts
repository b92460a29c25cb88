import { describeAdapter } from '@valetkey-internal/testing'
import { aiV5 } from './ai-v5.ts'
import { createChatDriver } from './chat-driver.ts'
import { createToolErrorDriver } from './tool-error-driver.ts'

describeAdapter(createToolErrorDriver(aiV5))
describeAdapter(createChatDriver(aiV5))
