/**
 * The idle lock of the imaging room: a page that nobody is at keeps the board, without names, until its password or PIN is given. It is the session that is
 * locked, so that a page loaded anew, or another window, is locked too. reading.md §10.
 */
import { createHash } from 'node:crypto'
import { isSessionLocked, lockSession, unlockSession } from '../../storage/index/reading/session-locks.ts'
import type { Asker } from '../access.ts'
import type { Accounts } from '../accounts.ts'
import type { Audit } from '../audit.ts'
import type { BoardStudy } from './board/board.ts'
import { policies } from './policies.ts'
import { Refused } from './refused.ts'
import { provePIN } from './signing/pin.ts'
import type { ReadingTools } from './tools.ts'

type LockTools = Pick<ReadingTools, 'index'> & { readonly accounts: Accounts; readonly audit: Audit }

const digest = (token: string): Buffer => createHash('sha256').update(token).digest()

/** Without a session of a browser (a program, a request with a password) there is no page to lock. */
export const isLocked = async ({ index }: Pick<ReadingTools, 'index'>, token: string | undefined): Promise<boolean> =>
  token !== undefined && isSessionLocked(index.pool, digest(token))

export async function lockStateOf(tools: Pick<ReadingTools, 'index'>, token: string | undefined) {
  const [locked, { idleLockMinutes }] = await Promise.all([isLocked(tools, token), policies(tools.index.pool)])
  return { locked, idleMinutes: token === undefined ? 0 : idleLockMinutes }
}

export async function lock({ index, audit }: LockTools, asker: Asker, token: string | undefined): Promise<void> {
  if (token === undefined) return
  await lockSession(index.pool, digest(token))
  audit.note(asker, { action: 'lock' })
}

/** @throws Refused `wrong-password`, `locked`, `pin-locked` */
export async function unlock(tools: LockTools, asker: Asker, token: string | undefined, secret: string): Promise<void> {
  if (token === undefined) return
  await prove(tools, asker, secret)
  await unlockSession(tools.index.pool, digest(token))
  tools.audit.note(asker, { action: 'unlock' })
}

/** Digits may be the PIN; a password may be of digits too. */
async function prove(tools: LockTools, asker: Asker, secret: string): Promise<void> {
  if (/^\d{6,12}$/.test(secret)) {
    try {
      return await provePIN(tools, asker, secret)
    } catch (error) {
      if (!(error instanceof Refused) || (error.code !== 'pin-unset' && error.code !== 'wrong-pin')) throw error
    }
  }
  await tools.accounts.provePassword(asker, secret)
}

/** A study as it may stand on a screen that nobody watches: the surname alone, and no number that finds a person. */
export function masked(study: BoardStudy): BoardStudy {
  const [surname = ''] = study.patient.name
  return {
    ...study,
    patient: { ...study.patient, name: surname === '' ? '' : `${surname}**`, PatientName: '', PatientID: '', birthDate: '' },
    AccessionNumber: '',
    supplement: null,
    selfCheck: null,
    verbs: [],
  }
}
