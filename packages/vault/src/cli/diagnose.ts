import * as z from 'zod'

import { type AdminOptions, connectAdminApi } from './admin-api.ts'
import { Check } from './print-checks.ts'
import { readWho, type WhoOptions } from './read-who.ts'

const Diagnosis = z.object({ works: z.boolean(), checks: z.array(Check) })

export interface DiagnoseOptions extends AdminOptions, WhoOptions {
  readonly client: string
  readonly connection: string
  readonly scope: readonly string[]
  readonly loginHint?: string | undefined
}

/** What stands in the way of an exchange. */
export async function diagnose({
  client,
  connection,
  scope: scopes,
  loginHint,
  ...options
}: DiagnoseOptions): Promise<z.infer<typeof Diagnosis>> {
  const who = readWho(options)
  const body = {
    client,
    connection,
    scopes: scopes.length === 0 ? undefined : scopes,
    loginHint,
    ...('user' in who ? who : { identity: who }),
  }
  const api = connectAdminApi(options)
  return await api.call({ method: 'POST', path: '/diagnose', body }, Diagnosis)
}
