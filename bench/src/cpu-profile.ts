/** What `node --cpu-prof` writes, as far as it is read here. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  /** Microseconds of the system's monotonic clock, the same for every process. */
  readonly startTime: number
  /** By sample: the id of the innermost node. */
  readonly samples: readonly number[]
  /** By sample: microseconds since the one before. */
  readonly timeDeltas: readonly number[]
}

export interface ProfileNode {
  readonly id: number
  readonly callFrame: CallFrame
  readonly children?: readonly number[] | undefined
}

export interface CallFrame {
  readonly functionName: string
  readonly url: string
  /** From 0. */
  readonly lineNumber: number
}

export interface SampleWindow {
  /** On the profile's clock. */
  readonly fromMicroseconds: number
  readonly toMicroseconds: number
}

/**
 * The samples of a window by part: each is counted for the innermost frame that `partOf` knows a part for, and as
 * `rest` when there is none. Samples in which the process waited are left out. They are counted and not timed: on a
 * shared machine a sample can be followed by a long time in which another process ran.
 */
export function samplesByPart<Part extends string>(
  profile: CpuProfile,
  {
    window,
    partOf,
    rest,
  }: {
    readonly window: SampleWindow
    readonly partOf: (frame: CallFrame) => Part | undefined
    readonly rest: Part
  },
): ReadonlyMap<Part, number> {
  const partOfNode = partsOfNodes(profile.nodes, partOf)
  const counts = new Map<Part, number>()
  let at = profile.startTime
  profile.samples.forEach((id, index) => {
    at += profile.timeDeltas[index] ?? 0
    if (at < window.fromMicroseconds || at > window.toMicroseconds) return
    const part = partOfNode.get(id)
    if (part === 'idle') return
    const name = part ?? rest
    counts.set(name, (counts.get(name) ?? 0) + 1)
  })
  return counts
}

function partsOfNodes<Part extends string>(
  nodes: readonly ProfileNode[],
  partOf: (frame: CallFrame) => Part | undefined,
): ReadonlyMap<number, Part | 'idle' | undefined> {
  const parentOf = new Map(
    nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id] as const)),
  )
  const frameOf = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))

  function find(id: number): Part | 'idle' | undefined {
    if (frameOf.get(id)?.functionName === '(idle)') return 'idle'
    for (let at: number | undefined = id; at !== undefined; at = parentOf.get(at)) {
      const frame = frameOf.get(at)
      const part = frame && partOf(frame)
      if (part !== undefined) return part
    }
    return undefined
  }

  return new Map(nodes.map(({ id }) => [id, find(id)]))
}
