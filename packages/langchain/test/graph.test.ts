import { describeAdapter } from '@valetkey-internal/testing'
import { graphDriver } from './graph-driver.ts'

describeAdapter(graphDriver)
