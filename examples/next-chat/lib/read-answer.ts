import type * as z from 'zod'

/** What a provider answered, as far as the schema names it. @throws Error when it answered something else */
export async function readAnswer<Schema extends z.ZodType>(
  response: Response,
  schema: Schema,
): Promise<z.output<Schema>> {
  if (!response.ok) throw new Error(`The provider answered with ${response.status}`)
  return schema.parse(await response.json())
}
