/** One workitem, as the asker may see it; the list of them is in workitem-search.ts. */
import { lastChange } from '../../../storage/index/changes.ts'
import type { Queryable } from '../../../storage/index/query.ts'
import { findDraft } from '../../../storage/index/reading/drafts.ts'
import { type UnseenStudy, unseenStudies } from '../../../storage/index/reading/openings.ts'
import { reportOfWorkitem } from '../../../storage/index/reading/reports.ts'
import { findSelfChecks, type SelfCheckRow } from '../../../storage/index/reading/self-checks.ts'
import { findSupplement, type SupplementRow } from '../../../storage/index/reading/supplements.ts'
import { type EventRow, eventsOf } from '../../../storage/index/reading/workitem-change.ts'
import { findWorkitem, type PersonRef, priorsOf, type WorkitemRow } from '../../../storage/index/reading/workitem-list.ts'
import { type Asker, demand, may } from '../../access.ts'
import { NotFound } from '../../errors.ts'
import { modalityOf } from '../modality.ts'
import { type PatientView, patientOf } from '../patient.ts'
import { mayBeSameSigner, type Policies, policies } from '../policies.ts'
import { type DraftView, draftView } from '../reports/drafts.ts'
import type { ReportContent } from '../reports/report-content.ts'
import { type ReportView, reportView } from '../reports/reports.ts'
import type { ReadingTools } from '../tools.ts'
import type { CentreTurnaround } from '../turnaround/turnaround.ts'
import { turnaroundSoFar } from '../turnaround/turnaround-clock.ts'
import { turnaroundOf } from '../turnaround/turnaround-rules.ts'
import { type Amendment, type Facts, type State, type Verb, verbsFor } from '../workflow/machine.ts'
import { scoreOf, type Waiting } from './score.ts'

export interface Workitem {
  readonly id: string
  readonly state: State
  readonly urgency: number
  readonly StudyInstanceUID: string
  readonly patient: PatientView
  readonly institution: { readonly id: number; readonly name: string }
  readonly modality: string
  readonly bodyPart: string
  readonly StudyDescription: string
  readonly AccessionNumber: string
  readonly StudyDate: string
  readonly StudyTime: string
  readonly series: number
  readonly instances: number
  readonly priors: number
  readonly receivedAt: Date
  readonly readyAt: Date | null
  readonly dueAt: Date | null
  readonly claimedAt: Date | null
  readonly submittedAt: Date | null
  readonly finalAt: Date | null
  readonly assignee: PersonRef | null
  readonly author: PersonRef | null
  readonly reviewer: PersonRef | null
  readonly leaseUntil: Date | null
  readonly reworked: boolean
  readonly newImages: boolean
  readonly clinicalInformation: string
  /** SR and PDF of the signed report. */
  readonly documents: 'none' | 'pending' | 'stored'
  readonly verbs: readonly Verb[]
  readonly reportId: string | null
  readonly generation: number
  /** Critical values that are not closed, and the latest of them. */
  readonly criticals: { readonly open: number; readonly id: string | null }
  readonly questions: { readonly open: number }
  readonly returnCount: number
  readonly reservedFor: PersonRef | null
  readonly amending: Amendment | null
  /** A temporary report stands. */
  readonly temporary: boolean
  readonly samePerson: boolean
  /** The turnaround clock stands. */
  readonly paused: boolean
  readonly pausedSeconds: number
  /** reading.md §3.3. */
  readonly times: Readonly<Record<'T0' | 'T1' | 'T2' | 'T3' | 'T4' | 'T5' | 'T6' | 'T7', Date | null>>
  /** Milliseconds from READY to the report so far, without pauses and by the hours that count; and what is allowed. */
  readonly tat: { readonly ms: number | null; readonly limitMs: number | null }
  /** Its place in the order of work, the higher the sooner; null where it does not wait for a reader. */
  readonly score: number | null
  /** 0: the study's own task; above, a further procedure of it. */
  readonly part: number
  readonly procedure: string | null
  /** All studies that are read in it, its own first. */
  readonly studies: readonly string[]
  /** The series that a part is about; none: all. */
  readonly SeriesInstanceUIDs: readonly string[]
}

