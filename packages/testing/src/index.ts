export type {
  AdapterApp,
  AdapterAppOptions,
  AdapterCall,
  AdapterDriver,
  AdapterOutcome,
  AdapterRun,
  AdapterRunRequest,
  AdapterSettings,
  AdapterTool,
  AdapterToolCall,
  AdapterToolInput,
  AdapterToolOptions,
} from './adapter-driver.ts'
export { type Browser, type BrowserOptions, createBrowser, type Page } from './browser.ts'
