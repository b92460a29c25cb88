import { describeAdapter } from '@valetkey-internal/testing'
import { toolErrorDriver } from './tool-error-driver.ts'

describeAdapter(toolErrorDriver)
