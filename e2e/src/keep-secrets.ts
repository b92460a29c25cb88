import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { recordTraffic, secretsOfTraffic } from './record-traffic.ts'

// Loaded into a process before its own program (`node --import`): what was secret in its requests is
// written to SECRETS_FOLDER when it ends, for a search in everything else that it left behind.
const { SECRETS_FOLDER } = process.env
if (SECRETS_FOLDER !== undefined) {
  const { exchanges } = recordTraffic()
  process.on('exit', () => {
    writeFileSync(
      join(SECRETS_FOLDER, `${process.pid}.json`),
      JSON.stringify(secretsOfTraffic(exchanges)),
    )
  })
}
