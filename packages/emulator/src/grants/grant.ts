import type { EmulatorClient } from '../emulation.ts'
import type { Exchange } from '../provider-endpoint.ts'
import type { Reply } from '../reply.ts'

/** Answers a token request of an authenticated client. */
export type Grant = (exchange: Exchange, client: EmulatorClient) => Promise<Reply>
