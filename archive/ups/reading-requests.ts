/**
 * Requests about a step of the reading workflow: the verbs of the reading machine, by another name. IN PROGRESS claims the text or its verification, CANCELED
 * lets go of it; a step is COMPLETED by the signature and by nothing else. What the machine refuses is the standard's conflict.
 */
import type pg from 'pg'
import { appendChange } from '../../storage/index/changes.ts'
import { transaction } from '../../storage/index/query.ts'
import { lockWorkitem } from '../../storage/index/reading/workitem-change.ts'
import { eventsToTell, lockStep } from '../../storage/index/ups/reading.ts'
import { hasSubscribers, insertUPSEvents } from '../../storage/index/ups/subscriptions.ts'
import { lockUPS, type UPSRow } from '../../storage/index/ups/workitems.ts'
import type { Asker } from '../access.ts'
import { auditIn } from '../audit.ts'
import type { DicomJSON } from '../dicom/dicom-json.ts'
import { Forbidden } from '../errors.ts'
import { Refused } from '../reading/refused.ts'
import type { Verb } from '../reading/workflow/machine.ts'
import { carryOut } from '../reading/workflow/perform.ts'
import { hex } from './attributes.ts'
import { datasetFrom, itemsOf } from './dataset.ts'
import { cancelRequested } from './events.ts'
import { tellWorkitem } from './follow-reading.ts'
import { keep, reportedOf } from './keep.ts'
import { decide, type UPSState } from './machine.ts'
import type { StepCode } from './reading-step.ts'
import { changed } from './requirements.ts'
import { cancellationOf, cellOf, mayUpdate, requestingAE, type StateChanged, there } from './rules.ts'
import { type Transaction, UPSRefused } from './status.ts'
import type { UPSTools } from './tools.ts'

const claims: Readonly<Record<StepCode, Verb>> = { '110005': 'claim', '110007': 'review', '128001': 'claim' }

/** Answers nothing where the deed was carried out; then the feed has been told already. */
type Deed = (client: pg.PoolClient, row: UPSRow, doVerb: (verb: Verb, reason?: string) => Promise<void>) => Promise<StateChanged>

export function changeReadingState(
  tools: UPSTools,
  asker: Asker,
  found: UPSRow,
  wanted: UPSState,
  given: string | undefined,
): Promise<StateChanged> {
  return withReading(tools, asker, found, 'state', async (client, row, doVerb) => {
    const cell = cellOf(row, wanted, given)
    if ('warning' in cell) return { already: cell.warning }
    if (wanted === 'COMPLETED') throw new UPSRefused(0xc304, 'state', 'the report has not been signed')
    if (wanted === 'IN PROGRESS') await lockStep(client, row.upsPk, given!)
    await auditIn(client, asker, { action: 'ups-state', ...aboutOf(row), detail: { from: row.state, to: wanted } })
    await doVerb(wanted === 'IN PROGRESS' ? claims[row.step as StepCode] : 'release')
    return {}
  })
}

export function cancelReading(tools: UPSTools, asker: Asker, found: UPSRow, action: DicomJSON): Promise<StateChanged> {
  return withReading(tools, asker, found, 'cancel', async (client, row, doVerb) => {
    const cell = decide('request cancel', row.state as UPSState)
    if ('error' in cell) throw new UPSRefused(cell.error, 'cancel', `it is ${row.state}`)
    if ('warning' in cell) return { already: cell.warning }
    await auditIn(client, asker, { action: 'ups-cancel-request', ...aboutOf(row), detail: { state: row.state } })
    if ('report' in cell) {
      if (!(await hasSubscribers(client, row.upsPk))) throw new UPSRefused(0xc312, 'cancel', 'whoever reads it is not subscribed')
      await insertUPSEvents(client, row.upsPk, [cancelRequested(requestingAE(asker), action)])
      await appendChange(client, 'ups', row.studyPk, row.SOPInstanceUID)
      return {}
    }
    await doVerb('cancel', cancellationOf(action).reason ?? 'cancellation was requested')
    return {}
  })
}

/** What a performer may say of a step of ours: how far it is. */
const performers: readonly string[] = ['ProcedureStepProgressInformationSequence', 'TransactionUID'].map(hex)

/** Whoever reports progress is alive: the lease begins anew. Answers whether other attributes were left as they are. */
export async function updateReading(
  tools: UPSTools,
  asker: Asker,
  found: UPSRow,
  given: string | undefined,
  changes: DicomJSON,
): Promise<boolean> {
  await withReading(tools, asker, found, 'update', async (client, row, doVerb) => {
    mayUpdate(row, given)
    if (row.state === 'SCHEDULED') throw new UPSRefused(0xc310, 'update', 'it has not been claimed')
    const progress = datasetFrom(Object.entries(changes).filter(([tag]) => performers.includes(tag)))
    // Refuses what nobody may set, also of what is left out.
    changed(row.dataset as DicomJSON, changes, tools.clock())
    await doVerb('heartbeat')
    if (itemsOf(progress, 'ProcedureStepProgressInformationSequence').length > 0) {
      const { [hex('ScheduledProcedureStepModificationDateTime')]: _, ...dataset } = changed(
        row.dataset as DicomJSON,
        progress,
        tools.clock(),
      )
      await keep(client, row.upsPk, reportedOf(row), { ...reportedOf(row), dataset, transactionUID: row.transactionUID })
    }
    await auditIn(client, asker, { action: 'ups-update', ...aboutOf(row) })
    await appendChange(client, 'ups', row.studyPk, row.SOPInstanceUID)
    return {}
  })
  return Object.keys(changes).some((tag) => !performers.includes(tag))
}

const aboutOf = ({ SOPInstanceUID, StudyInstanceUID }: UPSRow) => ({
  object: SOPInstanceUID,
  ...(StudyInstanceUID === null ? {} : { StudyInstanceUID }),
})

async function withReading(tools: UPSTools, asker: Asker, found: UPSRow, name: Transaction, deed: Deed): Promise<StateChanged> {
  const { pool } = tools.reading.index
  const workitem = found.workitem!
  // The steps may be a moment behind the portal.
  await tellWorkitem(tools, workitem)
  const done = await transaction(pool, async (client) => {
    const locked = await lockWorkitem(client, asker.scope, workitem)
    const row = there(await lockUPS(client, asker.scope, found.SOPInstanceUID), name, found.SOPInstanceUID)
    if (locked === undefined || (await eventsToTell(client, workitem)).length > 0)
      throw new UPSRefused(0x0110, name, 'it is changing hands this moment')
    return deed(client, row, async (verb, reason) => {
      if (asker.account === 0) throw new Forbidden('Only who has an account can take a reading task: it bears their name')
      await carryOut(tools.reading, client, locked, verb, asker, { reason }).catch((error: unknown) => {
        throw refusedAs(error, name)
      })
    })
  })
  await tellWorkitem(tools, workitem)
  return done
}

function refusedAs(error: unknown, name: Transaction): unknown {
  if (!(error instanceof Refused)) return error
  if (name === 'cancel') return new UPSRefused(0xc313, name, error.code)
  return error.code === 'not-yours'
    ? new Forbidden('Nobody with these roles may do this with a reading task')
    : new UPSRefused(0x0110, name, error.code)
}
