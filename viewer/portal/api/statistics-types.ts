/** Figures as `/api/statistics` tells them: tables with their columns, charts and definitions, already in the page's language. */
import type { Place } from '../map/projection.ts'

import type { Patient } from './types.ts'

export type ValueKind = 'text' | 'count' | 'share' | 'duration' | 'points' | 'money'

export interface FigureColumn {
  readonly key: string
  readonly title: string
  /** `own`: each row says in its `kind` what it holds. */
  readonly kind: ValueKind | 'own'
  readonly definition?: string
  /** What is counted here, whose cases can be listed; `{ named }`: each row says it under that key, or is no count. */
  readonly cases?: string | { readonly named: string }
  /** What narrows the cases of this column, as a query. */
  readonly only?: string
  /** The key under which each row says what narrows it; default `only`. */
  readonly narrowedBy?: string
}

/** Shares are 0 to 1, durations seconds, money integer fen; null: nothing was counted. */
export type FigureCell = string | number | null
export type FigureRow = Readonly<Record<string, FigureCell>>

export interface FigureChart {
  readonly title: string
  /** An option object of ECharts. */
  readonly option: Record<string, unknown>
  readonly height: number
}

export interface FigureTable {
  readonly key: string
  readonly title: string
  readonly columns: readonly FigureColumn[]
  readonly rows: readonly FigureRow[]
  readonly total: FigureRow | null
  readonly charts: readonly FigureChart[]
  readonly empty: string
}

export interface FigureDefinition {
  readonly key: string
  readonly name: string
  readonly numerator: string
  readonly denominator: string | null
  readonly clock: string
}

export const sectionNames = ['overview', 'volumes', 'turnaround', 'quality', 'safety', 'workload', 'settlement'] as const
export type SectionName = (typeof sectionNames)[number]

export interface Statistics {
  readonly section: SectionName
  readonly title: string
  readonly period: { readonly from: string; readonly to: string }
  readonly of: string
  readonly tables: readonly FigureTable[]
  readonly definitions: readonly FigureDefinition[]
  readonly at: string
}

/** A task of one's own view, a task outside it, or a figure of a former system with nothing behind it. */
export type CaseKind = 'case' | 'closed' | 'figure'

export interface Case {
  readonly key: string
  readonly kind: CaseKind
  readonly institution: string
  readonly modality: string
  readonly urgency: string
  readonly studyEndAt: string | null
  readonly readyAt: string | null
  readonly finalAt: string | null
  readonly author: string | null
  readonly reviewer: string | null
  /** By what it counts. */
  readonly value: FigureCell
  readonly patient: Patient | null
  readonly StudyInstanceUID: string | null
  readonly StudyDescription: string
  readonly AccessionNumber: string
  readonly workitem: string | null
  readonly state: string | null
  readonly report: string | null
}

export interface Cases {
  readonly title: string
  readonly narrowed: readonly string[]
  readonly value: { readonly title: string; readonly kind: ValueKind } | null
  /** Doctors are named. */
  readonly ofCentre: boolean
  readonly total: number
  /** Of these, figures of a former system. */
  readonly figures: number
  readonly page: number
  readonly limit: number
  readonly items: readonly Case[]
}

export interface TariffRow {
  /** `*`: every modality without a row of its own. */
  readonly modality: string
  readonly reportPoints: number
  readonly reviewPoints: number
  readonly feeFen: number
}

export interface Tariff {
  readonly items: readonly TariffRow[]
  readonly verbs: readonly string[]
}

export type Link = 'live' | 'quiet' | 'silent' | 'never'
export type Presence = 'reading' | 'reviewing' | 'idle' | 'away'

export interface WallSite {
  readonly id: number
  readonly name: string
  /** WGS 84, in degrees; null: nobody has said. */
  readonly place: Place | null
  readonly link: Link
  readonly lastArrivalAt: string | null
  readonly today: number
  readonly arriving: number
  /** Within the last minute. */
  readonly bytesPerSecond: number
  /** When the last image of a study came that stands still; null: none does. */
  readonly stalledSince: string | null
  readonly waiting: number
  /** Of those that wait: what a reader could take; fast track and emergency. */
  readonly ready: number
  readonly urgent: number
  readonly oldestReadyAt: string | null
  readonly overdue: number
  readonly returned: number
  /** Critical values that nobody has answered. */
  readonly criticals: number
}

export interface WallQueue {
  readonly urgency: number
  readonly waiting: number
  readonly reading: number
  readonly review: number
  readonly late1: number
  readonly late2: number
  readonly late3: number
  readonly soon: number
  readonly oldestReadyAt: string | null
}

export interface WallReader {
  readonly username: string
  readonly displayName: string
  readonly presence: Presence
  readonly reading: number
  readonly reviewing: number
  readonly since: string | null
  readonly writtenToday: number
  readonly signedToday: number
  readonly lastSignedAt: string | null
}

export const shifts = ['day', 'evening', 'night'] as const
export type Shift = (typeof shifts)[number]

export interface Duty {
  readonly day: string
  readonly shift: Shift
  readonly username: string
  readonly displayName: string
}

export interface Wallboard {
  readonly at: string
  readonly centre: string
  readonly place: Place | null
  readonly alarms: {
    readonly criticalsOpen: number
    readonly criticalsEscalated: number
    readonly returnsOpen: number
    readonly questionsOpen: number
    readonly arrivedToday: number
    readonly signedToday: number
  }
  readonly sites: readonly WallSite[]
  readonly queue: readonly WallQueue[]
  readonly readers: readonly WallReader[]
  readonly roster: readonly Duty[]
  readonly verbs: readonly string[]
}

export interface Roster {
  readonly items: readonly Duty[]
  readonly people: readonly { readonly username: string; readonly displayName: string }[]
}
