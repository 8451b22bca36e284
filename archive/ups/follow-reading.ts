/**
 * The reading workflow told as procedure steps: a consumer of the change feed. A workitem's event log is followed event by event, so nothing that happened is
 * left out however late the follower looks, and run twice it does nothing new. A step that is let go of cannot become SCHEDULED again (PS3.4 Table
 * CC.1.1-2): it ends CANCELED, and another one replaces it.
 */
import { isDeepStrictEqual } from 'node:util'
import type pg from 'pg'
import type { Change } from '../../storage/index/changes.ts'
import { transaction } from '../../storage/index/query.ts'
import { appendChanges } from '../../storage/index/reading/workitem-change.ts'
import {
  eventsTold,
  eventsToTell,
  lockReading,
  type ReadingRow,
  stepsOf,
  type ToldEvent,
  workitemsOf,
} from '../../storage/index/ups/reading.ts'
import type { DicomJSON } from '../dicom/dicom-json.ts'
import { type State, states } from '../reading/workflow/machine.ts'
import { hex, UnifiedProcedureStepPushSOPClass } from './attributes.ts'
import { attribute, code, datasetFrom } from './dataset.ts'
import { type Kept, keep, keepNew } from './keep.ts'
import { isFinal, type UPSState } from './machine.ts'
import { performed, progressOf, type StepCode, type StepKind, scheduled, stepKinds, stepStates } from './reading-step.ts'
import { canceled } from './requirements.ts'
import type { UPSTools } from './tools.ts'

export const upsConsumer = 'ups-reading'

/** Changes after which a study says what it said before: images are the workitem's own business, and told by it. */
const tellsNothing: ReadonlySet<string> = new Set(['workitem', 'ups', 'instance', 'update', 'version', 'held', 'report', 'question'])

/** What concerns the reading workflow of a batch of changes. */
export async function followReading(tools: UPSTools, changes: readonly Change[]): Promise<void> {
  const named = changes.flatMap(({ kind, ref }) => (kind === 'workitem' && ref !== null ? [Number(ref)] : []))
  const studies = changes.flatMap(({ kind, studyPk }) => (tellsNothing.has(kind) || studyPk === null ? [] : [studyPk]))
  const { pool } = tools.reading.index
  for (const workitem of new Set([...named, ...(await workitemsOf(pool, [...new Set(studies)]))])) await tellWorkitem(tools, workitem)
}

/** Brings the steps of one workitem up to its event log and its study. Answers whether anything changed. */
export const tellWorkitem = (tools: UPSTools, workitem: number): Promise<boolean> =>
  transaction(tools.reading.index.pool, async (client) => {
    const row = await lockReading(client, workitem)
    if (row === undefined) return false
    const teller = new Teller(tools, client, row)
    for (const step of await stepsOf(client, workitem)) {
      teller.steps.set(step.step as StepCode, {
        upsPk: step.upsPk,
        SOPInstanceUID: step.SOPInstanceUID,
        kept: { state: step.state as UPSState, dataset: step.dataset as DicomJSON, transactionUID: step.transactionUID },
      })
    }
    const events = await eventsToTell(client, workitem)
    for (const event of events) await teller.tell(event)
    await teller.refresh()
    const last = events.at(-1)
    if (last !== undefined) await eventsTold(client, workitem, last.number)
    if (!teller.changed) return false
    await appendChanges(client, [{ kind: 'ups', studyPk: row.studyPk, ref: null }])
    return true
  })

interface Step {
  readonly upsPk: number
  readonly SOPInstanceUID: string
  kept: Kept
}

/** How a step comes to where it has to be, one legal state after another. */
const ways: Readonly<Record<'SCHEDULED' | 'IN PROGRESS', Readonly<Record<UPSState | 'none', readonly UPSState[]>>>> = {
  SCHEDULED: {
    SCHEDULED: [],
    'IN PROGRESS': ['IN PROGRESS'],
    COMPLETED: ['IN PROGRESS', 'COMPLETED'],
    CANCELED: ['IN PROGRESS', 'CANCELED'],
    none: ['IN PROGRESS', 'CANCELED'],
  },
  'IN PROGRESS': {
    SCHEDULED: ['CANCELED'],
    'IN PROGRESS': [],
    COMPLETED: ['COMPLETED'],
    CANCELED: ['CANCELED'],
    none: ['CANCELED'],
  },
}

/** Why a step was let go of, where nobody said. */
const reasons: Readonly<Record<string, string>> = {
  release: 'released by its performer',
  expire: 'its performer was not heard of any more',
  recall: 'the text was recalled by its author',
  rework: 'returned for rework',
  cancel: 'canceled',
  reject: 'the images were rejected',
  return: 'images are asked for again',
  abandon: 'the amendment was given up',
  unsign: 'the signature was taken back',
  join: 'read together with another study',
}

const reasonCode = (value: string, meaning: string): DicomJSON => code(value, 'DCM', meaning)
/** PS3.16 CID 9303, Interpretation Request Discontinuation Reason. */
const reasonCodes: Readonly<Record<string, DicomJSON>> = {
  release: reasonCode('110530', 'Workitem assignment rejected by assigned resource'),
  return: reasonCode('110531', 'Insufficient quality for interpretation'),
}

/** A report stands: what is still open then did not come to one. */
const ended: ReadonlySet<State> = new Set<State>(['FINAL', 'AMENDED', 'RETRACTED'])

/** What a step has of itself; everything else is said by the workitem and its study. */
const ofTheStep: ReadonlySet<string> = new Set(
  ['ProcedureStepProgressInformationSequence', 'UnifiedProcedureStepPerformedProcedureSequence', 'ReplacedProcedureStepSequence'].map(hex),
)

