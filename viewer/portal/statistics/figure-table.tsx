/** A table of figures under its charts; sorted by any column. */
import { Table, Tooltip } from 'antd'
import { casesOf } from '../api/statistics.ts'
import type { FigureColumn, FigureRow, FigureTable as Figures } from '../api/statistics-types.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { PageLink } from '../shell/page-link.tsx'
import { Chart } from './chart.tsx'
import { compared, figureText, kindOf } from './values.ts'
import { statisticsWords } from './words.ts'

interface Props {
  readonly table: Figures
  /** What a column means, by its definition's key. */
  readonly meaning: (key: string) => string | undefined
  /** The address of the cases that a query asks for. */
  readonly casesAddress: (query: string) => string
}

export function FigureTable({ table, meaning, casesAddress }: Props) {
  const { language } = useLanguage()
  const say = useWords(statisticsWords)
  const { columns, rows, total, charts, empty, key, title } = table
  const sortable = rows.length > 1 && !columns.some(({ kind }) => kind === 'own')
  const figure = (column: FigureColumn, row: FigureRow) => {
    const text = figureText(kindOf(column, row), row[column.key] ?? null, language)
    const query = casesOf(column, row)
    if (query === undefined) return text
    return (
      <PageLink to={casesAddress(query)} className="figure-link" label={say('showCases', { n: text })}>
        {text}
      </PageLink>
    )
  }
  return (
    <section className="figure-section" data-table={key}>
      <h2>{title}</h2>
      {charts.length > 0 && (
        <div className={charts.length > 1 ? 'figure-charts several' : 'figure-charts'}>
          {charts.map((chart) => (
            <Chart key={chart.title} chart={chart} />
          ))}
        </div>
      )}
      <Table<FigureRow>
        rowKey={(row) => columns.map(({ key: column }) => row[column]).join('|')}
        size="small"
        dataSource={[...rows]}
        pagination={rows.length > 62 ? { pageSize: 50, showSizeChanger: false } : false}
        scroll={{ x: 'max-content' }}
        locale={{ emptyText: empty }}
        columns={columns.map((column) => {
          const means = column.definition === undefined ? undefined : meaning(column.definition)
          return {
            key: column.key,
            align: column.kind === 'text' ? ('left' as const) : ('right' as const),
            className: column.kind === 'text' ? '' : 'number',
            title: means === undefined ? column.title : <Tooltip title={means}>{column.title}</Tooltip>,
            render: (_: unknown, row: FigureRow) => figure(column, row),
            ...(sortable ? { sorter: (a: FigureRow, b: FigureRow) => compared(a[column.key] ?? null, b[column.key] ?? null) } : {}),
            showSorterTooltip: false,
          }
        })}
        summary={() =>
          total === null ? null : (
            <Table.Summary.Row className="figure-total">
              {columns.map((column, at) => (
                <Table.Summary.Cell key={column.key} index={at} align={column.kind === 'text' ? 'left' : 'right'}>
                  <b className="number">{figure(column, total)}</b>
                </Table.Summary.Cell>
              ))}
            </Table.Summary.Row>
          )
        }
      />
    </section>
  )
}
