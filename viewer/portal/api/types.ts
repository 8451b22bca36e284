/** What the portal and `/api` say to each other. Times are ISO 8601 in UTC; DICOM dates stay as DICOM writes them. */
import type { Place } from '../map/projection.ts'
import type { KeyImage } from '../reading/messages.ts'

export type Role =
  | 'technologist'
  | 'radiologist'
  | 'reviewer'
  | 'clinician'
  | 'administrator'
  | 'coordinator'
  | 'chief'
  | 'quality'
  | 'sender'
  | 'receiver'
  | 'performer'

export interface Account {
  readonly username: string
  readonly displayName: string
  readonly roles: readonly Role[]
  readonly institution: { readonly id: number; readonly code: string; readonly name: string; readonly readingCentre: boolean }
  readonly demo?: boolean
}

export interface DemoAccount {
  readonly username: string
  readonly password: string
  readonly displayName: string
  readonly role: Role
  readonly institution: string
}

/** The states of a reading task, as `archive/reading` names them. A state that a newer server knows is shown by its own name. */
export type State =
  | 'UPLOADING'
  | 'READY'
  | 'CLAIMED'
  | 'QUERIED'
  | 'RETURNED'
  | 'SUBMITTED'
  | 'TEMP_RELEASED'
  | 'REVIEWING'
  | 'REWORK'
  | 'FINAL'
  | 'AMENDED'
  | 'RETRACTED'
  | 'CANCELED'
  | (string & { readonly open?: never })

export type Polarity = 'negative' | 'positive' | null
export type Urgency = 0 | 1 | 2 | 3 | 4

export interface Patient {
  /** For people: 张三. */
  readonly name: string
  /** As the data set has it. */
  readonly PatientName: string
  readonly PatientID: string
  readonly sex: string
  readonly birthDate: string
  readonly age: string
}

export interface Person {
  readonly username: string
  readonly displayName: string
}

export interface Workitem {
  readonly id: string
  readonly state: State
  readonly urgency: Urgency
  readonly StudyInstanceUID: string
  readonly patient: Patient
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
  readonly receivedAt: string | null
  readonly readyAt: string | null
  readonly dueAt: string | null
  readonly claimedAt: string | null
  readonly submittedAt: string | null
  readonly finalAt: string | null
  readonly assignee: Person | null
  readonly author: Person | null
  readonly reviewer: Person | null
  readonly leaseUntil: string | null
  readonly reworked: boolean
  readonly newImages: boolean
  readonly clinicalInformation: string
  readonly documents: 'none' | 'pending' | 'stored'
  /** What the asker may do now: buttons are made from this, never from the state. */
  readonly verbs: readonly string[]
  readonly reportId: string | null
  readonly generation: number
  /** Critical values that are not closed, and the latest of them. */
  readonly criticals?: { readonly open: number; readonly id: string | null }
  /** Questions to the township without an answer. */
  readonly questions?: { readonly open: number }
  readonly returnCount?: number
  /** Whom the coordinator keeps it for. */
  readonly reservedFor?: Person | null
  readonly amending?: 'addendum' | 'correction' | null
  /** The clock stands: it waits for an answer or a retake. */
  readonly paused?: boolean
  readonly pausedSeconds?: number
  /** T0 … T7 of reading.md §3.3. */
  readonly times?: Readonly<Partial<Record<`T${0 | 1 | 2 | 3 | 4 | 5 | 6 | 7}`, string | null>>>
  readonly score?: number
  /** All studies that are read in it, its own first. */
  readonly studies?: readonly string[]
  /** Turnaround so far, without pauses, and what is allowed. */
  readonly tat?: { readonly ms: number | null; readonly limitMs: number | null }
}

/** How sure the diagnosis is worded: 正常 · 肯定 · 符合 · 可能 · 不除外. */
export type Wording = 'normal' | 'affirmative' | 'consistent' | 'possible' | 'not-excluded'

export interface ImageGrade {
  /** 甲乙丙丁 for radiographs, levels 0 (best) to 3 for CT and MR. */
  readonly grade: '甲' | '乙' | '丙' | '丁' | 0 | 1 | 2 | 3
  readonly dims: {
    readonly coverage?: boolean
    readonly position?: boolean
    readonly centreLine?: boolean
    readonly artifact?: 'none' | 'motion' | 'device' | 'foreign'
  }
}

/** A report as it is written: its sections, and the choices that nothing presets. */
export interface ReportText {
  readonly technique: string
  readonly comparison: string
  readonly findings: string
  readonly impression: string
  readonly advice: string
  readonly remark: string
  readonly polarity: Polarity
  readonly wording: Wording | null
  readonly grade: ImageGrade | null
  readonly keyImages: readonly KeyImage[]
}

export interface Draft extends ReportText {
  readonly rev: number
  readonly savedAt: string
  readonly author: Person | null
}

