/**
 * The PIN that a doctor signs with (reading.md §8.4): their own, not the password, so that a page left open signs nothing. Argon2id; five wrong ones lock it.
 * A signing session asks for it once in thirty minutes, in this browser.
 */
import { hash, verify } from '@node-rs/argon2'
import { transaction } from '../../../storage/index/query.ts'
import { countPINTry, findPIN, forgetPINTries, savePIN } from '../../../storage/index/reading/signing.ts'
import { type Asker, demandPerson } from '../../access.ts'
import type { Accounts } from '../../accounts.ts'
import { auditIn } from '../../audit.ts'
import { Refused } from '../refused.ts'
import type { ReadingTools } from '../tools.ts'

/** As passwords (accounts.ts). */
const argon2id = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const tries = 5
const lockSeconds = 15 * 60

type PINTools = Pick<ReadingTools, 'index'> & { readonly accounts: Accounts }

/** @throws Refused `wrong-password`, `locked`, `pin-weak` */
export async function setPIN({ index, accounts }: PINTools, asker: Asker, password: string, pin: string): Promise<void> {
  demandPerson(asker)
  if (isWeak(pin)) throw new Refused('pin-weak', 'A PIN has 6 to 12 digits, not all the same and not in sequence')
  await accounts.provePassword(asker, password)
  const hashed = await hash(pin, argon2id)
  await transaction(index.pool, async (client) => {
    await savePIN(client, asker.account, hashed)
    await auditIn(client, asker, { action: 'set-pin' })
  })
}

/** @throws Refused `pin-unset`, `pin-locked`, `wrong-pin` */
export async function provePIN({ index: { pool } }: Pick<ReadingTools, 'index'>, asker: Asker, pin: string): Promise<void> {
  demandPerson(asker)
  const kept = await findPIN(pool, asker.account)
  if (kept === undefined) throw new Refused('pin-unset', `${asker.username} has no PIN`)
  if (kept.lockedUntil !== null || !(await countPINTry(pool, asker.account, tries, lockSeconds))) {
    throw new Refused('pin-locked', `The PIN of ${asker.username} is locked`, { until: kept.lockedUntil })
  }
  if (!(await verify(kept.hash, pin))) throw new Refused('wrong-pin', 'The PIN is wrong')
  await forgetPINTries(pool, asker.account)
}

const runs = ['0123456789012345', '9876543210987654']

function isWeak(pin: string): boolean {
  if (!/^\d{6,12}$/.test(pin)) return true
  return /^(\d)\1*$/.test(pin) || runs.some((run) => run.includes(pin))
}
