/** Returns as people see them: the township's feedback card, the reader's history, and the figures of who took what. */
import type { PoolClient } from 'pg'
import { transaction } from '../../../storage/index/query.ts'
import {
  listReturns,
  markReturnSeen,
  pictureOfReturn,
  type ReturnRow,
  type ReturnState,
  rememberTechnologist,
  setPatientWaiting,
  studiesWithoutTechnologist,
  type TechnologistFigures,
  technologistFigures,
  workitemOfReturn,
} from '../../../storage/index/reading/returns.ts'
import { appendChanges, lockWorkitem } from '../../../storage/index/reading/workitem-change.ts'
import { type Asker, demand, demandPerson, may } from '../../access.ts'
import { auditIn } from '../../audit.ts'
import { displayName } from '../../dicom/person-name.ts'
import { Forbidden, IndexUnavailable, NotFound, ObjectStoreUnavailable } from '../../errors.ts'
import { headerOf } from '../../rendered.ts'
import { modalityOf } from '../modality.ts'
import { type PatientView, patientOf } from '../patient.ts'
import { Refused } from '../refused.ts'
import { takeOnce } from '../workflow/perform.ts'
import type { Annotation } from './annotation-shapes.ts'
import { findReason, returnReasons } from './return-reasons.ts'
import { operatorOf } from './returned-image.ts'
import type { ReturnTools } from './returns.ts'

export interface Return {
  readonly id: string
  /** The first, the second … of the task. */
  readonly number: number
  readonly workitem: string
  readonly workitemState: string
  readonly StudyInstanceUID: string
  readonly AccessionNumber: string
  readonly patient: PatientView
  readonly institution: { readonly id: number; readonly name: string }
  readonly modality: string
  readonly StudyDescription: string
  readonly reasons: readonly {
    readonly code: string
    readonly zh: string
    readonly en: string
    readonly advice: { readonly zh: string; readonly en: string }
  }[]
  readonly comment: string
  /** How many are to be taken again. */
  readonly images: number
  readonly annotation: Annotation | null
  /** Address of the picture with the drawing on it. */
  readonly annotatedImage: string | null
  readonly by: { readonly username: string; readonly displayName: string }
  readonly at: Date
  readonly state: ReturnState
  readonly closedAt: Date | null
  readonly seen: { readonly at: Date; readonly by: string } | null
  /** Null: nobody has said. */
  readonly patientWaiting: boolean | null
  readonly waitingUntil: Date | null
  /** Who took the images, where that is known. */
  readonly technologist: string
  /** StudyInstanceUIDs of what came. */
  readonly retakes: readonly string[]
  /** Whether Rejection Note and presentation state lie in the study. */
  readonly documents: 'pending' | 'stored'
}

const returnOf = (row: ReturnRow): Return => ({
  id: String(row.id),
  number: row.number,
  workitem: String(row.workitem),
  workitemState: row.workitemState,
  StudyInstanceUID: row.StudyInstanceUID,
  AccessionNumber: row.AccessionNumber ?? '',
  patient: patientOf(row),
  institution: { id: row.institution, name: row.institutionName },
  modality: modalityOf(row.modalities),
  StudyDescription: row.StudyDescription ?? '',
  reasons: row.reasons.map((code) => {
    const { zh = code, en = code, advice = { zh: '', en: '' } } = findReason(code) ?? {}
    return { code, zh, en, advice }
  }),
  comment: row.comment,
  images: row.images,
  annotation: row.annotation as Annotation | null,
  annotatedImage: row.annotation === null ? null : `/api/returns/${row.id}/picture`,
  by: { username: row.byUsername, displayName: row.by },
  at: row.at,
  state: row.state,
  closedAt: row.closedAt,
  seen: row.seenAt === null ? null : { at: row.seenAt, by: row.seenBy ?? '' },
  patientWaiting: row.waiting,
  waitingUntil: row.waitingUntil,
  technologist: row.technologist,
  retakes: row.retakes,
  documents: row.notStored > 0 ? 'pending' : 'stored',
})

export const reasonList = () => returnReasons.map(({ code, scheme, zh, en, advice }) => ({ code, scheme, zh, en, advice }))

export interface ReturnListRequest {
  readonly institution?: number | undefined
  readonly state?: readonly ReturnState[] | undefined
  readonly workitem?: number | undefined
  readonly limit: number
}

/** Newest first. @throws Forbidden */
export async function searchReturns({ index: { pool } }: ReturnTools, asker: Asker, request: ReturnListRequest): Promise<Return[]> {
  demand(asker, 'ward')
  const { state = null, workitem = null, limit } = request
  // A card is for who took the images; the centre has those of all.
  const own = asker.institution.readingCentre || workitem !== null ? null : asker.institution.id
  const institution = own ?? request.institution ?? null
  const rows = await listReturns(pool, { scope: asker.scope, institution, states: state, workitem, id: null, limit })
  return rows.map(returnOf)
}

