import * as z from 'zod/mini'

/**
 * An optional field whose value is `undefined` when it is wrong: that costs the field, not the answer.
 * Zod's own `catch` would do the same, and bring 8 kB of zod along that nothing else here uses.
 */
export function ifValid<Value>(
  schema: z.ZodMiniType<Value>,
): z.ZodMiniOptional<
  z.ZodMiniPipe<z.ZodMiniUnknown, z.ZodMiniTransform<Value | undefined, unknown>>
> {
  return z.optional(
    z.pipe(
      z.unknown(),
      z.transform((value: unknown) => {
        const parsed = z.safeParse(schema, value)
        return parsed.success ? parsed.data : undefined
      }),
    ),
  )
}
