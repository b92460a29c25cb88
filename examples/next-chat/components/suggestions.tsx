import type { ReactNode } from 'react'
import { CalendarIcon, ChannelIcon, RepositoryIcon } from './icons.tsx'

const QUESTIONS = [
  { Icon: CalendarIcon, question: 'What is on my calendar today?' },
  { Icon: CalendarIcon, question: 'Add an hour of focus time at four' },
  { Icon: ChannelIcon, question: 'What is new in Slack?' },
  { Icon: RepositoryIcon, question: 'Which repositories do I have?' },
  { Icon: ChannelIcon, question: 'What is new in Slack, and which repositories do I have?' },
]

/** Questions to begin with. */
export function Suggestions({
  onChoose,
}: {
  readonly onChoose: (question: string) => void
}): ReactNode {
  return (
    <div className="suggestions">
      <h2>What would you like to know?</h2>
      <ul>
        {QUESTIONS.map(({ Icon, question }) => (
          <li key={question}>
            <button type="button" onClick={() => onChoose(question)}>
              <Icon />
              {question}
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}
