/**
 * The transactions on one Workitem: Create, Retrieve, Update, Change State, Request Cancellation. PS3.18 §11.4–§11.8; what each does in which state is the
 * table of machine.ts. A step of the reading workflow is moved by the reading machine alone (reading-requests.ts).
 */
import type pg from 'pg'
import { announceChanges, appendChange } from '../../storage/index/changes.ts'
import { transaction } from '../../storage/index/query.ts'
import { hasSubscribers, insertUPSEvents } from '../../storage/index/ups/subscriptions.ts'
import { countOpenUPS, findUPS, lockCreating, lockUPS, type UPSRow } from '../../storage/index/ups/workitems.ts'
import { type Asker, demand } from '../access.ts'
import { auditIn } from '../audit.ts'
import type { DicomJSON } from '../dicom/dicom-json.ts'
import { isUID } from '../dicom/uid.ts'
import { BadRequest } from '../errors.ts'
import { enumerated, UnifiedProcedureStepPushSOPClass, UPSFilteredGlobalSubscription, UPSGlobalSubscription } from './attributes.ts'
import { attribute, datasetFrom, textOf } from './dataset.ts'
import { cancelRequested } from './events.ts'
import { type Kept, keep, keepNew, reportedOf } from './keep.ts'
import { decide, type UPSState } from './machine.ts'
import { cancelReading, changeReadingState, updateReading } from './reading-requests.ts'
import { canceled, changed, created, missingFor } from './requirements.ts'
import { cancellationOf, cellOf, mayUpdate, requestingAE, type StateChanged, there } from './rules.ts'
import { type Transaction, UPSRefused } from './status.ts'
import { mostOpen, type UPSTools } from './tools.ts'

/** A Workitem as it is told: never with its Transaction UID, which is its performer's lock (PS3.18 §11.5.2). */
export const workitemOf = ({ SOPInstanceUID, state, dataset }: UPSRow): DicomJSON =>
  datasetFrom([
    ...Object.entries(dataset as DicomJSON),
    attribute('SpecificCharacterSet', 'ISO_IR 192'),
    attribute('SOPClassUID', UnifiedProcedureStepPushSOPClass),
    attribute('SOPInstanceUID', SOPInstanceUID),
    attribute('ProcedureStepState', state),
  ])

export interface Created {
  readonly SOPInstanceUID: string
  /** The archive added what the creator should have given. */
  readonly modified: boolean
}

/** @param uid of the address; else that of the data set, else a fresh one */
export async function createWorkitem(tools: UPSTools, asker: Asker, uid: string | undefined, given: DicomJSON): Promise<Created> {
  demand(asker, 'perform')
  const SOPInstanceUID = uid ?? textOf(given, 'SOPInstanceUID') ?? tools.reading.newUID()
  if (!isUID(SOPInstanceUID)) throw new BadRequest(`"${SOPInstanceUID.slice(0, 64)}" is not a UID`)
  if (SOPInstanceUID === UPSGlobalSubscription || SOPInstanceUID === UPSFilteredGlobalSubscription)
    throw new UPSRefused(0x0111, 'create', 'the UID is one of the worklist itself')
  const { dataset, modified } = created(given, tools.clock())
  await transaction(tools.reading.index.pool, async (client) => {
    await lockCreating(client, asker.institution.id)
    if ((await countOpenUPS(client, asker.institution.id, mostOpen)) >= mostOpen)
      throw new UPSRefused(0x0213, 'create', `${asker.institution.name} has ${mostOpen} open Workitems`)
    const upsPk = await keepNew(client, { SOPInstanceUID, institution: asker.institution.id, dataset })
    if (upsPk === undefined) throw new UPSRefused(0x0111, 'create', SOPInstanceUID)
    await auditIn(client, asker, { action: 'ups-create', object: SOPInstanceUID })
    await appendChange(client, 'ups', null, SOPInstanceUID)
  })
  await announce(tools)
  return { SOPInstanceUID, modified }
}

export async function retrieveWorkitem(tools: UPSTools, asker: Asker, uid: string): Promise<UPSRow> {
  demand(asker, 'worklist')
  return there(await findUPS(tools.reading.index.pool, asker.scope, uid), 'retrieve', uid)
}

/** `ignored`: attributes that are the archive's own to set were left as they are. */
export async function updateWorkitem(
  tools: UPSTools,
  asker: Asker,
  uid: string,
  transactionUID: string | undefined,
  changes: DicomJSON,
): Promise<{ readonly ignored: boolean }> {
  demand(asker, 'perform')
  const given = transactionUID ?? textOf(changes, 'TransactionUID')
  const ignored = await withWorkitem(tools, asker, uid, 'update', {
    reading: (row) => updateReading(tools, asker, row, given, changes),
    foreign: async (client, row) => {
      mayUpdate(row, given)
      const after: Kept = { ...keptOf(row), dataset: changed(row.dataset as DicomJSON, changes, tools.clock()) }
      await keep(client, row.upsPk, reportedOf(row), after)
      await auditIn(client, asker, { action: 'ups-update', object: uid })
      return false
    },
  })
  return { ignored }
}

