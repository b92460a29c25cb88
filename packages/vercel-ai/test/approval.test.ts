import { describeAdapter } from '@valetkey-internal/testing'
import { approvalDriver } from './approval-driver.ts'

describeAdapter(approvalDriver)
