import { describeAdapter } from '@valetkey-internal/testing'
import { aiV7 } from './ai-v7.ts'
import { createChatDriver } from './chat-driver.ts'
import { createToolErrorDriver } from './tool-error-driver.ts'

describeAdapter(createToolErrorDriver(aiV7))
describeAdapter(createChatDriver(aiV7))
