/** Signing in and out: the session's cookie is the whole browser's, so its other windows are told. */
import { request } from '../api/http.ts'
import type { Account } from '../api/types.ts'
import { tellWindows } from './windows.ts'

export const openSessionChannel = (): BroadcastChannel => new BroadcastChannel('session')

export async function signIn(username: string, password: string): Promise<Account> {
  const { account } = await request<{ account: Account }>('POST', '/api/session', { body: { username, password } })
  tellWindows(openSessionChannel(), account.username)
  return account
}

export async function signOut(): Promise<void> {
  await request('DELETE', '/api/session')
  tellWindows(openSessionChannel(), null)
}
