/** The reading list of the asker's centre (reading.md §6.1). */
import { servedSites } from '../../../storage/index/reading/claiming.ts'
import { feedPosition } from '../../../storage/index/reading/workitem-list.ts'
import {
  countViews,
  countWorkitems,
  listWorkitems,
  type WorkitemFlag,
  type WorkitemSearch,
  type WorkitemSort,
  type WorkitemView,
} from '../../../storage/index/reading/workitem-search.ts'
import { type Asker, may } from '../../access.ts'
import { BadRequest, Forbidden } from '../../errors.ts'
import type { ReadingTools } from '../tools.ts'
import { preferenceOf } from './preference.ts'
import { isHit, searchKeys } from './search-box.ts'
import { centreRules, type Workitem, workitemView } from './workitems.ts'

/** Of each list any value counts; what is absent is not asked for. */
export interface ListConditions {
  readonly view: WorkitemView
  readonly state?: readonly string[] | undefined
  readonly modality?: readonly string[] | undefined
  readonly institution?: readonly number[] | undefined
  readonly urgency?: readonly number[] | undefined
  readonly bodyPart?: readonly string[] | undefined
  /** Usernames; `me`: the asker; `none`: nobody. */
  readonly assignee?: readonly string[] | undefined
  readonly flags?: readonly WorkitemFlag[] | undefined
  /** Name in Chinese characters, pinyin or initials; or the beginning of a PatientID or AccessionNumber. */
  readonly q?: string | undefined
  /** StudyDate, `20261122`, inclusive. */
  readonly from?: string | undefined
  readonly to?: string | undefined
}

export interface ListRequest extends ListConditions {
  /** Null or absent: the order of the view. */
  readonly sort?: WorkitemSort | undefined
  readonly limit: number
  readonly after?: string | undefined
}

export interface WorkitemPage {
  readonly items: readonly Workitem[]
  /** Pass it as `after` for the next page; null on the last. */
  readonly next: string | null
  /** Number in the change feed that this page is not older than. */
  readonly feed: number
  /** At most 20,000. */
  readonly total: number
  readonly counts: Readonly<Record<WorkitemView, number>>
}

/** Whoever reads, coordinates or grades at a centre sees its list. @throws Forbidden */
export function demandList(asker: Asker): void {
  if (!may(asker, 'read') && !may(asker, 'coordinate') && !may(asker, 'quality'))
    throw new Forbidden(`${asker.username} has no role that may see the reading list`)
}

export function searchOf(asker: Asker, request: ListConditions, limit: number): WorkitemSearch {
  return {
    scope: asker.scope,
    centre: asker.institution.id,
    account: asker.account,
    view: request.view,
    states: request.state ?? null,
    modalities: request.modality ?? null,
    institutions: request.institution ?? null,
    urgency: request.urgency ?? null,
    bodyParts: request.bodyPart?.map((part) => part.toUpperCase()) ?? null,
    assignees: request.assignee?.map((name) => ({ me: asker.username, none: '' })[name] ?? name.toLowerCase()) ?? null,
    flags: request.flags ?? null,
    ...searchKeys(request.q),
    from: request.from ?? null,
    to: request.to ?? null,
    sort: null,
    limit,
    after: null,
  }
}

/** @throws Forbidden, BadRequest */
export async function searchWorkitems({ index: { pool } }: ReadingTools, asker: Asker, request: ListRequest): Promise<WorkitemPage> {
  demandList(asker)
  const search: WorkitemSearch = {
    ...searchOf(asker, request, request.limit + 1),
    sort: request.sort ?? null,
    after: request.after === undefined ? null : cursorOf(request.after),
  }
  const centre = asker.institution.id
  // Read before the rows: what changes in between is told by an event with a higher number.
  const feed = await feedPosition(pool)
  const [rows, total, counts, rules, served, preference] = await Promise.all([
    listWorkitems(pool, search),
    countWorkitems(pool, search),
    countViews(pool, asker.scope, centre, asker.account),
    centreRules(pool, centre),
    servedSites(pool, centre),
    preferenceOf(pool, asker),
  ])
  const page = rows.slice(0, request.limit)
  const last = page.at(-1)
  const waiting = { account: asker.account, preference, served }
  return {
    items: page
      .filter((row) => isHit(request.q, row) || row.alsoStudies.length > 0)
      .map((row) => workitemView(row, asker, { ...rules, waiting })),
    next: rows.length > page.length && last !== undefined ? Buffer.from(JSON.stringify(last.sortKeys)).toString('base64url') : null,
    feed,
    total,
    counts,
  }
}

/** The sort keys of the last row, as PostgreSQL wrote them. */
function cursorOf(text: string): readonly string[] {
  try {
    const keys: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    if (Array.isArray(keys) && keys.length > 0 && keys.every((key) => typeof key === 'string')) return keys
  } catch {
    // Not ours: said below.
  }
  throw new BadRequest('`after` is not a cursor of this list')
}
