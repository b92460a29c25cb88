import { accept, type Result } from '../../domain/result.ts'

/** A result whose value is shown in another form. */
export function mapped<Value, Refusal, Mapped>(
  result: Result<Value, Refusal>,
  map: (value: Value) => Mapped,
): Result<Mapped, Refusal> {
  return result.ok ? accept(map(result.value)) : result
}
