import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describeAccountStore } from './account-store.contract.ts'
import { describeAttemptStore } from './attempt-store.contract.ts'
import { describeConsentStore } from './consent-store.contract.ts'
import { describeKeyVersionStore } from './key-version-store.contract.ts'
import { describeOutboxStore } from './outbox-store.contract.ts'
import { describeRecordStore } from './record-store.contract.ts'
import { describeRegistrationStore } from './registration-store.contract.ts'
import { describeReplayStore } from './replay-store.contract.ts'
import { describeSigningKeyStore } from './signing-key-store.contract.ts'
import { openSqliteStore } from './sqlite-store.ts'
import { storesOf, type TwoNodes } from './stores.fixture.ts'
import { describeUserDirectory } from './user-directory.contract.ts'
import { describeUserStore } from './user-store.contract.ts'

async function twoNodesOnOneFile(): Promise<TwoNodes> {
  const folder = mkdtempSync(join(tmpdir(), 'valetkey-'))
  const path = join(folder, 'vault.db')
  // At once: both find an empty database and bring it up to date.
  const [first, second] = await Promise.all([openSqliteStore({ path }), openSqliteStore({ path })])
  return {
    first: storesOf(first),
    second: storesOf(second),
    close() {
      first.close()
      second.close()
      rmSync(folder, { recursive: true })
    },
  }
}

describeAccountStore('SQLite', twoNodesOnOneFile)
describeAttemptStore('SQLite', twoNodesOnOneFile)
describeConsentStore('SQLite', twoNodesOnOneFile)
describeKeyVersionStore('SQLite', twoNodesOnOneFile)
describeOutboxStore('SQLite', twoNodesOnOneFile)
describeRecordStore('SQLite', twoNodesOnOneFile)
describeRegistrationStore('SQLite', twoNodesOnOneFile)
describeReplayStore('SQLite', twoNodesOnOneFile)
describeSigningKeyStore('SQLite', twoNodesOnOneFile)
describeUserDirectory('SQLite', twoNodesOnOneFile)
describeUserStore('SQLite', twoNodesOnOneFile)
