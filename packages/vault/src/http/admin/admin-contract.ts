import type * as z from 'zod'

import type { AdminOperation, AdminScope } from '../../domain/admin.ts'
import {
  AccountAnswer,
  AccountsAnswer,
  AccountsQuery,
  AuditAnswer,
  AuditFilterQuery,
  AuditVerdictAnswer,
  ClientAnswer,
  ClientChanges,
  ClientRegistration,
  ClientsAnswer,
  ConnectionAnswer,
  ConnectionChanges,
  ConnectionRegistration,
  ConnectionsAnswer,
  ConnectionTestAnswer,
  DiagnoseRequest,
  DiagnosisAnswer,
  NewClientAnswer,
  NoBody,
  NoQuery,
  Page,
  SecretRequest,
  UserAnswer,
  UsersAnswer,
  UsersQuery,
  VerifyRequest,
} from './admin-schema.ts'

/** What one path and method take and give; the document at `openapi.json` is made of it, and so are the routes. */
export interface Contract {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below `/api/v1`, with `{name}` for one segment. */
  readonly path: string
  readonly summary: string
  readonly scope: AdminScope
  readonly query: z.ZodType
  /** Absent: no body is read. */
  readonly body?: z.ZodType | undefined
  readonly status: 200 | 201 | 204
  /** Absent with 204. */
  readonly answer?: z.ZodType | undefined
}

const READ = { scope: 'vault:read', query: NoQuery, method: 'GET', status: 200 } as const
const WRITE = { scope: 'vault:write', query: NoQuery } as const

/** The whole of the admin API. */
export const ADMIN_CONTRACT = {
  'connections.list': {
    ...READ,
    path: '/connections',
    summary: 'All connections, by name.',
    query: Page,
    answer: ConnectionsAnswer,
  },
  'connections.read': {
    ...READ,
    path: '/connections/{name}',
    summary: 'One connection, without its secret.',
    answer: ConnectionAnswer,
  },
  'connections.register': {
    ...WRITE,
    method: 'POST',
    path: '/connections',
    summary: 'Adds a connection, with the settings that the configuration file has.',
    body: ConnectionRegistration,
    status: 201,
    answer: ConnectionAnswer,
  },
  'connections.change': {
    ...WRITE,
    method: 'PATCH',
    path: '/connections/{name}',
    summary: 'Replaces members; null puts one back to its default.',
    body: ConnectionChanges,
    status: 200,
    answer: ConnectionAnswer,
  },
  'connections.remove': {
    ...WRITE,
    method: 'DELETE',
    path: '/connections/{name}',
    summary: 'Removes a connection that no account is on.',
    status: 204,
  },
  'connections.test': {
    ...READ,
    method: 'POST',
    path: '/connections/{name}/test',
    summary: 'Asks the provider whether it can be reached and knows the vault. Changes nothing.',
    body: NoBody,
    answer: ConnectionTestAnswer,
  },
  'clients.list': {
    ...READ,
    path: '/clients',
    summary: 'All clients, by id.',
    query: Page,
    answer: ClientsAnswer,
  },
  'clients.read': {
    ...READ,
    path: '/clients/{id}',
    summary: 'One client, without its secrets.',
    answer: ClientAnswer,
  },
  'clients.register': {
    ...WRITE,
    method: 'POST',
    path: '/clients',
    summary: 'Adds a client; makes its secret, unless it has keys or is public.',
    body: ClientRegistration,
    status: 201,
    answer: NewClientAnswer,
  },
  'clients.change': {
    ...WRITE,
    method: 'PATCH',
    path: '/clients/{id}',
    summary: 'Replaces members; null puts one back to its default.',
    body: ClientChanges,
    status: 200,
    answer: ClientAnswer,
  },
  'clients.remove': {
    ...WRITE,
    method: 'DELETE',
    path: '/clients/{id}',
    summary: 'Removes a client: its secrets and tokens count no more.',
    status: 204,
  },
  'clients.add_secret': {
    ...WRITE,
    method: 'POST',
    path: '/clients/{id}/secrets',
    summary: 'Makes a second secret. The one before stays until it is removed or has run out.',
    body: SecretRequest,
    status: 201,
    answer: NewClientAnswer,
  },
  'clients.remove_secret': {
    ...WRITE,
    method: 'DELETE',
    path: '/clients/{id}/secrets/{secret}',
    summary: 'Removes one of two secrets.',
    status: 204,
  },
  'users.list': {
    ...READ,
    path: '/users',
    summary: 'Users by id, or the one with an identity.',
    query: UsersQuery,
    answer: UsersAnswer,
  },
  'users.read': {
    ...READ,
    path: '/users/{id}',
    summary: 'One user.',
    answer: UserAnswer,
  },
  'accounts.list': {
    ...READ,
    path: '/users/{id}/accounts',
    summary: "A user's accounts, by id: their state, never a token.",
    query: AccountsQuery,
    answer: AccountsAnswer,
  },
  'accounts.read': {
    ...READ,
    path: '/accounts/{id}',
    summary: 'One account: its state, never a token.',
    answer: AccountAnswer,
  },
  'accounts.revoke': {
    ...WRITE,
    method: 'DELETE',
    path: '/accounts/{id}',
    summary:
      "Ends an account, here at once and at the provider right after, as the user's own disconnect does.",
    status: 204,
  },
  'audit.list': {
    ...READ,
    path: '/audit',
    summary: 'The audit log, newest first.',
    query: AuditFilterQuery,
    answer: AuditAnswer,
  },
  'audit.verify': {
    ...READ,
    method: 'POST',
    path: '/audit/verify',
    summary: 'Checks that no record was changed, removed or cut off.',
    body: VerifyRequest,
    answer: AuditVerdictAnswer,
  },
  'exchange.diagnose': {
    ...READ,
    method: 'POST',
    path: '/diagnose',
    summary: 'Why an exchange would fail: every check with its mend. Changes nothing.',
    body: DiagnoseRequest,
    answer: DiagnosisAnswer,
  },
} as const satisfies Readonly<Record<AdminOperation, Contract>>
