/** Saved views of the reading list (reading.md §6.1): those that the archive starts with, one's own, and what colleagues share with the centre. */
import { deleteView, type SavedViewRow, savedViews, saveView } from '../../../storage/index/reading/saved-views.ts'
import { countWorkitems } from '../../../storage/index/reading/workitem-search.ts'
import { type Asker, demandPerson, may } from '../../access.ts'
import { auditIn } from '../../audit.ts'
import { BadRequest, NotFound } from '../../errors.ts'
import type { ReadingTools } from '../tools.ts'
import { demandList, type ListConditions, searchOf } from './workitem-search.ts'

export interface SavedView {
  readonly id: string
  readonly name: string
  /** Null: the archive's own. */
  readonly owner: SavedViewRow['owner'] | null
  readonly shared: boolean
  /** As the list is asked: several values of one condition stand between commas. */
  readonly query: Readonly<Record<string, unknown>>
  readonly columns: readonly string[] | null
  /** How many it finds now. */
  readonly count: number
}

interface Starter {
  readonly id: string
  readonly name: string
  readonly query: Readonly<Record<string, string>>
}

/** Nothing waits in person for whoever neither writes nor signs. */
const startersOf = (asker: Asker): readonly Starter[] => [
  { id: 'starter-todo', name: may(asker, 'read') ? '待我写' : '待诊断', query: { view: 'todo' } },
  { id: 'starter-review', name: may(asker, 'review') ? '待我审' : '待审核', query: { view: 'review' } },
  may(asker, 'read')
    ? { id: 'starter-returned', name: '我的退回', query: { view: 'returned', assignee: 'me' } }
    : { id: 'starter-returned', name: '退回', query: { view: 'returned' } },
  { id: 'starter-overdue', name: '超时', query: { view: 'overdue' } },
  { id: 'starter-critical', name: '今日危急值', query: { view: 'critical' } },
]

/** No more are offered, and no more of one's own are kept. */
const mostViews = 50

/** @param conditionsOf reads a kept query as the list's door does; undefined for one that it does not understand any more @throws Forbidden */
export async function listViews(
  { index: { pool } }: ReadingTools,
  asker: Asker,
  conditionsOf: (query: Readonly<Record<string, unknown>>) => ListConditions | undefined,
): Promise<SavedView[]> {
  demandList(asker)
  const kept = await savedViews(pool, asker.account, asker.institution.id, mostViews)
  const views = [
    ...startersOf(asker).map((view) => ({ ...view, owner: null, shared: true, columns: null })),
    ...kept.map((view) => ({ ...view, id: String(view.id) })),
  ]
  const counted: SavedView[] = []
  // One after the other: the list itself must not wait for the numbers beside it.
  for (const view of views) {
    const conditions = conditionsOf(view.query)
    const count = conditions === undefined ? 0 : await countWorkitems(pool, searchOf(asker, conditions, 1))
    counted.push({ ...view, count })
  }
  return counted
}

/** @throws Forbidden, BadRequest when there are too many */
export async function keepView(
  { index: { pool } }: ReadingTools,
  asker: Asker,
  view: Pick<SavedViewRow, 'name' | 'shared' | 'query' | 'columns'>,
): Promise<{ id: string }> {
  demandList(asker)
  demandPerson(asker)
  const id = await saveView(pool, asker.account, asker.institution.id, { ...view, name: view.name.trim() }, mostViews)
  if (id === undefined) throw new BadRequest(`Nobody keeps more than ${mostViews} views`)
  if (view.shared) await auditIn(pool, asker, { action: 'share-view', object: `view/${id}` })
  return { id: String(id) }
}

/** One's own; the chief also what is shared with the centre. @throws NotFound, Forbidden */
export async function removeView({ index: { pool } }: ReadingTools, asker: Asker, id: number): Promise<void> {
  demandList(asker)
  if (!(await deleteView(pool, id, asker.account, may(asker, 'direct') ? asker.institution.id : null)))
    throw new NotFound(`There is no view ${id} of yours`)
}
