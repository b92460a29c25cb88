import { valetKeyNext } from '../../../../lib/valet-key-next.ts'

export const { GET, POST } = valetKeyNext.handlers
