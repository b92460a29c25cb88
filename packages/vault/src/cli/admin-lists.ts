import * as z from 'zod'

import { type AdminApi, type AdminOptions, connectAdminApi } from './admin-api.ts'

/** Where the next page of a list begins. */
export const next = z.string().optional()

/** Every page of a list. */
export async function readAll<Page extends { readonly next?: string | undefined }, Item>(
  api: AdminApi,
  path: string,
  page: z.ZodType<Page>,
  itemsOf: (page: Page) => readonly Item[],
): Promise<readonly Item[]> {
  const items: Item[] = []
  let after = ''
  for (;;) {
    const read = await api.call({ method: 'GET', path: `${path}?limit=100${after}` }, page)
    items.push(...itemsOf(read))
    if (read.next === undefined) return items
    after = `&after=${encodeURIComponent(read.next)}`
  }
}

/** Removes what is at a path, and says so. */
export async function remove(path: string, options: AdminOptions): Promise<void> {
  await connectAdminApi(options).call({ method: 'DELETE', path }, z.undefined())
  if (!options.json) process.stdout.write('Done.\n')
}
