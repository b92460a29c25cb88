import type { ReactNode } from 'react'

const QUESTIONS = [
  'What is on my calendar today?',
  'What is new in Slack?',
  'Which repositories do I have?',
  'What is new in Slack, and which repositories do I have?',
  'Add an hour of focus time at four',
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
        {QUESTIONS.map((question) => (
          <li key={question}>
            <button type="button" onClick={() => onChoose(question)}>
              {question}
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}
