/** The table: what was measured, ours, the peer's, the ratio, the budget, and whether it is kept. */
import { median, type Pair } from './pairs.ts'

export interface Unit {
  readonly text: (figure: number) => string
}

const grouped = (figure: number, digits: number) =>
  figure.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })

/** Seconds in seconds or milliseconds, as reads best. */
export const time: Unit = {
  text: (s) => (s >= 1 ? `${grouped(s, 2)} s` : s >= 0.01 ? `${grouped(s * 1_000, 0)} ms` : `${grouped(s * 1_000, 2)} ms`),
}
export const perSecond: Unit = { text: (n) => `${grouped(n, 0)}/s` }
export const megabytes: Unit = { text: (bytes) => `${grouped(bytes / 1e6, 0)} MB` }
export const cpuPerGB: Unit = { text: (s) => `${grouped(s, 2)} s/GB` }

/**
 * `times better`: how many times the peer's speed ours must be · `of the peer's`: which part of the peer's figure ours may be ·
 * `at most`: a bound on the figure itself.
 */
export type Budget =
  | { readonly kind: 'times better'; readonly least: number; readonly of: 'seconds' | 'rate' }
  | { readonly kind: 'of the peer’s'; readonly most: number }
  | { readonly kind: 'at most'; readonly most: number }

export interface Line {
  readonly what: string
  readonly unit: Unit
  readonly pairs: readonly Pair[]
  readonly budget?: Budget
}

export const timesFaster = (least: number): Budget => ({ kind: 'times better', least, of: 'seconds' })
export const timesTheRate = (least: number): Budget => ({ kind: 'times better', least, of: 'rate' })
export const ofThePeers = (most: number): Budget => ({ kind: 'of the peer’s', most })
export const atMost = (most: number): Budget => ({ kind: 'at most', most })

/** The median of the ratios of the pairs; undefined without a peer. */
export function ratioOf({ pairs, budget }: Line): number | undefined {
  const complete = pairs.flatMap(({ ours, peer }) => (peer === undefined ? [] : [{ ours, peer }]))
  if (complete.length === 0) return undefined
  const isRatioOfPeers = budget?.kind === 'times better' && budget.of === 'seconds'
  return median(complete.map(({ ours, peer }) => (isRatioOfPeers ? peer / ours : ours / peer)))
}

export function isKept(line: Line): boolean | undefined {
  const { budget, pairs } = line
  const ratio = ratioOf(line)
  switch (budget?.kind) {
    case 'at most':
      return median(pairs.map(({ ours }) => ours)) <= budget.most
    case 'times better':
      return ratio === undefined ? undefined : ratio >= budget.least
    case 'of the peer’s':
      return ratio === undefined ? undefined : ratio <= budget.most
    default:
      return undefined
  }
}

const budgetText = ({ budget, unit }: Line): string => {
  switch (budget?.kind) {
    case 'at most':
      return `≤ ${unit.text(budget.most)}`
    case 'times better':
      return `≥ ${budget.least}×`
    case 'of the peer’s':
      return `≤ ${budget.most}×`
    default:
      return ''
  }
}

const ratioText = (ratio: number | undefined): string =>
  ratio === undefined ? '' : `${ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(2)}×`

export function rowOf(line: Line): readonly string[] {
  const peers = line.pairs.flatMap(({ peer }) => (peer === undefined ? [] : [peer]))
  const kept = isKept(line)
  return [
    line.what,
    line.unit.text(median(line.pairs.map(({ ours }) => ours))),
    peers.length === 0 ? '' : line.unit.text(median(peers)),
    ratioText(ratioOf(line)),
    budgetText(line),
    kept === undefined ? '' : kept ? 'kept' : 'missed',
  ]
}

/** Columns padded to their widest cell; numbers to the right. */
export function table(lines: readonly Line[], peerName: string): string {
  const rows = [['', 'ours', peerName, 'ratio', 'budget', ''], ...lines.map(rowOf)]
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 || column === 5 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
