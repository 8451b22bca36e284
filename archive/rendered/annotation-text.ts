/** What a data set says of the patient and of the technique, in lines to be burned in. PS3.18 §8.3.5.1.1. Only what is there is said. */
import { displayName } from '../dicom/person-name.ts'
import type { Annotation } from './annotation.ts'
import type { DICOMJSON } from './display.ts'

export type AnnotationKind = 'patient' | 'technique'

/** @param frame from 1 */
export function annotationOf(json: DICOMJSON, frame: number, kinds: readonly AnnotationKind[]): Annotation {
  return {
    ...(kinds.includes('patient') ? { patient: patientLines(json) } : {}),
    ...(kinds.includes('technique') ? { technique: techniqueLines(json, frame) } : {}),
  }
}

function patientLines(json: DICOMJSON): string[] {
  const [name] = json['00100010']?.Value ?? []
  const groups = (typeof name === 'object' && name !== null ? name : {}) as { Alphabetic?: string; Ideographic?: string; Phonetic?: string }
  const written = [groups.Alphabetic, groups.Ideographic, groups.Phonetic].map((group) => group ?? '').join('=')
  const text = (tag: string) => textOf(json, tag)
  return lines([displayName(written)], [text('00100020')], [text('00100040'), day(text('00100030')), text('00101010')], [text('00080080')])
}

function techniqueLines(json: DICOMJSON, frame: number): string[] {
  const text = (tag: string, before = '', after = '') => {
    const value = textOf(json, tag)
    return value === '' ? '' : `${before}${value}${after}`
  }
  const frames = Number(textOf(json, '00280008')) || 1
  return lines(
    [text('00080060'), day(text('00080020')), clock(text('00080030'))],
    [text('0008103E') || text('00081030')],
    [text('00180060', '', ' kV'), text('00181151', '', ' mA'), text('00181152', '', ' mAs'), text('00180050', '', ' mm')],
    [text('00180080', 'TR '), text('00180081', 'TE ')],
    [text('00200011', 'Se '), text('00200013', 'Im '), frames > 1 ? `${frame}/${frames}` : ''],
  )
}

const lines = (...all: string[][]): string[] =>
  all.map((parts) => parts.filter((part) => part !== '').join('  ')).filter((line) => line !== '')

function textOf(json: DICOMJSON, tag: string): string {
  const [value] = json[tag]?.Value ?? []
  return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : ''
}

/** `20260131` as people write it. */
const day = (text: string): string => text.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3')
const clock = (text: string): string =>
  text.replace(/^(\d{2})(\d{2})(\d{2})?.*$/, (_, hour, minute, second) => [hour, minute, second].filter(Boolean).join(':'))
