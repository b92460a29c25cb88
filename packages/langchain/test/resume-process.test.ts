import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startTestVault } from '@valetkey-internal/testing'
import type { PendingInterrupt } from '@valetkey/langchain'
import { expect, test } from 'vitest'

interface Said {
  readonly interrupts: readonly PendingInterrupt[]
  readonly answers: readonly (readonly [string, string])[]
}

test('goes on in another process, with nothing but the checkpoints, and only with both accounts', async () => {
  const vault = await startTestVault()
  const folder = await mkdtemp(join(tmpdir(), 'valetkey-resume-'))
  const user = vault.newUser()
  const say = async (resume?: Record<string, boolean>): Promise<Said> => {
    const settings = {
      issuer: vault.issuer,
      clientId: vault.client.id,
      clientSecret: vault.client.secret,
      accessToken: await user.accessToken(),
      file: join(folder, 'checkpoints.db'),
      resume,
    }
    const program = join(import.meta.dirname, 'resume-process.fixture.ts')
    const { stdout } = await promisify(execFile)(process.execPath, [
      program,
      JSON.stringify(settings),
    ])
    return JSON.parse(stdout) as Said
  }
  const answersTo = ({ interrupts }: Said): Record<string, boolean> =>
    Object.fromEntries(interrupts.map(({ id }) => [id, true]))

  const paused = await say()
  const waiting = paused.interrupts.map(({ interrupt }) => interrupt.tool?.callId)
  expect([waiting, paused.answers]).toEqual([['call-1', 'call-2'], []])

  await user.connect({ connection: 'github' })
  const halfway = await say(answersTo(paused))
  expect(halfway.interrupts).toMatchObject([{ interrupt: { connection: 'google-oauth2' } }])

  await user.connect({ connection: 'google-oauth2' })
  const done = await say(answersTo(halfway))
  await vault.close()
  await rm(folder, { recursive: true })

  expect(done).toEqual({
    interrupts: [],
    answers: [
      ['call-1', 'the first input: cac_'],
      ['call-2', 'the second input: cac_'],
    ],
  })
})