const isState = (text: string): text is State => (states as readonly string[]).includes(text)

class Teller {
  readonly steps = new Map<StepCode, Step>()
  changed = false
  readonly #tools: UPSTools
  readonly #client: pg.PoolClient
  readonly #row: ReadingRow
  constructor(tools: UPSTools, client: pg.PoolClient, row: ReadingRow) {
    this.#tools = tools
    this.#client = client
    this.#row = row
  }

  async tell(event: ToldEvent): Promise<void> {
    if (!isState(event.to)) return
    // Only the signature completes a step: an amendment that is given up leaves the report as it stood.
    const signed = event.verb === 'sign'
    const addendum = this.#isAddendum(event)
    for (const kind of stepKinds) {
      const step = kind === '110005' && addendum ? '128001' : kind
      const goes = ended.has(event.to) && !signed && event.from !== null
      await this.#follow(kind, step, goes ? 'CANCELED' : stepStates[event.to][kind], event, event.to)
    }
  }

  /** Whether the text that is being written is an addendum: its step is open, was opened last, or opens now. */
  #isAddendum({ verb, detail }: ToldEvent): boolean {
    if (verb === 'amend') return detail?.amending === 'addendum'
    const [addendum, interpretation] = [this.steps.get('128001'), this.steps.get('110005')]
    return addendum !== undefined && (!isFinal(addendum.kept.state) || (verb === 'unsign' && addendum.upsPk > (interpretation?.upsPk ?? 0)))
  }

  async #follow(kind: StepKind, code: StepCode, target: UPSState | undefined, event: ToldEvent, state: State): Promise<void> {
    let step = this.steps.get(code)
    if (step !== undefined && !isFinal(step.kept.state)) {
      const way = ways[step.kept.state as keyof typeof ways][target ?? 'none']
      for (const next of way) await this.#move(step, kind, code, next, event, state)
      const progress = progressOf(state, kind)
      // The task went on without the step's changing its state.
      if (way.length === 0 && event.from !== event.to && progress !== undefined)
        await this.#keep(step, { ...step.kept, dataset: withProgress(step.kept.dataset, progress) })
      // Somebody else works on it now: who had the lock has lost it.
      if (event.verb === 'takeover' && kind === (state === 'REVIEWING' ? '110007' : '110005') && step.kept.state === 'IN PROGRESS')
        await this.#keep(step, { ...step.kept, transactionUID: this.#tools.reading.newUID() })
    }
    const last = step?.kept.state
    if (target === undefined || target === last || target === 'CANCELED' || (last !== undefined && !isFinal(last))) return
    step = await this.#schedule(code, step)
    for (const next of ways.SCHEDULED[target]) await this.#move(step, kind, code, next, event, state)
  }

  async #schedule(kind: StepCode, replaced: Step | undefined): Promise<Step> {
    const SOPInstanceUID = this.#tools.reading.newUID()
    const dataset = datasetFrom([
      ...Object.entries(scheduled(this.#row, kind)),
      ...(replaced === undefined ? [] : [attribute('ReplacedProcedureStepSequence', reference(replaced.SOPInstanceUID))]),
    ])
    const upsPk = await keepNew(this.#client, {
      SOPInstanceUID,
      institution: this.#row.centre.id,
      dataset,
      reading: { workitem: this.#row.id, studyPk: this.#row.studyPk, step: kind },
    })
    const step: Step = { upsPk: upsPk!, SOPInstanceUID, kept: { state: 'SCHEDULED', dataset, transactionUID: null } }
    this.steps.set(kind, step)
    this.changed = true
    return step
  }

  async #move(step: Step, kind: StepKind, code: StepCode, next: UPSState, event: ToldEvent, state: State): Promise<void> {
    const progress = progressOf(state, kind)
    const progressed = progress === undefined ? step.kept.dataset : withProgress(step.kept.dataset, progress)
    const dataset =
      next === 'CANCELED'
        ? canceled(step.kept.dataset, event.at, {
            reason: event.reason ?? reasons[event.verb],
            reasonCodes: reasonCodes[event.verb] === undefined ? undefined : [reasonCodes[event.verb]!],
          })
        : next === 'COMPLETED'
          ? datasetFrom([
              ...Object.entries(progressed),
              attribute('UnifiedProcedureStepPerformedProcedureSequence', performed(this.#row, code)),
            ])
          : progressed
    // A Transaction UID that is there already is that of the claim that brought this about.
    await this.#keep(step, { state: next, dataset, transactionUID: step.kept.transactionUID ?? this.#tools.reading.newUID() })
  }

  /** Open steps say what the study and the workitem say now: a corrected name, another urgency, a new assignee. */
  async refresh(): Promise<void> {
    for (const [kind, step] of this.steps) {
      if (isFinal(step.kept.state)) continue
      const kept = Object.entries(step.kept.dataset).filter(([tag]) => ofTheStep.has(tag))
      const dataset = datasetFrom([...Object.entries(scheduled(this.#row, kind)), ...kept])
      if (!isDeepStrictEqual(dataset, step.kept.dataset)) await this.#keep(step, { ...step.kept, dataset })
    }
  }

  async #keep(step: Step, after: Kept): Promise<void> {
    await keep(this.#client, step.upsPk, step.kept, after)
    step.kept = after
    this.changed = true
  }
}

const withProgress = (dataset: DicomJSON, progress: DicomJSON): DicomJSON =>
  datasetFrom([...Object.entries(dataset), attribute('ProcedureStepProgressInformationSequence', progress)])

const reference = (SOPInstanceUID: string): DicomJSON =>
  datasetFrom([attribute('ReferencedSOPClassUID', UnifiedProcedureStepPushSOPClass), attribute('ReferencedSOPInstanceUID', SOPInstanceUID)])
