/** Who is asking, and whether the server still knows: an expired session asks for the password in place and loses nothing. */
import { useQuery } from '@tanstack/react-query'
import { useEffect, useSyncExternalStore } from 'react'
import { isSignedOut, request, signedOutEvent } from '../api/http.ts'
import type { Account, Role } from '../api/types.ts'

export interface Expiry {
  expired(): boolean
  /** An answer said 401. */
  expire(): void
  renew(): void
  subscribe(listener: () => void): () => void
}

export function createExpiry(): Expiry {
  let expired = false
  const listeners = new Set<() => void>()
  const become = (next: boolean) => {
    if (next === expired) return
    expired = next
    for (const listener of listeners) listener()
  }
  return {
    expired: () => expired,
    expire: () => become(true),
    renew: () => become(false),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** Whether the server has said to anybody on the page that it does not know us any more. */
export function useExpired(expiry: Expiry): boolean {
  useEffect(() => {
    addEventListener(signedOutEvent, expiry.expire)
    return () => removeEventListener(signedOutEvent, expiry.expire)
  }, [expiry])
  return useSyncExternalStore(expiry.subscribe, expiry.expired)
}

export const fetchSession = async (): Promise<Account | null> => {
  try {
    return (await request<{ account: Account }>('GET', '/api/session')).account
  } catch (error) {
    if (isSignedOut(error)) return null
    throw error
  }
}

export const useSession = () => useQuery({ queryKey: ['session'], queryFn: fetchSession, staleTime: 60_000 })

export const has = (account: Account, ...roles: readonly Role[]): boolean => roles.some((role) => account.roles.includes(role))

/** Who enters orders; who finds the order of a study that came without one, and says whose a study is. */
export const orderRoles: readonly Role[] = ['technologist', 'clinician', 'administrator']
export const matchRoles: readonly Role[] = ['technologist', 'administrator']
export const rejectRoles: readonly Role[] = ['technologist', 'administrator']
/** Who sees figures; at a reading centre these see all of it, and the wallboard. */
export const centreRoles: readonly Role[] = ['coordinator', 'chief', 'quality', 'administrator']
export const figureRoles: readonly Role[] = [...centreRoles, 'technologist']
export const wallRoles: readonly Role[] = [...centreRoles, 'radiologist', 'reviewer']
/** Who reviews, answers a review, or learns what became of a patient. */
export const qualityRoles: readonly Role[] = [
  'chief',
  'quality',
  'coordinator',
  'radiologist',
  'reviewer',
  'clinician',
  'technologist',
  'administrator',
]

/** The page that a person's work starts from. */
export function homeOf(account: Account): string {
  if (has(account, 'radiologist', 'reviewer', 'chief', 'coordinator')) return '/list'
  if (has(account, 'technologist')) return '/board'
  if (has(account, 'clinician')) return '/ward'
  if (has(account, 'coordinator')) return '/wallboard'
  if (has(account, 'quality')) return '/quality'
  return '/settings/ae'
}