export interface Prior {
  readonly StudyInstanceUID: string
  readonly StudyDate: string
  readonly modality: string
  readonly StudyDescription: string
  readonly bodyPart: string
  readonly institution: string
  readonly report: { readonly id: string; readonly impression: string } | null
}

/** What a view needs to know of the centre. */
export interface CentreRules {
  readonly policy: Policies
  readonly turnaround: CentreTurnaround
  /** What the order of work is made of, beside the task itself; absent where nobody sorts by it. */
  readonly waiting?: Waiting | undefined
}

export const centreRules = async (on: Queryable, centre: number): Promise<CentreRules> => ({
  policy: await policies(on),
  turnaround: await turnaroundOf(on, centre),
})

export function workitemView(row: WorkitemRow, asker: Asker, { policy, turnaround, waiting }: CentreRules): Workitem {
  const facts: Facts = {
    state: row.state as State,
    institution: row.institutionId,
    centre: row.centre,
    assignee: row.assigneeId,
    author: row.authorId,
    reviewer: row.reviewerId,
    leaseExpired: false,
    generation: row.generation,
    newImages: row.newImages,
    draftComplete: true,
    samePerson: row.samePerson,
    // Asked of whoever signs, when they sign.
    imagesSeen: true,
    urgency: row.urgency,
    critical: row.critical === 1,
    reservedFor: row.reservedForId,
    temporary: row.temporary,
    amending: row.amending as Amendment | null,
    amendingClass: row.amendingClass as Facts['amendingClass'],
    standing: row.standing as Facts['standing'],
    beforeSignature: row.beforeSignature as Facts['beforeSignature'],
    waiting: row.waiting as State | null,
    paused: row.pausedAt !== null,
    withinUndo: row.signedAt !== null && row.now.getTime() - row.signedAt.getTime() < policy.undoSeconds * 1000,
    reportSeen: row.reportSeen,
    policy: { sameSigner: mayBeSameSigner(policy, row.now), tempRelease: policy.tempRelease },
  }
  return {
    id: String(row.id),
    state: facts.state,
    urgency: row.urgency,
    StudyInstanceUID: row.StudyInstanceUID,
    patient: patientOf(row),
    institution: { id: row.institutionId, name: row.institutionName },
    modality: modalityOf(row.modalities),
    bodyPart: row.bodyPart ?? '',
    StudyDescription: row.StudyDescription ?? '',
    AccessionNumber: row.AccessionNumber ?? '',
    StudyDate: row.StudyDate ?? '',
    StudyTime: row.StudyTime ?? '',
    series: row.series,
    instances: row.instances,
    priors: row.priors,
    receivedAt: row.receivedAt,
    readyAt: row.readyAt,
    dueAt: row.dueAt,
    claimedAt: row.claimedAt,
    submittedAt: row.submittedAt,
    finalAt: row.finalAt,
    assignee: row.assignee,
    author: row.author,
    reviewer: row.reviewer,
    leaseUntil: row.leaseUntil,
    reworked: row.reworked,
    newImages: row.newImages,
    clinicalInformation: row.clinicalInformation ?? '',
    documents: row.reportId === null ? 'none' : row.documentsPending > 0 ? 'pending' : 'stored',
    verbs: verbsFor(facts, asker),
    reportId: row.reportId === null ? null : String(row.reportId),
    generation: row.generation,
    criticals: { open: row.criticals?.open ?? 0, id: row.criticals?.id ?? null },
    questions: { open: row.questionsOpen },
    returnCount: row.returnCount,
    reservedFor: row.reservedFor,
    amending: facts.amending,
    temporary: row.temporary,
    samePerson: row.samePerson,
    paused: facts.paused,
    pausedSeconds: row.pausedSeconds,
    times: {
      // Images that came after it could be read do not make the way to the county shorter than nothing.
      T0: row.studyEndAt !== null && row.readyAt !== null && row.studyEndAt > row.readyAt ? row.readyAt : row.studyEndAt,
      T1: row.firstByteAt,
      T2: row.readyAt,
      T3: row.claimedAt,
      T4: row.submittedAt,
      T5: row.finalAt,
      T6: row.deliveredAt,
      T7: row.openedAt,
    },
    tat: { ms: turnaroundSoFar(turnaround, row), limitMs: row.limitMs },
    score: row.state === 'READY' && waiting !== undefined ? scoreOf(waiting, row) : null,
    part: row.part,
    procedure: row.procedure,
    studies: [row.StudyInstanceUID, ...row.alsoStudies],
    SeriesInstanceUIDs: row.SeriesInstanceUIDs,
  }
}