export interface WorkitemEvent {
  readonly at: string
  readonly actor: string
  readonly verb: string
  readonly from: State | null
  readonly to: State | null
  readonly reason: string | null
}

export interface Prior {
  readonly StudyInstanceUID: string
  readonly StudyDate: string
  readonly modality: string
  readonly StudyDescription: string
  readonly bodyPart?: string
  readonly institution: string
  readonly report: { readonly id: string; readonly impression: string } | null
}

export interface Supplement {
  readonly clinicalInformation: string
  readonly urgency: Urgency | null
  readonly patientName: string
  readonly pregnancy: boolean | null
  readonly department: string
  readonly requester: string
  readonly ward: string
  readonly bed: string
  /** Version that a form builds upon. */
  readonly rev?: number
}

/** One workitem whole. `priors` is the list here and a count in the reading list. */
export interface WorkitemDetail extends Omit<Workitem, 'priors'> {
  readonly priors: readonly Prior[]
  readonly events: readonly WorkitemEvent[]
  readonly draft: Draft | null
  readonly report: Report | null
  readonly supplement: Partial<Supplement> | null
  /** SOPInstanceUIDs of originals that a retake took the place of: out of sight in the viewer until asked for. */
  readonly hiddenInstances?: readonly string[]
  /** What the imaging room saw before it sent the study. */
  readonly selfCheck?: SelfCheck | null
  /** Of those who may sign: studies whose images they have not opened, or that have got new images since. */
  readonly unseen?: readonly { readonly StudyInstanceUID: string; readonly newImages: boolean }[]
  /** The change feed when this was asked for. */
  readonly feed?: number
}

export interface Report {
  readonly id: string
  readonly version: number
  readonly status: string
  readonly findings: string
  readonly impression: string
  readonly keyImages?: readonly KeyImage[]
  readonly polarity: Polarity
  /** For whom it was signed. */
  readonly patient: Patient
  /** Whom the study names now, where that is somebody else. */
  readonly patientNow: Patient | null
  /** Where the images were taken. */
  readonly institution: string
  /** Where they were read: both are printed. */
  readonly centre: string
  readonly author: string
  readonly authoredAt: string
  readonly reviewer: string
  readonly signedAt: string
  readonly hash: string
  readonly StudyInstanceUID: string
  readonly StudyDate: string
  readonly StudyDescription: string
  readonly modality: string
  readonly AccessionNumber: string
  readonly documents: 'pending' | 'stored'
  /** Whether it counts, and what became of it if not; absent: it counts. */
  readonly standing?: boolean
  readonly fate?: 'standing' | 'superseded' | 'unsigned' | 'retracted'
  readonly withdrawn?: { readonly by: string; readonly at: string; readonly reason: string } | null
  readonly technique?: string
  readonly comparison?: string
  readonly advice?: string
  readonly remark?: string
  readonly wording?: 'normal' | 'affirmative' | 'consistent' | 'possible' | 'not-excluded' | null
  readonly grade?: { readonly grade: string | number } | null
  readonly addenda?: readonly {
    readonly findings: string
    readonly impression: string
    readonly advice: string
    readonly author: string
    readonly reviewer: string
    readonly signedAt: string
  }[]
  readonly samePerson?: boolean
  readonly correction?: { readonly class: string; readonly reason: string } | null
  readonly clinical?: {
    readonly information: string
    readonly department: string
    readonly requester: string
    /** Older reports have no place. */
    readonly ward?: string
    readonly bed?: string
  }
  readonly signatures?: readonly {
    readonly role: 'author' | 'reviewer'
    readonly displayName: string
    readonly title: string
    readonly picture: string | null
  }[]
  readonly verifyURL?: string | null
}

export type View = 'todo' | 'mine' | 'review' | 'returned' | 'overdue' | 'critical' | 'final' | 'all'

export interface WorkitemPage {
  readonly items: readonly Workitem[]
  /** Asks for the page after this one; null: this is the last. */
  readonly next: string | null
  readonly feed: number
  readonly total: number
  readonly counts: Partial<Record<View, number>>
}

/** Where a township's own study stands, seen from the imaging room. */
export type Stage = 'received' | 'waiting' | 'reading' | 'returned' | 'review' | 'reported' | 'local'

export interface BoardStudy {
  readonly StudyInstanceUID: string
  readonly patient: Patient
  readonly modality: string
  readonly StudyDescription: string
  readonly AccessionNumber: string
  readonly receivedAt: string
  readonly lastReceivedAt: string
  readonly instances: number
  readonly bytes: number
  readonly stage: Stage
  readonly readAtCounty: boolean
  /** When the quiet timer sends the study by itself; null once it is sent or when nothing is sent. */
  readonly quietUntil: string | null
  readonly workitem: { readonly id: string; readonly state: State; readonly assignee: Person | null } | null
  readonly report: { readonly id: string; readonly finalAt: string } | null
  readonly supplement: Partial<Supplement> | null
  readonly urgency: Urgency | null
  readonly readyAt: string | null
  /** When the report is due at the latest. */
  readonly dueAt: string | null
  /** While images arrive: what comes each second, how many there will be (MPPS), when it can be read if it goes on like this. */
  readonly bytesPerSecond: number
  readonly expectedInstances: number | null
  readonly readableAt: string | null
  readonly selfCheck: SelfCheck | null
  readonly verbs: readonly string[]
}

