/**
 * Templates and macros (reading.md §4, §6.2). A doctor's own are theirs to change; those of the centre are proposed by anybody who writes and approved by
 * the chief; the starters of the program stay until the chief puts something in their place or hides them.
 */
import { type Queryable, transaction } from '../../../storage/index/query.ts'
import {
  countPhrases,
  decidePhrase,
  deletePhrase,
  insertPhrase,
  lockPhrase,
  lockPhrases,
  noteUse,
  type PhraseKind,
  type PhraseRow,
  type PhraseState,
  type PhraseText,
  phrasesOf,
  replacePhrase,
  updatePhrase,
  usesOf,
} from '../../../storage/index/reading/phrases.ts'
import { type Asker, demand, demandPerson, may } from '../../access.ts'
import { auditIn } from '../../audit.ts'
import { romanize } from '../../dicom/pinyin.ts'
import { Conflict, Forbidden, NotFound } from '../../errors.ts'
import { Refused } from '../refused.ts'
import type { ReadingTools } from '../tools.ts'
import { starters } from './starters.ts'

export type PhraseScope = 'user' | 'centre' | 'starter'
export type PhraseVerb = 'edit' | 'delete' | 'approve' | 'refuse' | 'hide' | 'show' | 'propose'

export interface Phrase extends PhraseText {
  /** A number, or `starter:` and its key. */
  readonly id: string
  readonly kind: PhraseKind
  readonly scope: PhraseScope
  readonly state: PhraseState
  readonly replaces: string | null
  readonly rev: number
  readonly by: string | null
  readonly reason: string | null
  /** Initials of the title in pinyin, for the chooser's search. */
  readonly initials: string
  /** How often the asker has used it. */
  readonly uses: number
  readonly verbs: readonly PhraseVerb[]
}

export const phraseLimits = { user: 500, centre: 2_000, import: 500 } as const

const starterId = (key: string): string => `starter:${key}`
const auditObject = (kind: PhraseKind, id: string | number): string => `${kind}/${id}`

function verbsOf(row: PhraseRow, asker: Asker): PhraseVerb[] {
  if (row.account !== null) return ['edit', 'delete', 'propose']
  const chief = may(asker, 'direct')
  const own = row.proposer === asker.account
  if (row.state === 'hidden') return chief ? ['show'] : []
  if (row.state === 'proposed') return chief ? ['approve', 'refuse', 'edit', 'delete'] : own ? ['edit', 'delete'] : []
  if (row.state === 'refused') return chief || own ? ['edit', 'delete'] : []
  return chief ? ['edit', 'delete'] : ['propose']
}

/** Initials as they are typed: 胸部未见异常 is `xbwjyc`. */
export const initialsOf = (title: string): string =>
  romanize(title)
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((syllable) => syllable.charAt(0))
    .join('')

/** What the asker may use, and what waits for a decision that is theirs. @throws Forbidden */
export async function listPhrases({ index: { pool } }: ReadingTools, asker: Asker, kind: PhraseKind): Promise<Phrase[]> {
  demand(asker, 'read')
  const [rows, uses] = await Promise.all([
    phrasesOf(pool, asker.institution.id, asker.account, kind, phraseLimits.centre + phraseLimits.user),
    usesOf(pool, asker.account),
  ])
  const chief = may(asker, 'direct')
  const centre = rows.filter(({ account, state }) => account === null && (state === 'approved' || state === 'hidden'))
  const covered = new Set(centre.map(({ replaces }) => replaces))
  const seen = rows.filter(
    ({ account, state, proposer }) =>
      account !== null || state === 'approved' || chief || (state !== 'hidden' && proposer === asker.account),
  )
  const own = seen.map(
    (row): Phrase => ({
      ...textOf(row),
      id: String(row.id),
      kind,
      scope: row.account === null ? 'centre' : 'user',
      state: row.state,
      replaces: row.replaces,
      rev: row.rev,
      by: row.proposedBy,
      reason: row.reason,
      initials: initialsOf(row.title),
      uses: uses.get(String(row.id)) ?? 0,
      verbs: verbsOf(row, asker),
    }),
  )
  const begun = starters()
    .filter((starter) => starter.kind === kind && !covered.has(starterId(starter.key)))
    .map(
      ({ key, ...starter }): Phrase => ({
        ...starter,
        id: starterId(key),
        scope: 'starter',
        state: 'approved',
        replaces: null,
        rev: 1,
        by: null,
        reason: null,
        initials: initialsOf(starter.title),
        uses: uses.get(starterId(key)) ?? 0,
        verbs: chief ? ['edit', 'hide'] : ['propose'],
      }),
    )
  return [...own, ...begun]
}

