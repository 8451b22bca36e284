/**
 * Tables as a workbook (ECMA-376): one sheet for each table, numbers as numbers with the format of their kind, so that they can be sorted, added up and
 * charted further; under each table what its figures mean. Text is written as text, whatever it begins with: nothing becomes a formula.
 */
import type { Sheet, Cell as SheetCell, Row as SheetRow } from 'write-excel-file/node'
import { readableDateTime } from '../reading/documents/local-time.ts'
import type { DefinitionText } from './definitions.ts'
import type { Statistics } from './statistics.ts'
import { type Column, type FigureTable, kindOf, type Language, type Row, speaker, type ValueKind } from './table.ts'

const formats: Readonly<Partial<Record<ValueKind, string>>> = {
  count: '#,##0',
  share: '0.0%',
  duration: '[h]:mm:ss',
  points: '#,##0.00',
  money: '#,##0.00',
}
const secondsInDay = 86_400

const ground = '#e8eff8'

function cellOf(column: Column, row: Row, bold: boolean): SheetCell {
  const value = row[column.key] ?? null
  if (value === null) return null
  const kind = kindOf(column, row)
  const weight = bold ? ({ fontWeight: 'bold' } as const) : {}
  if (typeof value === 'string') return { type: String, value, ...weight }
  // A duration of a sheet is a part of a day, money is yuan.
  const number = kind === 'duration' ? value / secondsInDay : kind === 'money' ? value / 100 : value
  return { type: Number, value: number, format: formats[kind] ?? 'General', ...weight }
}

/** ECMA-376 §18.2.19: 31 characters, without these. */
const sheetName = (title: string): string =>
  title
    .replaceAll(/[[\]:*?/\\]/g, ' ')
    .replace(/（.*$|\(.*$/, '')
    .trim()
    .slice(0, 31)

/** Wide enough for what stands in it; a Chinese character takes two places. */
const widthOf = (texts: readonly string[]): number =>
  Math.min(48, 3 + Math.max(6, ...texts.map((text) => [...text].reduce((width, character) => width + (character > '⺀' ? 2 : 1), 0))))

const sentenceOf = ({ name, numerator, denominator, clock }: DefinitionText, language: Language): string => {
  const say = speaker(language)
  const of = denominator === null ? '' : say(`；分母：${denominator}`, `; out of: ${denominator}`)
  return say(`${name}：${numerator}${of}；时间：${clock}。`, `${name}: ${numerator}${of}; counted on: ${clock}.`)
}

function sheetOf(table: FigureTable, found: Statistics, language: Language): Sheet<Buffer> {
  const say = speaker(language)
  const { columns, rows, total } = table
  const wanted = new Set([...columns.map(({ definition }) => definition), ...rows.map(({ definition }) => definition)])
  const about = `${found.of}  ${found.period.from} – ${found.period.to}  ${say('生成于', 'made')} ${readableDateTime(found.at.toISOString())}`
  const head: SheetRow[] = [
    [{ type: String, value: table.title, fontWeight: 'bold', fontSize: 14 }],
    [{ type: String, value: about, textColor: '#5d6b7a' }],
    columns.map((column) => ({
      type: String,
      value: column.title,
      fontWeight: 'bold',
      backgroundColor: ground,
      wrap: true,
      align: column.kind === 'text' ? 'left' : 'right',
    })),
  ]
  const body: SheetRow[] = rows.map((row) => columns.map((column) => cellOf(column, row, false)))
  const foot: SheetRow[] = [
    ...(rows.length === 0 ? [[{ type: String, value: table.empty } as SheetCell]] : []),
    ...(total === null ? [] : [columns.map((column) => cellOf(column, total, true))]),
    [],
    ...found.definitions
      .filter(({ key }) => wanted.has(key))
      .map((definition): SheetRow => [{ type: String, value: sentenceOf(definition, language), textColor: '#5d6b7a' }]),
  ]
  return {
    data: [...head, ...body, ...foot],
    sheet: sheetName(table.title),
    stickyRowsCount: head.length,
    ...(columns.length > 8 ? { orientation: 'landscape' } : {}),
    columns: columns.map((column) => ({
      width: widthOf([column.title, ...rows.map((row) => (kindOf(column, row) === 'text' ? String(row[column.key] ?? '') : ''))]),
    })),
  }
}

export async function workbook(sections: readonly Statistics[], language: Language): Promise<Buffer> {
  // Only when somebody asks for a sheet: the start does not wait for it.
  const { default: writeXlsxFile } = await import('write-excel-file/node')
  const sheets: Sheet<Buffer>[] = []
  for (const found of sections) {
    for (const table of found.tables) {
      const sheet = sheetOf(table, found, language)
      // Names are told apart by their number where two begin alike.
      const taken = sheets.some(({ sheet: name }) => name === sheet.sheet)
      sheets.push(taken ? { ...sheet, sheet: `${sheet.sheet!.slice(0, 28)} ${sheets.length + 1}` } : sheet)
    }
  }
  return writeXlsxFile(sheets as never, { fontFamily: 'Microsoft YaHei', fontSize: 10 }).toBuffer()
}

export const sectionWorkbook = (found: Statistics, language: Language): Promise<Buffer> => workbook([found], language)
