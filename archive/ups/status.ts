/**
 * What a request about a workitem can end with: Status of PS3.4 Annex CC, HTTP status and the Warning text of PS3.18 §11 for the same thing.
 * Where the standard lists one thing under 400 and 409, what is wrong with the request is 400, what is wrong with the state 409.
 */
import { ArchiveError } from '../errors.ts'

export type Transaction = 'create' | 'retrieve' | 'update' | 'state' | 'cancel' | 'subscribe'

interface Status {
  readonly http: number
  /** What PS3.18 wants in the Warning header; where it names none, what there is to say. */
  readonly warning: string
  readonly meaning: string
}

const state = 'The submitted request is inconsistent with the current state of the UPS Instance.'

export const statuses: Readonly<Record<number, Status>> = {
  262: { http: 400, warning: 'The Workitem has a value that is not valid.', meaning: 'Invalid Attribute Value' },
  272: { http: 409, warning: state, meaning: 'Processing failure' },
  273: { http: 409, warning: 'The Workitem already exists.', meaning: 'Duplicate SOP Instance' },
  288: { http: 400, warning: 'The Workitem lacks an Attribute that is required.', meaning: 'Missing Attribute' },
  289: { http: 400, warning: 'The Workitem lacks the value of an Attribute that is required.', meaning: 'Missing Attribute Value' },
  531: { http: 503, warning: 'The Worklist is full.', meaning: 'Resource limitation' },
  45828: { http: 200, warning: 'The UPS is already in the requested state of CANCELED.', meaning: 'Already CANCELED' },
  45830: { http: 200, warning: 'The UPS is already in the requested state of COMPLETED.', meaning: 'Already COMPLETED' },
  49920: { http: 409, warning: state, meaning: 'The UPS may no longer be updated' },
  49921: { http: 400, warning: 'The Transaction UID is incorrect.', meaning: 'The correct Transaction UID was not provided' },
  49922: { http: 409, warning: state, meaning: 'The UPS is already IN PROGRESS' },
  49923: { http: 409, warning: state, meaning: 'The UPS may only become SCHEDULED via N-CREATE, not N-SET or N-ACTION' },
  49924: { http: 409, warning: state, meaning: 'The UPS has not met final state requirements for the requested state change' },
  49927: { http: 404, warning: 'The Target Workitem was not found.', meaning: 'Specified SOP Instance UID does not exist' },
  49928: { http: 404, warning: 'The Receiving AE Title is not known.', meaning: 'Receiving AE-TITLE is Unknown to this SCP' },
  49929: {
    http: 400,
    warning: 'A Workitem is created in the state SCHEDULED.',
    meaning: 'The provided value of UPS State was not "SCHEDULED"',
  },
  49936: { http: 409, warning: state, meaning: 'The UPS is not yet in the "IN PROGRESS" state' },
  49937: { http: 409, warning: state, meaning: 'The UPS is already COMPLETED' },
  49938: { http: 409, warning: 'The performer cannot be contacted.', meaning: 'The performer cannot be contacted' },
  49939: { http: 409, warning: 'The performer chooses not to cancel.', meaning: 'Performer chooses not to cancel' },
  49940: {
    http: 400,
    warning: 'The action is not one for this Instance.',
    meaning: 'Specified action not appropriate for specified instance',
  },
}

/** Update has texts and statuses of its own: PS3.18 §11.6.2 and §11.6.3.2. */
const ofUpdate: Readonly<Record<number, Partial<Status>>> = {
  49920: { http: 400, warning: 'The submitted request is inconsistent with the current state of the Workitem.' },
  49936: { warning: 'The target URI did not reference a claimed Workitem.' },
}

/** A request that was not done; the number is the Status of PS3.4. */
export class UPSRefused extends ArchiveError {
  readonly status: number
  readonly http: number
  readonly warning: string
  /** @param detail what exactly, for people: the attribute at fault. */
  constructor(status: number, transaction: Transaction, detail?: string) {
    const { http, warning, meaning } = { ...statuses[status]!, ...(transaction === 'update' ? ofUpdate[status] : {}) }
    super(detail === undefined ? meaning : `${meaning}: ${detail}`)
    this.status = status
    this.http = http
    this.warning = warning
  }
}

/** The Transaction UID is missing: the same Status as an incorrect one, with a text of its own (PS3.18 §11.7.3.2). */
export class TransactionUIDMissing extends UPSRefused {
  override readonly warning: string = 'The Transaction UID is missing.'
  constructor(transaction: Transaction) {
    super(0xc301, transaction, 'there is none')
  }
}

/** It did exist, and was deleted after its time: 410. */
export class WorkitemGone extends ArchiveError {}
