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
export { captureOutput } from './capture-output.ts'
export {
  type BrowserConnectSettings,
  connectInBrowser,
  type ConnectRequest,
  connectThrough,
  type ConnectThroughRequest,
} from './connect-account.ts'
export { describeAdapter } from './describe-adapter.ts'
export { startTestVault, type TestUser, type TestVault } from './start-test-vault.ts'
export {
  type TestClient,
  type TestConnection,
  testConnections,
  type TestKeyClient,
  testScopes,
} from './test-connections.ts'
