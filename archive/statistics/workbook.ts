/**
 * Tables as a workbook (ECMA-376): one sheet for each table, numbers as numbers with the format of their kind, so that they can be sorted, added up and
 * charted further, days as days; under each table what its figures mean. Text is written as text, whatever it begins with: nothing becomes a formula.
 */
import type { Sheet, Cell as SheetCell, Row as SheetRow } from 'write-excel-file/node'
import { readableDateTime } from '../reading/documents/local-time.ts'
import type { DefinitionText } from './definitions.ts'
import type { Statistics } from './statistics.ts'
import { type Column, type FigureTable, kindOf, type Language, type Row, speaker, type ValueKind } from './table.ts'
import { valueText } from './value-text.ts'
import { headRows, printing } from './workbook-print.ts'

const formats: Readonly<Partial<Record<ValueKind, string>>> = {
  count: '#,##0',
  share: '0.0%',
  duration: '[h]:mm:ss',
  points: '#,##0.00',
  money: '#,##0.00',
}
const secondsInDay = 86_400
const day = /^\d{4}-\d{2}-\d{2}$/

const ground = '#e8eff8'

function cellOf(column: Column, row: Row, bold: boolean): SheetCell {
  const value = row[column.key] ?? null
  if (value === null) return null
  const kind = kindOf(column, row)
  const weight = bold ? ({ fontWeight: 'bold' } as const) : {}
  if (typeof value === 'string' && day.test(value))
    return { type: Date, value: new Date(`${value}T00:00:00Z`), format: 'yyyy-mm-dd', align: 'left', ...weight }
  if (typeof value === 'string') return { type: String, value, ...weight }
  // A duration of a sheet is a part of a day, money is yuan.
  const number = kind === 'duration' ? value / secondsInDay : kind === 'money' ? value / 100 : value
  return { type: Number, value: number, format: formats[kind] ?? 'General', ...weight }
}

/** About as wide as the cell comes out. */
const shown = (column: Column, row: Row, language: Language): string => {
  const kind = kindOf(column, row)
  return kind === 'duration' ? '00:00:00' : valueText(kind, row[column.key] ?? null, language)
}

/** ECMA-376 §18.2.19: 31 characters, without these. */
const sheetName = (title: string): string =>
  title
    .replaceAll(/[[\]:*?/\\]/g, ' ')
    .replace(/（.*$|\(.*$/, '')
    .trim()
    .slice(0, 31)

/** In places of a sheet; a Chinese character takes two. */
const placesOf = (text: string): number => [...text].reduce((width, character) => width + (character > '⺀' ? 2 : 1), 0)

/** Wide enough for its values; a long head goes on in a second line. */
const widthOf = (title: string, values: readonly string[]): number =>
  Math.min(48, 3 + Math.max(3, Math.min(14, placesOf(title)), Math.ceil(placesOf(title) / 2), ...values.map(placesOf)))

/** A line of text at the size of the sheet, in points. */
const lineHeight = 14

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
  const widths = columns.map((column) =>
    widthOf(
      column.title,
      [...rows, ...(total === null ? [] : [total])].map((row) => shown(column, row, language)),
    ),
  )
  const across = widths.reduce((sum, width) => sum + width, 0)
  /** Over all columns, as many lines as it takes. */
  const sentence = (value: string): SheetRow => [
    {
      type: String,
      value,
      textColor: '#5d6b7a',
      columnSpan: columns.length,
      wrap: true,
      alignVertical: 'top',
      height: lineHeight * Math.ceil((placesOf(value) * 1.1) / across),
    },
    ...columns.slice(1).map(() => null),
  ]
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
      alignVertical: 'center',
      height: lineHeight * (columns.some(({ title }, at) => placesOf(title) > widths[at]! - 2) ? 2 : 1) + 4,
      bottomBorderStyle: 'thin',
      bottomBorderColor: '#8fa3b8',
    })),
  ]
  const body: SheetRow[] = rows.map((row) => columns.map((column) => cellOf(column, row, false)))
  const foot: SheetRow[] = [
    ...(rows.length === 0 ? [[{ type: String, value: table.empty } as SheetCell]] : []),
    ...(total === null ? [] : [columns.map((column) => cellOf(column, total, true))]),
    [],
    ...found.definitions.filter(({ key }) => wanted.has(key)).map((definition) => sentence(sentenceOf(definition, language))),
  ]
  return {
    data: [...head, ...body, ...foot],
    sheet: sheetName(table.title),
    stickyRowsCount: headRows,
    stickyColumnsCount: 1,
    columns: widths.map((width) => ({ width })),
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
  return writeXlsxFile(sheets as never, { fontFamily: 'Microsoft YaHei', fontSize: 10, features: [printing as never] }).toBuffer()
}

export const sectionWorkbook = (found: Statistics, language: Language): Promise<Buffer> => workbook([found], language)