const textOf = ({ title, abbreviation, modality, bodyPart, sex, ageBand, polarity, wording, sections }: PhraseText): PhraseText => ({
  title,
  abbreviation,
  modality,
  bodyPart,
  sex,
  ageBand,
  polarity,
  wording,
  sections,
})

export interface NewPhraseRequest {
  readonly kind: PhraseKind
  readonly scope: 'user' | 'centre'
  readonly text: PhraseText
  /** Id of what it is to stand in the place of. */
  readonly replaces: string | null
}

/** Of the centre it is a proposal, unless the chief writes it. @throws Forbidden. Refused `phrases-full`. */
export async function addPhrase(tools: ReadingTools, asker: Asker, request: NewPhraseRequest): Promise<{ id: string; state: PhraseState }> {
  demandPerson(asker)
  demand(asker, 'read')
  return transaction(tools.index.pool, async (client) => {
    await lockPhrases(client, asker.institution.id)
    return add(client, asker, request)
  })
}

async function add(
  client: Queryable,
  asker: Asker,
  { kind, scope, text, replaces }: NewPhraseRequest,
): Promise<{ id: string; state: PhraseState }> {
  const account = scope === 'user' ? asker.account : null
  await demandRoom(client, asker, account)
  const state: PhraseState = scope === 'user' || may(asker, 'direct') ? 'approved' : 'proposed'
  const place = scope === 'user' ? null : replaces
  const id = await insertPhrase(client, {
    ...text,
    kind,
    institution: asker.institution.id,
    account,
    state,
    replaces: place,
    proposer: asker.account,
  })
  if (state === 'approved' && place !== null) await replacePhrase(client, asker.institution.id, place, id, asker.account)
  if (scope === 'centre')
    await auditIn(client, asker, { action: `phrase-${state}`, object: auditObject(kind, id), detail: { replaces: place } })
  return { id: String(id), state }
}

async function demandRoom(client: Queryable, asker: Asker, account: number | null): Promise<void> {
  const most = account === null ? phraseLimits.centre : phraseLimits.user
  if ((await countPhrases(client, asker.institution.id, account)) >= most) throw new Refused('phrases-full', `There may be ${most}`)
}

/** Locks one that the asker may do this with; what another doctor owns is not there. @throws NotFound, Forbidden */
async function own(client: Queryable, asker: Asker, kind: PhraseKind, id: number, verb: PhraseVerb): Promise<PhraseRow> {
  const row = await lockPhrase(client, asker.institution.id, kind, id)
  if (row === undefined || row.state === 'replaced' || (row.account !== null && row.account !== asker.account)) {
    throw new NotFound(`There is no ${kind} ${id}`)
  }
  if (!verbsOf(row, asker).includes(verb)) throw new Forbidden(`${kind} ${id} is not yours to ${verb}`)
  return row
}

/** @throws NotFound, Forbidden. Conflict: somebody was faster. */
export async function changePhrase(
  tools: ReadingTools,
  asker: Asker,
  kind: PhraseKind,
  id: number,
  rev: number | undefined,
  text: PhraseText,
): Promise<void> {
  demandPerson(asker)
  demand(asker, 'read')
  return transaction(tools.index.pool, async (client) => {
    const row = await own(client, asker, kind, id, 'edit')
    if (rev !== undefined && rev !== row.rev) throw new Conflict(`${kind} ${id} is at version ${row.rev}`, { current: textOf(row) })
    await updatePhrase(client, id, text)
    // What was refused and is written anew is asked for again.
    if (row.state === 'refused') await decidePhrase(client, id, 'proposed', asker.account, null)
    if (row.account === null) await auditIn(client, asker, { action: 'phrase-change', object: auditObject(kind, id) })
  })
}

