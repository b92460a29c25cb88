import { valetKey } from '../../../../lib/valet-key'

export const { GET, POST } = valetKey.handlers
