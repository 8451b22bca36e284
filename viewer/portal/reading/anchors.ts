/**
 * Places in images, written so that a reader of the paper understands them and a click in the portal goes there: `（序列3:图像45）`, and of an earlier study
 * `（2026-05-03 序列3:图像45）`. Plain characters in the text: they survive every copy, print and interface.
 */

import type { Prior } from '../api/types.ts'
import { dicomDate } from '../clock.ts'
import type { Language } from '../language/words.ts'
import type { Anchor } from './messages.ts'

/** An anchor in a text, and where in the text it stands. */
export interface WrittenAnchor {
  readonly series: number
  readonly image: number
  /** As DICOM writes it; null: the study of the report. */
  readonly StudyDate: string | null
  readonly start: number
  readonly end: number
}

const written =
  /[（(]\s*(?:(\d{4})-(\d\d)-(\d\d)\s+)?(?:序列\s*(\d{1,6})\s*[:：]\s*图像\s*(\d{1,6})|Se\s*(\d{1,6})\s*:\s*Im\s*(\d{1,6}))\s*[）)]/giu

export function anchorText({ StudyDate, series, image, StudyInstanceUID }: Anchor, study: string, language: Language): string {
  const date = StudyInstanceUID === study ? '' : `${dicomDate(StudyDate)} `
  return language === 'zh' ? `（${date}序列${series}:图像${image}）` : ` (${date}Se ${series}:Im ${image})`
}

export const anchorsIn = (text: string): WrittenAnchor[] =>
  [...text.matchAll(written)].map((match) => {
    const [whole, year, month, day, series, image, se, im] = match
    return {
      series: Number(series ?? se),
      image: Number(image ?? im),
      StudyDate: year === undefined ? null : `${year}${month}${day}`,
      start: match.index,
      end: match.index + whole.length,
    }
  })

/** The anchor that the caret stands in. */
export const anchorAt = (text: string, caret: number): WrittenAnchor | undefined =>
  anchorsIn(text).find(({ start, end }) => caret > start && caret < end)

/** The study that is meant: of several on one day the first that the list has. */
export const studyOf = ({ StudyDate }: WrittenAnchor, StudyInstanceUID: string, priors: readonly Prior[]): string | undefined =>
  StudyDate === null ? StudyInstanceUID : priors.find((prior) => prior.StudyDate === StudyDate)?.StudyInstanceUID
