/**
 * Accounts, Application Entities, institutions and the audit, for administrators. One at a reading centre administers the whole county, any other their
 * own institution.
 */
import { type AE, type AEChanges, findAE, listAEs, upsertAE } from '../storage/index/ae.ts'
import { type Institution, listInstitutions, upsertInstitution } from '../storage/index/institutions.ts'
import type { Index } from '../storage/index/postgres.ts'
import type { AccountRow } from '../storage/index/reading/accounts.ts'
import type { AuditView } from '../storage/index/reading/audit.ts'
import { type Asker, demand } from './access.ts'
import type { Accounts, NewAccount } from './accounts.ts'
import type { Audit } from './audit.ts'
import { BadRequest, Forbidden } from './errors.ts'

export interface AdministrationTools {
  readonly index: Index
  readonly accounts: Accounts
  readonly audit: Audit
}

const covers = (asker: Asker, institution: number): boolean => asker.institution.readingCentre || asker.institution.id === institution

function demandOver(asker: Asker, institution: number): void {
  demand(asker, 'administer')
  if (!covers(asker, institution)) throw new Forbidden('That is another institution')
}

export async function listOfAccounts({ accounts }: AdministrationTools, asker: Asker): Promise<AccountRow[]> {
  demand(asker, 'administer')
  return (await accounts.list()).filter(({ institution }) => covers(asker, institution.id))
}

/** Answers a program's bearer token, once. @throws Conflict, BadRequest, Forbidden */
export async function createAccount(
  { accounts, audit }: AdministrationTools,
  asker: Asker,
  account: NewAccount,
): Promise<{ token?: string }> {
  demandOver(asker, account.institution)
  const { id: _, ...made } = await accounts.create(account)
  audit.note(asker, {
    action: 'account-create',
    object: account.username,
    detail: { roles: account.roles, institution: account.institution },
  })
  return made
}

/** @throws NotFound, BadRequest, Forbidden */
export async function changeAccount(
  { accounts, audit }: AdministrationTools,
  asker: Asker,
  account: NewAccount,
  options: { renewToken?: boolean } = {},
): Promise<{ token?: string }> {
  demandOver(asker, account.institution)
  const stands = (await accounts.list()).find(({ username }) => username === account.username.toLowerCase())
  if (stands !== undefined) demandOver(asker, stands.institution.id)
  if (stands?.username === asker.username && (account.enabled === false || !account.roles.includes('administrator'))) {
    throw new BadRequest('Nobody takes the administration from themselves: another administrator does')
  }
  const changed = await accounts.change(account, options)
  audit.note(asker, {
    action: 'account-change',
    object: account.username,
    detail: { roles: account.roles, institution: account.institution, enabled: account.enabled ?? true },
  })
  return changed
}

export async function listOfAEs({ index }: AdministrationTools, asker: Asker): Promise<AE[]> {
  demand(asker, 'administer')
  return (await listAEs(index.pool)).filter(({ institution }) => covers(asker, institution))
}

export async function saveAE({ index, audit }: AdministrationTools, asker: Asker, ae: AEChanges): Promise<AE> {
  demandOver(asker, ae.institution)
  const stands = await findAE(index.pool, ae.title)
  if (stands !== undefined) demandOver(asker, stands.institution)
  const saved = await upsertAE(index.pool, ae)
  audit.note(asker, { action: 'ae-save', object: saved.title, detail: { institution: ae.institution, enabled: saved.enabled } })
  return saved
}

/** Everybody may know which institutions there are: lists are filtered by them. */
export const listOfInstitutions = ({ index }: AdministrationTools): Promise<Institution[]> => listInstitutions(index.pool)

export async function saveInstitution(
  { index, audit }: AdministrationTools,
  asker: Asker,
  institution: Parameters<typeof upsertInstitution>[1],
): Promise<Institution> {
  demand(asker, 'administer')
  if (!asker.institution.readingCentre) throw new Forbidden('Institutions are kept by the reading centre')
  await refuseCircle(index, institution)
  await refuseTakenPrefix(index, institution)
  const saved = await upsertInstitution(index.pool, institution)
  audit.note(asker, { action: 'institution-save', object: saved.code })
  return saved
}

/** AccessionNumbers of two institutions never look alike. @throws BadRequest */
async function refuseTakenPrefix({ pool }: Index, { code, accessionPrefix }: Parameters<typeof upsertInstitution>[1]): Promise<void> {
  if (accessionPrefix === undefined || accessionPrefix === null) return
  const other = (await listInstitutions(pool)).find((one) => one.accessionPrefix === accessionPrefix && one.code !== code)
  if (other !== undefined) throw new BadRequest(`accessionPrefix: ${accessionPrefix} is that of ${other.name}`)
}

/** Nobody stands above themselves. @throws BadRequest */
async function refuseCircle({ pool }: Index, { code, parent }: Parameters<typeof upsertInstitution>[1]): Promise<void> {
  const tree = new Map((await listInstitutions(pool)).map((institution) => [institution.id, institution]))
  const seen = new Set<number>()
  for (let above = tree.get(parent ?? 0); above !== undefined && !seen.has(above.id); above = tree.get(above.parent ?? 0)) {
    if (above.code === code) throw new BadRequest('parent: an institution cannot stand above itself')
    seen.add(above.id)
  }
}

export function searchAudit(
  { audit }: AdministrationTools,
  asker: Asker,
  search: {
    StudyInstanceUID?: string | undefined
    username?: string | undefined
    action?: string | undefined
    before?: number | undefined
    limit: number
  },
): Promise<AuditView[]> {
  demand(asker, 'administer')
  return audit.search({
    institution: asker.institution.readingCentre ? null : asker.institution.id,
    StudyInstanceUID: search.StudyInstanceUID ?? null,
    username: search.username ?? null,
    action: search.action ?? null,
    before: search.before ?? null,
    limit: search.limit,
  })
}

/** Number of the first broken seal; null: the audit is as it was written. */
export async function verifyAudit({ audit }: AdministrationTools, asker: Asker): Promise<number | null> {
  demand(asker, 'administer')
  return audit.verify()
}
