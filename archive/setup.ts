/** The first administrator of a new archive: made once, by whoever can read the program's log. */
import { createHash, randomBytes } from 'node:crypto'
import { upsertInstitution } from '../storage/index/institutions.ts'
import type { Index } from '../storage/index/postgres.ts'
import { transaction } from '../storage/index/query.ts'
import { keepSetupToken, useSetupToken } from '../storage/index/setup-token.ts'
import type { Accounts } from './accounts.ts'
import { Forbidden } from './errors.ts'

export interface FirstAdministrator {
  readonly token: string
  readonly institution: { readonly code: string; readonly name: string }
  readonly username: string
  readonly displayName: string
  readonly password: string
}

const sha256 = (token: string): Buffer => createHash('sha256').update(token.trim()).digest()

/** A token to print, when the archive has no administrator; good for a day. */
export async function offerSetup({ index, accounts }: { index: Index; accounts: Accounts }): Promise<string | undefined> {
  if (await accounts.hasAdministrator()) return undefined
  const token = randomBytes(18).toString('base64url')
  await keepSetupToken(index.pool, sha256(token))
  return token
}

/**
 * Makes the county (the reading centre) and its administrator.
 *
 * @throws Forbidden when the token is not good or there is an administrator already.
 * @throws BadRequest when the password is not fit; the token stays good.
 */
export async function setUp({ index, accounts }: { index: Index; accounts: Accounts }, first: FirstAdministrator): Promise<void> {
  const { code, name } = first.institution
  if (await accounts.hasAdministrator()) throw new Forbidden('There is an administrator already')
  // The token's row is locked until the administrator is there: of two at once, one comes too late.
  await transaction(index.pool, async (client) => {
    if (!(await useSetupToken(client, sha256(first.token))))
      throw new Forbidden('The token is not the one in the log, or it is older than a day')
    const centre = await upsertInstitution(index.pool, { code, name, level: 'county', readingCentre: true })
    await accounts.create({
      username: first.username,
      displayName: first.displayName,
      roles: ['administrator'],
      institution: centre.id,
      password: first.password,
    })
  })
}
