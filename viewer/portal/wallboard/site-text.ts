/** The few words that stand beside a site on the map and in its panel. */
import type { WallSite } from '../api/statistics-types.ts'
import { durationText, sizeText } from '../clock.ts'
import type { Language, Values } from '../language/words.ts'
import { lineOf, lineSigns, meaningOf, meaningSigns } from './site-state.ts'
import type { wallboardWords } from './words.ts'

type Say = (key: keyof typeof wallboardWords, values?: Values) => string

const since = (iso: string, now: number, language: Language): string => durationText(Math.max(0, now - Date.parse(iso)), language)

/** `⚠ 超时 2`; of what merely waits the number in the dot says enough. */
export function meaningText(site: WallSite, say: Say): string {
  const meaning = meaningOf(site)
  const count = { critical: site.criticals, late: site.overdue, urgent: site.urgent, waiting: site.waiting, done: 0 }[meaning]
  return `${meaningSigns[meaning]} ${say(`meaning-${meaning}`)}${count > 0 ? ` ${count}` : ''}`
}

/** `✕ 停滞 6分`, `↓ 2.1 MB/s`, `○ 无信号`. */
export function lineText(site: WallSite, now: number, say: Say, language: Language): string {
  const line = lineOf(site)
  const sign = lineSigns[line]
  if (line === 'stalled') return `${sign} ${say('stalled')} ${since(site.stalledSince!, now, language)}`
  if (line === 'arriving') return `${sign} ${sizeText(Math.round(site.bytesPerSecond))}/s`
  return `${sign} ${say(line)}`
}

/** The age of what has waited longest for a reader; empty: nothing does. */
export const oldestText = ({ oldestReadyAt }: WallSite, now: number, language: Language): string =>
  oldestReadyAt === null ? '' : since(oldestReadyAt, now, language)

/** Beneath the name: the worst first. Of what is done, or only waits, the dot says enough; a line that does well is not worth a word. */
export function detailText(site: WallSite, now: number, say: Say, language: Language): string {
  const meaning = meaningOf(site)
  const line = lineOf(site)
  const parts = [
    ...(meaning === 'waiting' || meaning === 'done' ? [] : [meaningText(site, say)]),
    oldestText(site, now, language),
    ...(line === 'live' ? [] : [lineText(site, now, say, language)]),
  ]
  return parts.filter((part) => part !== '').join(' · ')
}

/** About how wide a text is drawn: Chinese characters are square, others half as wide or a little more. */
export function widthOf(text: string, size: number): number {
  let ems = 0
  for (const character of text) ems += character.codePointAt(0)! >= 0x2000 ? 1.02 : 0.6
  return ems * size
}