/** @throws NotFound, Forbidden */
export async function removePhrase(tools: ReadingTools, asker: Asker, kind: PhraseKind, id: number): Promise<void> {
  demandPerson(asker)
  demand(asker, 'read')
  return transaction(tools.index.pool, async (client) => {
    const row = await lockPhrase(client, asker.institution.id, kind, id)
    await own(client, asker, kind, id, row?.state === 'hidden' ? 'show' : 'delete')
    await deletePhrase(client, id)
    if (row?.account === null)
      await auditIn(client, asker, { action: 'phrase-delete', object: auditObject(kind, id), detail: { title: row.title } })
  })
}

/** The chief decides on a proposal. @throws NotFound, Forbidden. Refused `reason-missing`: a refusal says why. */
export async function decideOnPhrase(
  tools: ReadingTools,
  asker: Asker,
  kind: PhraseKind,
  id: number,
  verb: 'approve' | 'refuse',
  reason: string,
): Promise<void> {
  demandPerson(asker)
  demand(asker, 'direct')
  return transaction(tools.index.pool, async (client) => {
    await lockPhrases(client, asker.institution.id)
    const row = await own(client, asker, kind, id, verb)
    if (verb === 'refuse' && reason === '') throw new Refused('reason-missing', 'A refusal says why')
    await decidePhrase(client, id, verb === 'approve' ? 'approved' : 'refused', asker.account, reason || null)
    if (verb === 'approve' && row.replaces !== null) await replacePhrase(client, asker.institution.id, row.replaces, id, asker.account)
    await auditIn(client, asker, { action: `phrase-${verb}`, object: auditObject(kind, id), detail: { title: row.title } })
  })
}

/** The chief takes a starter off every list of the centre; the row that says so is deleted to show it again. @throws NotFound, Forbidden */
export async function hideStarter(tools: ReadingTools, asker: Asker, kind: PhraseKind, key: string): Promise<void> {
  demandPerson(asker)
  demand(asker, 'direct')
  const starter = starters().find((each) => each.kind === kind && each.key === key)
  if (starter === undefined) throw new NotFound(`There is no starter ${key}`)
  return transaction(tools.index.pool, async (client) => {
    await lockPhrases(client, asker.institution.id)
    await demandRoom(client, asker, null)
    const id = await insertPhrase(client, {
      ...textOf(starter),
      kind,
      institution: asker.institution.id,
      account: null,
      state: 'hidden',
      replaces: starterId(key),
      proposer: asker.account,
    })
    await replacePhrase(client, asker.institution.id, starterId(key), id, asker.account)
    await auditIn(client, asker, { action: 'phrase-hide', object: auditObject(kind, starterId(key)) })
  })
}

export interface Imported {
  readonly added: number
  /** Already there, word for word. */
  readonly same: number
}

/** All or nothing. Of the centre they are proposals, unless the chief imports them. @throws Forbidden. Refused `phrases-full`. */
export async function importPhrases(
  tools: ReadingTools,
  asker: Asker,
  kind: PhraseKind,
  scope: 'user' | 'centre',
  items: readonly PhraseText[],
): Promise<Imported> {
  demandPerson(asker)
  demand(asker, 'read')
  return transaction(tools.index.pool, async (client) => {
    await lockPhrases(client, asker.institution.id)
    const account = scope === 'user' ? asker.account : null
    const there = await phrasesOf(client, asker.institution.id, asker.account, kind, phraseLimits.centre + phraseLimits.user)
    const known = new Set(there.filter((row) => row.account === account && row.state !== 'refused').map((row) => signature(row)))
    const fresh = items.filter((item) => {
      const sign = signature(item)
      if (known.has(sign)) return false
      known.add(sign)
      return true
    })
    for (const text of fresh) await add(client, asker, { kind, scope, text, replaces: null })
    return { added: fresh.length, same: items.length - fresh.length }
  })
}

const signature = (text: PhraseText): string => {
  const { title, modality, bodyPart, sex, ageBand, sections } = text
  return JSON.stringify([title, modality, bodyPart, sex, ageBand, Object.entries(sections).sort(([a], [b]) => (a < b ? -1 : 1))])
}

/** What the asker has used goes first next time. What is not theirs to use is not counted. */
export async function noteUsed(tools: ReadingTools, asker: Asker, kind: PhraseKind, id: string): Promise<void> {
  demandPerson(asker)
  const known = await listPhrases(tools, asker, kind)
  if (!known.some((phrase) => phrase.id === id)) throw new NotFound(`There is no ${kind} ${id}`)
  await noteUse(tools.index.pool, asker.account, id)
}