export type Looked = 'good' | 'poor' | 'none'

/** What the imaging room saw when it looked at a study before sending it. */
export interface SelfCheck {
  readonly sideMark: Looked
  readonly coverage: Looked
  readonly motion: Looked
  readonly exposure: Looked
  readonly exposureIndex: number | null
  readonly note: string
  readonly by: Person
  readonly at: string
}

/** How far the clock of a machine is from the archive's: received − acquired. */
export interface DeviceClock {
  readonly AETitle: string
  readonly description: string | null
  readonly seconds: number
  readonly source: 'images' | 'performed-step'
  readonly samples: number
  readonly at: string
  readonly warn: boolean
}

export interface Board {
  readonly items: readonly BoardStudy[]
  readonly clocks: readonly DeviceClock[]
}

export interface WardStudy {
  readonly StudyInstanceUID: string
  readonly patient: Patient
  readonly modality: string
  readonly StudyDescription: string
  readonly AccessionNumber: string
  readonly StudyDate: string
  readonly receivedAt: string
  readonly instances: number
  readonly stage: Stage
  readonly institution: string
  readonly report: { readonly id: string; readonly finalAt: string } | null
}

export interface TimelineStudy extends Omit<WardStudy, 'report'> {
  readonly report: Report | null
}

export interface LightSeries {
  readonly SeriesInstanceUID: string
  readonly Modality: string
  readonly SeriesDescription: string
  readonly SeriesNumber: number | null
  readonly instances: readonly { readonly SOPInstanceUID: string; readonly frames: number }[]
  readonly presets?: readonly WindowPreset[]
}

export interface WindowPreset {
  readonly name: string
  readonly center: number
  readonly width: number
}

/** Specific Character Set (0008,0005) of worklists; with the last two names are written in pinyin. */
export type WorklistCharacterSet = 'ISO_IR 192' | 'GB18030' | 'GBK' | 'ISO 2022 IR 58' | 'ISO_IR 100' | 'ISO_IR 6'

export interface AE {
  readonly title: string
  readonly institution: { readonly id: number; readonly name: string }
  readonly host: string | null
  readonly port: number | null
  readonly readAtCounty: boolean
  readonly quietSeconds: number
  readonly fallbackCharacterSet: string | null
  readonly mayStore: boolean
  readonly mayQuery: boolean
  /** C-MOVE and C-GET. */
  readonly mayRetrieve: boolean
  /** Modality Worklist and MPPS. */
  readonly mayWorklist: boolean
  readonly mayReject: boolean
  /** It is called over TLS. */
  readonly tls: boolean
  readonly worklistCharacterSet: WorklistCharacterSet
  /** At once; null: as many as there are for all. */
  readonly maxAssociations: number | null
  /** By the account of a program of its institution. */
  readonly requiresIdentity: boolean
  readonly description: string
  readonly enabled: boolean
  readonly lastSeen: string | null
}

/** A storage commitment transaction; `scu`: we asked the device, `scp`: it asked us. */
export interface Commitment {
  readonly id: number
  readonly role: 'scp' | 'scu'
  readonly state: 'pending' | 'requested' | 'reported' | 'committed' | 'failed' | 'given-up'
  readonly AETitle: string
  readonly StudyInstanceUID: string | null
  readonly instances: number
  readonly failures: readonly { readonly SOPInstanceUID: string }[] | null
  readonly requestedAt: string
  readonly lastError: string | null
}

export interface AccountRow extends Omit<Account, 'demo'> {
  readonly kind: 'person' | 'program'
  readonly enabled: boolean
  readonly lastSignIn: string | null
}

export type InstitutionLevel = 'province' | 'city' | 'county' | 'township' | 'village'

export interface Institution {
  readonly id: number
  readonly code: string
  readonly name: string
  readonly shortName: string | null
  readonly level: InstitutionLevel
  readonly parent: number | null
  readonly readingCentre: boolean
  readonly address: string | null
  readonly phone: string | null
  /** Of accession numbers; null: chosen when the first order is entered. */
  readonly accessionPrefix: string | null
  /** Where it stands on the map; null: nobody has said. */
  readonly place: Place | null
}

export interface AuditEntry {
  readonly at: string
  readonly actor: string
  readonly action: string
  readonly object: string
  readonly outcome: string
  readonly address: string
}
