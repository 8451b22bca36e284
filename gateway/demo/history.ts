/**
 * A year of the demonstration county, so that statistics have something to show: what thirty institutions sent and six doctors read, as figures alone.
 * They stand where a county would file the figures of its former system: no study, task or patient is behind them, so no list shows them and nothing that
 * is clicked leads to a missing image. The same seed gives the same year before the same day.
 */
import { defaultRules, kindOf, type Urgency } from '../../archive/reading/turnaround/turnaround.ts'
import type { PastReading } from '../../storage/index/history.ts'
import { type Chance, chanceOf } from './history/chance.ts'
import { factorOf, hourWeights, isHoliday, yearBefore } from './history/rhythm.ts'
import { type Site, sites } from './history/sites.ts'

/** China has one time zone. */
const offsetMs = 8 * 3_600_000
const minuteMs = 60_000

const urgencyWeights: Readonly<Record<string, number>> = { '0': 0.012, '1': 0.11, '2': 0.16, '3': 0.63, '4': 0.088 }
const nightUrgencies: Readonly<Record<string, number>> = { '0': 0.05, '1': 0.6, '3': 0.35 }
/** CID 7011 and the county's own codes, by how often they are met. */
const reasonWeights = {
  '111209': 38,
  '111210': 17,
  '111211': 9,
  '111212': 7,
  'SIDE-MARK': 8,
  'FOREIGN-BODY': 9,
  'VIEW-MISSING': 6,
  '111207': 4,
  '111215': 2,
}
const wordings = { normal: 46, affirmative: 26, consistent: 15, possible: 9, 'not-excluded': 4 }
const sectional: ReadonlySet<string> = new Set(['CT', 'MR', 'US'])
/** Shares of findings among all: sections are taken of sicker people. */
const positives: Readonly<Record<string, number>> = { DX: 0.42, CT: 0.61, MR: 0.68, US: 0.47 }
/** Minutes that a text takes. */
const writing: Readonly<Record<string, number>> = { DX: 4, CT: 9, MR: 14, US: 5 }

export interface Staff {
  /** Keys of accounts. */
  readonly readers: readonly number[]
  readonly reviewers: readonly number[]
}

/** `ids`: keys of the institutions by their code. `until`: the first day that is not told any more. */
export function* history(
  ids: ReadonlyMap<string, number>,
  centre: number,
  staff: Staff,
  until: string,
  seed = 'yunling',
): Generator<PastReading> {
  const days = yearBefore(until)
  for (const site of sites) {
    const institution = ids.get(site.institution.code)
    if (institution === undefined) continue
    const chance = chanceOf(`${seed}/${site.institution.code}`)
    for (const [place, day] of days.entries()) {
      // How far the year has come: townships learn from what is returned to them.
      const learned = place / days.length
      for (let left = chance.count(site.perDay * factorOf(day)); left > 0; left -= 1) {
        yield reading(chance, site, day, learned, institution, centre, staff)
      }
    }
  }
}

function reading(chance: Chance, site: Site, day: string, learned: number, institution: number, centre: number, staff: Staff): PastReading {
  const modality = chance.pick(site.modalities)
  const hour = Number(chance.pick(hourWeights))
  // At night nobody comes for a check-up.
  const urgency = Number(chance.pick(hour < 7 || hour > 20 ? nightUrgencies : urgencyWeights)) as Urgency
  const studyEnd = Date.parse(`${day}T00:00:00Z`) - offsetMs + hour * 60 * minuteMs + Math.floor(chance.next() * 60 * minuteMs)
  const size = sectional.has(modality) ? 2.6 : 1
  const ready = studyEnd + 1_000 * Math.max(18, chance.around(site.upload * size * (1 - 0.25 * learned), 0.42))
  const firstByte = studyEnd + 1_000 * Math.max(2, chance.around(9, 0.5))
  const limit = defaultRules[urgency][kindOf(modality)].minutes * minuteMs
  // Who is at the desk: fewer at night and on holidays, which is when reports wait.
  const few = hour < 7 || hour > 20 || isHoliday(day) ? 1.9 : 1
  const isReturned = chance.happens(site.retake * (1 - 0.5 * learned) * (sectional.has(modality) ? 0.4 : 1))
  const pausedSeconds = isReturned ? Math.round(Math.min(7_200, chance.around(1_500, 0.6))) : 0
  const wait = Math.min(limit * 0.9, chance.around(urgency === 0 ? 2.2 : urgency === 1 ? 4.5 : 14, 0.75) * few * minuteMs)
  const claimed = ready + wait
  const submitted = claimed + pausedSeconds * 1_000 + chance.around(writing[modality] ?? 6, 0.5) * minuteMs
  const final = submitted + chance.around(urgency <= 1 ? 3.5 : 16, 0.85) * few * minuteMs
  const isPositive = chance.happens(positives[modality] ?? 0.45)
  const grade = gradeOf(chance, modality, site.excellent + 0.14 * learned)
  const isCritical = isPositive && chance.happens(urgency === 0 ? 0.3 : urgency === 1 ? 0.035 : 0.0018)
  const isCorrected = chance.happens(0.0065 * (1 - 0.4 * learned))
  const author = staff.readers[Math.floor(chance.next() * staff.readers.length)]!
  const others = staff.reviewers.filter((reviewer) => reviewer !== author)
  return {
    institution,
    centre,
    modality,
    urgency,
    studyEndAt: new Date(studyEnd),
    firstByteAt: new Date(Math.min(firstByte, ready)),
    readyAt: new Date(ready),
    claimedAt: new Date(claimed),
    submittedAt: new Date(submitted),
    finalAt: new Date(final),
    deliveredAt: new Date(final + 2_000),
    openedAt: chance.happens(0.94) ? new Date(final + chance.around(22, 0.9) * minuteMs) : null,
    dueAt: new Date(ready + limit + pausedSeconds * 1_000),
    pausedSeconds,
    author,
    reviewer: others[Math.floor(chance.next() * others.length)]!,
    polarity: isPositive ? 'positive' : 'negative',
    wording: isPositive ? chance.pick({ ...wordings, normal: 0 }) : 'normal',
    grade,
    returnReasons: isReturned ? [chance.pick(reasonWeights)] : [],
    corrections: isCorrected ? 1 : 0,
    addenda: chance.happens(0.008) ? 1 : 0,
    criticalAt: isCritical ? new Date(claimed + chance.around(4, 0.5) * minuteMs) : null,
    criticalInTime: chance.happens(Math.min(0.99, site.prompt + 0.06 * learned)),
  }
}

/** 甲乙丙丁 of radiographs, 0 (best) to 3 of all else. reading.md §4. */
function gradeOf(chance: Chance, modality: string, excellent: number): string {
  const place = chance.happens(Math.min(0.95, excellent)) ? 0 : chance.happens(0.86) ? 1 : chance.happens(0.82) ? 2 : 3
  return sectional.has(modality) ? String(place) : ['甲', '乙', '丙', '丁'][place]!
}