/** @throws NotFound also for what another institution owns; Forbidden */
export async function getWorkitem({ index: { pool } }: ReadingTools, asker: Asker, id: number): Promise<Workitem> {
  demand(asker, 'ward')
  const row = await rowOf(pool, asker, id)
  return workitemView(row, asker, await centreRules(pool, row.centre))
}

async function rowOf(pool: ReadingTools['index']['pool'], asker: Asker, id: number): Promise<WorkitemRow> {
  const row = await findWorkitem(pool, asker.scope, id)
  if (row === undefined) throw new NotFound(`There is no workitem ${id}`)
  return row
}

export interface WorkitemDetail extends Omit<Workitem, 'priors'> {
  readonly events: readonly EventRow[]
  /** Null also for those who may not read unsigned text: everybody outside the reading centre. */
  readonly draft: DraftView | null
  readonly report: ReportView | null
  readonly priors: readonly Prior[]
  readonly supplement: SupplementRow | null
  /** What the imaging room saw when it looked at the images before sending them. */
  readonly selfCheck: SelfCheckRow | null
  /** Of those who may sign: studies of this task whose images they have not looked at, or not at the newest. */
  readonly unseen: readonly UnseenStudy[]
  /** The feed when this was asked for: a viewer that is opened now shows what had come by then. */
  readonly feed: number
}

export async function openWorkitem({ index: { pool } }: ReadingTools, asker: Asker, id: number): Promise<WorkitemDetail> {
  demand(asker, 'ward')
  const row = await rowOf(pool, asker, id)
  const mayReadDraft = asker.institution.id === row.centre && may(asker, 'read')
  const [feed, unseen, rules, events, draft, report, priors, supplement, checks] = await Promise.all([
    lastChange(pool),
    mayReadDraft ? unseenStudies(pool, id, asker.account) : [],
    centreRules(pool, row.centre),
    eventsOf(pool, id),
    mayReadDraft ? findDraft(pool, id) : undefined,
    reportOfWorkitem(pool, id),
    priorsOf(pool, asker.scope, row.studyPk),
    findSupplement(pool, row.studyPk),
    findSelfChecks(pool, [row.studyPk]),
  ])
  return {
    ...workitemView(row, asker, rules),
    events,
    draft: draft === undefined ? null : draftView(draft),
    report: report === undefined ? null : reportView(report),
    priors: priors.map((prior) => ({
      StudyInstanceUID: prior.StudyInstanceUID,
      StudyDate: prior.StudyDate ?? '',
      modality: modalityOf(prior.modalities),
      StudyDescription: prior.StudyDescription ?? '',
      bodyPart: prior.bodyPart ?? '',
      institution: prior.institution,
      report:
        prior.reportId === null || prior.content === null
          ? null
          : { id: String(prior.reportId), impression: (JSON.parse(prior.content) as ReportContent).impression },
    })),
    supplement: supplement ?? null,
    selfCheck: checks.get(row.studyPk) ?? null,
    unseen,
    feed,
  }
}
