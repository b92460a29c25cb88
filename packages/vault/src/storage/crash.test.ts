import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import BetterSqlite3 from 'better-sqlite3'
import { expect, test } from 'vitest'

import { openSqliteStore } from './sqlite-store.ts'
import { anAccount, TENANT } from './stores.fixture.ts'

const moduleUrl = (name: string) => pathToFileURL(join(import.meta.dirname, name)).href

/** Connects accounts, says which are done, and dies with everything open. */
const writer = (path: string) => `
  import { openSqliteStore } from ${JSON.stringify(moduleUrl('sqlite-store.ts'))}
  import { anAccount, connectAccount, storesOf } from ${JSON.stringify(moduleUrl('stores.fixture.ts'))}
  import { writeSync } from 'node:fs'
  const store = storesOf(await openSqliteStore({ path: ${JSON.stringify(path)} }))
  for (let index = 0; ; index++) {
    const id = 'cac_' + index
    await connectAccount(store, anAccount({ id, providerAccountId: id }))
    writeSync(1, id + '\\n')
    if (index === 25) process.kill(process.pid, 'SIGKILL')
  }
`

test('what a killed process was told is stored is there, whole, and the next one goes on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'valetkey-crash-'))
  const path = join(folder, 'vault.db')
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', writer(path)], {
    encoding: 'utf8',
  })
  const done = child.stdout.split('\n').filter(Boolean)
  expect({ signal: child.signal, done: done.length }).toEqual({ signal: 'SIGKILL', done: 26 })

  const store = await openSqliteStore({ path })
  for (const id of done) {
    expect(await store.accounts.find({ tenant: TENANT, accountId: id })).toEqual(
      anAccount({ id, providerAccountId: id }),
    )
  }
  store.close()
  const file = new BetterSqlite3(path)
  expect(file.pragma('integrity_check', { simple: true })).toBe('ok')
  expect(file.pragma('foreign_key_check')).toEqual([])
  file.close()
  rmSync(folder, { recursive: true })
})
