import type { SchemaBuilder } from '../migrations.ts'
import type { SqlStatement } from '../sql-database.ts'

/** What happened to one account can be looked up. Records of before are in no list: they name their account in their text only. */
export function accountActivity({ query, integer }: SchemaBuilder): readonly SqlStatement[] {
  const { schema } = query
  return [
    schema.alterTable('audit_events').addColumn('account_id', 'text'),
    schema.alterTable('audit_events').addColumn('occurred_at', integer),
    schema
      .createIndex('audit_events_by_account')
      .on('audit_events')
      .columns(['tenant_id', 'account_id', 'occurred_at', 'writer_id', 'sequence'])
      .where('account_id', 'is not', null),
  ].map((builder) => builder.compile())
}