/** @throws NotFound, Forbidden */
export async function getReturn({ index: { pool } }: ReturnTools, asker: Asker, id: number): Promise<Return> {
  demand(asker, 'ward')
  const [row] = await listReturns(pool, { scope: asker.scope, institution: null, states: null, workitem: null, id, limit: 1 })
  if (row === undefined) throw new NotFound(`There is no return ${id}`)
  return returnOf(row)
}

/** @throws NotFound */
export async function returnPicture(
  { index: { pool } }: ReturnTools,
  asker: Asker,
  id: number,
): Promise<{ picture: Buffer; StudyInstanceUID: string }> {
  demand(asker, 'ward')
  const found = await pictureOfReturn(pool, asker.scope, id)
  if (found === undefined) throw new NotFound(`There is no picture of return ${id}`)
  return found
}

/** Somebody of the township has the card on the screen: the first time is kept, and told to the reader. @throws NotFound, Forbidden */
export const seeReturn = (tools: ReturnTools, asker: Asker, id: number): Promise<void> =>
  ofTownship(tools, asker, id, async (client, card) => {
    if (!(await markReturnSeen(client, id, asker.account))) return false
    await auditIn(client, asker, { action: 'see-return', StudyInstanceUID: card.StudyInstanceUID, object: `return/${id}` })
    return true
  })

export interface Waiting {
  readonly waiting: boolean
  /** How long the patient can wait. */
  readonly minutes: number
  readonly idempotencyKey?: string | undefined
}

/** @throws NotFound, Forbidden; Refused `return-closed` */
export const tellPatientWaiting = (tools: ReturnTools, asker: Asker, id: number, told: Waiting): Promise<void> =>
  ofTownship(tools, asker, id, async (client, card) => {
    const { waiting, minutes, idempotencyKey } = told
    const about = { waiting, minutes, return: id }
    if (idempotencyKey !== undefined && (await takeOnce(client, asker, idempotencyKey, about)) === 'done') return false
    if (card.state !== 'open') throw new Refused('return-closed', `Return ${id} does not wait any more`)
    await setPatientWaiting(client, id, waiting, waiting ? minutes : null)
    const { StudyInstanceUID } = card
    await auditIn(client, asker, { action: 'patient-waiting', StudyInstanceUID, object: `return/${id}`, detail: { waiting, minutes } })
    return true
  })

/** A deed of whoever took the images; true: something has changed and is told. */
function ofTownship(
  { index: { pool } }: ReturnTools,
  asker: Asker,
  id: number,
  deed: (client: PoolClient, card: ReturnRow) => Promise<boolean>,
): Promise<void> {
  demandPerson(asker)
  if (!may(asker, 'order')) throw new Forbidden(`${asker.username} has no role that may answer a return`)
  return transaction(pool, async (client) => {
    const task = await workitemOfReturn(client, asker.scope, id)
    const workitem = task === undefined ? undefined : await lockWorkitem(client, null, task)
    const [card] = await listReturns(client, { scope: asker.scope, institution: null, states: null, workitem: null, id, limit: 1 })
    if (workitem === undefined || card === undefined) throw new NotFound(`There is no return ${id}`)
    if (card.institution !== asker.institution.id) throw new Forbidden('Only who took the images answers for them')
    if (!(await deed(client, card))) return
    await appendChanges(client, [{ kind: 'workitem', studyPk: workitem.studyPk, ref: String(workitem.id) }])
  })
}

/** Studies of a period by who took them, and how many were returned, for what. A township sees its own, the centre all. @throws Forbidden */
export async function returnFigures(
  { index: { pool } }: ReturnTools,
  asker: Asker,
  { institution, from, to }: { readonly institution?: number | undefined; readonly from: Date; readonly to: Date },
): Promise<TechnologistFigures[]> {
  demand(asker, 'retrieve')
  const all = asker.institution.readingCentre && (may(asker, 'read') || may(asker, 'statistics') || may(asker, 'administer'))
  if (!all && !may(asker, 'board')) throw new Forbidden(`${asker.username} has no role that may see these figures`)
  const institutions = all ? (institution === undefined ? null : [institution]) : asker.scope
  return technologistFigures(pool, { institutions, from, to })
}

/** Reads once, from the first image of each task, who took it. Answers how many were read. */
export async function learnTechnologists(tools: ReturnTools): Promise<number> {
  const { pool } = tools.index
  const studies = await studiesWithoutTechnologist(pool, 20)
  for (const { studyPk, institution, ...image } of studies) {
    // What cannot be read names nobody; it would only be asked again for ever.
    const name = await headerOf(tools.render, [institution], image).then(operatorOf, (error: unknown) => {
      if (error instanceof IndexUnavailable || error instanceof ObjectStoreUnavailable) throw error
      return ''
    })
    await rememberTechnologist(pool, studyPk, displayName(name).slice(0, 64))
  }
  return studies.length
}
