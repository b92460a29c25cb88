import { describeAdapter } from '@valetkey-internal/testing'
import { agentDriver } from './agent-driver.ts'

describeAdapter(agentDriver)
