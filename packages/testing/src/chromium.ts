export { accessibilityProblems, overflowOf } from './inspect-page.ts'
export { startChromium } from './start-chromium.ts'
