/** Time allowed from READY to the signed report, by urgency and kind of examination (reading.md §3.3). Defaults: every county sets its own. */
export const urgencies = [0, 1, 2, 3, 4] as const
export type Urgency = (typeof urgencies)[number]

/** 平诊门诊, where nobody said otherwise. */
export const defaultUrgency: Urgency = 3

const minute = 60_000
const hour = 60 * minute
const radiographs: ReadonlySet<string> = new Set(['CR', 'DX', 'MG', 'RF', 'XA', 'IO', 'PX'])

/** Milliseconds; [radiographs, all others]. */
const allowed: Readonly<Record<Urgency, readonly [number, number]>> = {
  0: [30 * minute, 30 * minute],
  1: [30 * minute, hour],
  2: [6 * hour, 6 * hour],
  3: [2 * hour, 4 * hour],
  4: [24 * hour, 24 * hour],
}

export type Turnaround = (urgency: Urgency, modality: string) => number

export const turnaround: Turnaround = (urgency, modality) => allowed[urgency][radiographs.has(modality) ? 0 : 1]
