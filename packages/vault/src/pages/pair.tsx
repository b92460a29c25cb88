import type { FC } from 'hono/jsx'

/** The two that are to be connected, by their initials. For the eyes only: the words below say the same. */
export const Pair: FC<{ readonly from: string; readonly to: string }> = ({ from, to }) => (
  <div class="pair" aria-hidden="true">
    <span>{initialOf(from)}</span>
    <hr />
    <span>{initialOf(to)}</span>
  </div>
)

/** The first character as a person counts, in capitals. */
function initialOf(name: string): string {
  const [first] = new Intl.Segmenter().segment(name)
  return first?.segment.toUpperCase() ?? ''
}
