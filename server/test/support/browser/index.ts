/** What tests need to use the console as people do: in Chromium, at a real server. */
export { expectAccessible, settled } from './accessible.ts'
export { focusedName, pressKeys, tabTo } from './keyboard.ts'
export { browserTest, consoleAt, expectStill, openPage, openSecondPage, type Page, type PageOptions } from './page.ts'
export { addPasskeyDevice } from './passkey.ts'
export { beginSession, signIn } from './sign-in.ts'
export { addWallet } from './wallet.ts'
