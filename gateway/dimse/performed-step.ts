/** Modality Performed Procedure Step, as SCP: N-CREATE and N-SET. PS3.4 Annex F, PS3.7 §10.1.3 and §10.1.5. */
import { equipment } from '../../archive/access.ts'
import type { Audit } from '../../archive/audit.ts'
import { readDataset } from '../../archive/dicom/dataset-reader.ts'
import type { DicomJSON } from '../../archive/dicom/dicom-json.ts'
import { ExplicitVRLittleEndian, ImplicitVRLittleEndian } from '../../archive/dicom/transfer-syntaxes.ts'
import { isUID } from '../../archive/dicom/uid.ts'
import { NotUnderstood } from '../../archive/errors.ts'
import { StepRefused, stepFailure } from '../../archive/orders/performed-step-rules.ts'
import { createStep, setStep } from '../../archive/orders/performed-steps.ts'
import type { Index } from '../../storage/index/postgres.ts'
import { operationOf } from './command-set.ts'
import type { Request, Response, Service } from './services.ts'
import { status } from './status.ts'

export const MODALITY_PERFORMED_PROCEDURE_STEP = '1.2.840.10008.3.1.2.3.3'

/** PS3.4 §F.7.2.2.3: why a step that has ended is not changed. */
const NO_LONGER_UPDATED = 0xa710

export interface PerformedStepTools {
  readonly index: Index
  readonly newUID: () => string
  readonly audit: Audit
}

export function performedStep(tools: PerformedStepTools): Service {
  return {
    name: 'Modality Performed Procedure Step',
    provides: (abstractSyntax) => abstractSyntax === MODALITY_PERFORMED_PROCEDURE_STEP,
    allowed: (ae) => ae.mayWorklist,
    choose: (proposed) => [ExplicitVRLittleEndian, ImplicitVRLittleEndian].find((uid) => proposed.includes(uid)),
    roles: { scu: true, scp: false },
    operations: {
      async *'N-CREATE'(request) {
        // Whoever names no instance is told which one was made (PS3.7 §10.1.5.1.4).
        const named = request.command.AffectedSOPInstanceUID ?? ''
        const SOPInstanceUID = named === '' ? tools.newUID() : named
        yield await answered(tools, request, SOPInstanceUID, (dataset) => createStep(tools, sourceOf(request), SOPInstanceUID, dataset))
      },
      async *'N-SET'(request) {
        const SOPInstanceUID = request.command.RequestedSOPInstanceUID ?? ''
        yield await answered(tools, request, SOPInstanceUID, (dataset) => setStep(tools, sourceOf(request), SOPInstanceUID, dataset))
      },
    },
  }
}

const sourceOf = ({ peer }: Request) => ({ ...peer.ae.source, AETitle: peer.AETitle })

async function answered(
  { audit }: PerformedStepTools,
  request: Request,
  SOPInstanceUID: string,
  perform: (dataset: DicomJSON) => Promise<void>,
): Promise<Response> {
  const about = { AffectedSOPClassUID: MODALITY_PERFORMED_PROCEDURE_STEP, AffectedSOPInstanceUID: SOPInstanceUID }
  if (!isUID(SOPInstanceUID)) return { ...about, Status: status.invalidSOPInstance, ErrorComment: 'The SOP Instance UID is not a UID' }
  try {
    await perform(await datasetOf(request))
    const { AETitle, address, ae } = request.peer
    audit.note(equipment(AETitle, ae.source, address), {
      action: 'performed-step',
      object: SOPInstanceUID,
      detail: { by: operationOf(request.command) },
    })
    return { ...about, Status: status.success }
  } catch (error) {
    // Of a DIMSE-N service (PS3.7 Annex C) a data set that cannot be read is a processing failure.
    if (error instanceof NotUnderstood) return { ...about, Status: status.processingFailure, ErrorComment: error.message }
    if (!(error instanceof StepRefused)) throw error
    return {
      ...about,
      Status: stepFailure[error.failure],
      ErrorComment: error.message,
      ...(error.failure === 'no-longer-updated' && { ErrorID: NO_LONGER_UPDATED }),
      ...(error.tags.length > 0 && { AttributeIdentifierList: error.tags }),
    }
  }
}

async function datasetOf({ dataset, context, peer }: Request): Promise<DicomJSON> {
  if (dataset === undefined) return {}
  const { fallbackCharacterSet } = peer.ae.source
  return (await readDataset(dataset, context.transferSyntax, { fallbackCharacterSet })).dataset
}
