import type { Kysely } from 'kysely'

import type { Account } from '../domain/account.ts'
import { toAccountRow, toReplaceableColumns } from './account-row.ts'
import type { Schema } from './schema.ts'
import type { BatchStep } from './sql-database.ts'

/**
 * Writes an account: a new row, or the next generation of the one that is there, if that still is what was read.
 * @throws {TypeError} for a generation that does not go forward.
 */
export function writeAccount(
  query: Kysely<Schema>,
  account: Account,
  replaces: { readonly generation: number } | undefined,
): BatchStep {
  if (replaces === undefined) {
    return {
      statement: query
        .insertInto('accounts')
        .values(toAccountRow(account))
        // Somebody else connected the same provider account meanwhile: the caller looks again.
        .onConflict((conflict) => conflict.doNothing())
        .compile(),
      expectedRows: 1,
    }
  }
  if (account.generation <= replaces.generation) {
    throw new TypeError(
      'The generation of an account never goes back, nor stays, when it is replaced',
    )
  }
  return {
    statement: query
      .updateTable('accounts')
      .set(toReplaceableColumns(account))
      .where('tenant_id', '=', account.tenant)
      .where('id', '=', account.id)
      .where('user_id', '=', account.userId)
      .where('connection', '=', account.connection)
      .where('provider_account_id', '=', account.providerAccountId)
      .where('generation', '=', replaces.generation)
      .compile(),
    expectedRows: 1,
  }
}
