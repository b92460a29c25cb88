// #region run
import { getInterrupts } from '@valetkey/vercel-ai'
import { generateText, stepCountIs } from 'ai'
import { calendarEvents, valetKey } from './quick-start.ts'
import { model } from './your-app.ts'

const tools = { calendarEvents }
const { text, content } = await generateText({
  model,
  tools,
  toolApproval: valetKey.toolApproval(tools),
  stopWhen: stepCountIs(5),
  prompt: 'What is on my calendar today?',
})
console.log(text, getInterrupts(content))
// #endregion