const keptOf = (row: UPSRow): Kept => ({ ...reportedOf(row), transactionUID: row.transactionUID })

export async function changeState(tools: UPSTools, asker: Asker, uid: string, action: DicomJSON): Promise<StateChanged> {
  demand(asker, 'perform')
  const wanted = textOf(action, 'ProcedureStepState')
  if (wanted === undefined) throw new UPSRefused(0x0120, 'state', 'ProcedureStepState')
  if (!isState(wanted)) throw new UPSRefused(0x0106, 'state', `ProcedureStepState is one of ${enumerated.ProcedureStepState!.join(', ')}`)
  const given = textOf(action, 'TransactionUID')
  if (given !== undefined && !isUID(given)) throw new UPSRefused(0x0106, 'state', 'TransactionUID is not a UID')
  return withWorkitem(tools, asker, uid, 'state', {
    reading: (row) => changeReadingState(tools, asker, row, wanted, given),
    foreign: async (client, row) => {
      const cell = cellOf(row, wanted, given)
      if ('warning' in cell) return { already: cell.warning }
      const transactionUID = wanted === 'IN PROGRESS' ? given! : row.transactionUID
      const dataset = wanted === 'CANCELED' ? canceled(row.dataset as DicomJSON, tools.clock()) : (row.dataset as DicomJSON)
      const missing = wanted === 'COMPLETED' || wanted === 'CANCELED' ? missingFor(wanted, dataset) : []
      if (missing.length > 0) throw new UPSRefused(0xc304, 'state', `without ${missing.join(', ')}`)
      await keep(client, row.upsPk, reportedOf(row), { state: wanted, dataset, transactionUID })
      await auditIn(client, asker, { action: 'ups-state', object: uid, detail: { from: row.state, to: wanted } })
      return {}
    },
  })
}

const isState = (text: string): text is UPSState => enumerated.ProcedureStepState!.includes(text)

export async function requestCancellation(tools: UPSTools, asker: Asker, uid: string, action: DicomJSON): Promise<StateChanged> {
  demand(asker, 'worklist')
  return withWorkitem(tools, asker, uid, 'cancel', {
    reading: (row) => cancelReading(tools, asker, row, action),
    foreign: async (client, row) => {
      const cell = decide('request cancel', row.state as UPSState)
      if ('error' in cell) throw new UPSRefused(cell.error, 'cancel', `it is ${row.state}`)
      if ('warning' in cell) return { already: cell.warning }
      await auditIn(client, asker, { action: 'ups-cancel-request', object: uid, detail: { state: row.state } })
      if ('report' in cell) {
        if (!(await hasSubscribers(client, row.upsPk))) throw new UPSRefused(0xc312, 'cancel', 'nobody is subscribed to it')
        await insertUPSEvents(client, row.upsPk, [cancelRequested(requestingAE(asker), action)])
        return {}
      }
      let before = keptOf(row)
      for (const state of cell.to) {
        const dataset = state === 'CANCELED' ? canceled(before.dataset, tools.clock(), cancellationOf(action)) : before.dataset
        const after: Kept = { state, dataset, transactionUID: before.transactionUID ?? tools.reading.newUID() }
        await keep(client, row.upsPk, before, after)
        before = after
      }
      return {}
    },
  })
}

/** Finds the Workitem and does the one or the other with it; those from outside locked, in one transaction that ends with the change feed. */
async function withWorkitem<T>(
  tools: UPSTools,
  asker: Asker,
  uid: string,
  name: Transaction,
  doing: { reading: (row: UPSRow) => Promise<T>; foreign: (client: pg.PoolClient, row: UPSRow) => Promise<T> },
): Promise<T> {
  const { pool } = tools.reading.index
  const found = there(await findUPS(pool, asker.scope, uid), name, uid)
  const done =
    found.workitem !== null
      ? await doing.reading(found)
      : await transaction(pool, async (client) => {
          const result = await doing.foreign(client, there(await lockUPS(client, asker.scope, uid), name, uid))
          await appendChange(client, 'ups', null, uid)
          return result
        })
  await announce(tools)
  return done
}

/** Wakes the channels of all gateways at once; they would look by themselves a moment later. */
const announce = async ({ reading }: UPSTools): Promise<void> => {
  await announceChanges(reading.index.pool).catch(() => undefined)
}
