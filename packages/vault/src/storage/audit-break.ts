export type AuditProblem =
  /** The record does not match its MAC: a column was changed, or the key was not at hand. */
  | 'altered_record'
  /** The number before the next record is gone. */
  | 'missing_record'
  /** The record is genuine but does not follow the one before it. */
  | 'wrong_link'
  /** No usable key of the tenant has the version that the record names. */
  | 'unknown_key'
  /** A head or checkpoint knows more records than there are. */
  | 'missing_tail'
  /** A head or checkpoint knows another record at this place. */
  | 'rewritten_record'
  /** There are records, but no stored head says where they end. */
  | 'missing_head'
  /** A stored head does not match its MAC, or says it was tied by a checkpoint that does not exist. */
  | 'altered_head'
  /** A head given to the verification is not one of this vault. */
  | 'forged_head'

export interface AuditBreak {
  readonly writerId: string
  /** The first record that is wrong or missing; for a head, the record it names. */
  readonly sequence: number
  readonly problem: AuditProblem
  /** For people. */
  readonly message: string
}

/** A break with its message; `by` is who says so, where somebody does. */
export function breakAt(
  writerId: string,
  sequence: number,
  problem: AuditProblem,
  by = '',
): AuditBreak {
  const place = `record ${sequence} of writer ${JSON.stringify(writerId)}`
  return { writerId, sequence, problem, message: describe(problem, place, by) }
}

function describe(problem: AuditProblem, place: string, by: string): string {
  switch (problem) {
    case 'altered_record':
      return `The content of ${place} was altered.`
    case 'missing_record':
      return `There is no ${place}, although later ones are there.`
    case 'wrong_link':
      return `The link from ${place} to the one before it is wrong.`
    case 'unknown_key':
      return `The key that ${place} names is unknown or may not be used.`
    case 'missing_tail':
      return `The chain ends before ${place}, which was there according to ${by}.`
    case 'rewritten_record':
      return `What stands as ${place} is not what was there according to ${by}.`
    case 'missing_head':
      return `No stored head says that the chain ends at ${place}.`
    case 'altered_head':
      return `The stored head that names ${place} was altered.`
    case 'forged_head':
      return `The given head that names ${place} is not one of this vault.`
  }
}
