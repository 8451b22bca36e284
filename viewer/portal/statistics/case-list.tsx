/** The cases behind a figure: who, where, when, and the value by which each counts; a page at a time. */
import { Table } from 'antd'
import type { ColumnsType } from 'antd/es/table'
import { type Asked, useCases } from '../api/statistics.ts'
import type { Case, Cases } from '../api/statistics-types.ts'
import type { Account } from '../api/types.ts'
import { exactTime } from '../clock.ts'
import { ageText, named, sexText, stateWords } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { has } from '../session/session.ts'
import { Answer } from '../shell/answer.tsx'
import { PageLink } from '../shell/page-link.tsx'
import { shellWords } from '../shell/words.ts'
import { figureText } from './values.ts'
import { statisticsWords } from './words.ts'

interface Props {
  readonly account: Account
  readonly asked: Asked
  /** Which figure, and what narrows it. */
  readonly query: string
  readonly page: number
  readonly onPage: (page: number) => void
  readonly back: { readonly to: string; readonly name: string }
}

export function CaseList({ account, asked, query, page, onPage, back }: Props) {
  const say = useWords(statisticsWords)
  const { language } = useLanguage()
  const sayShell = useWords(shellWords)
  const found = useCases(asked, query, page)
  const own = new URLSearchParams(query)
  const [from, to] = [own.get('from') ?? asked.from, own.get('to') ?? asked.to]

  const columnsOf = ({ value, ofCentre }: Cases): ColumnsType<Case> => [
    { title: say('patient'), key: 'patient', render: (_, each) => <Who each={each} unnamed={sayShell('noName')} /> },
    { title: say('site'), dataIndex: 'institution', key: 'institution' },
    {
      title: say('exam'),
      key: 'exam',
      render: (_, { modality, StudyDescription, AccessionNumber }) => (
        <>
          <span className="modality">{modality}</span> {StudyDescription} <span className="quiet number">{AccessionNumber}</span>
        </>
      ),
    },
    { title: say('urgency'), dataIndex: 'urgency', key: 'urgency' },
    {
      title: say('readyAt'),
      key: 'readyAt',
      className: 'number',
      render: (_, { readyAt }) => (readyAt === null ? '—' : exactTime(readyAt)),
    },
    {
      title: say('finalAt'),
      key: 'finalAt',
      className: 'number',
      render: (_, { finalAt }) => (finalAt === null ? '—' : exactTime(finalAt)),
    },
    ...(value === null
      ? []
      : [
          {
            title: value.title,
            key: 'value',
            className: 'number',
            render: (_: unknown, each: Case) => <b>{figureText(value.kind, each.value, language)}</b>,
          },
        ]),
    ...(ofCentre
      ? (['author', 'reviewer'] as const).map((key) => ({ title: say(key), key, render: (_: unknown, each: Case) => each[key] ?? '—' }))
      : []),
    { title: say('state'), key: 'state', render: (_, { state }) => (state === null ? '' : named(stateWords, state, language)) },
    { title: say('open'), key: 'open', render: (_, each) => <Ways each={each} account={account} /> },
  ]

  return (
    <section className="figure-section case-list">
      <p>
        <PageLink to={back.to}>← {say('backTo', { section: back.name })}</PageLink>
      </p>
      <Answer query={found}>
        {(cases) => (
          <>
            <h2>{say('cases', { title: [cases.title, ...cases.narrowed].join(' · '), n: figureText('count', cases.total, language) })}</h2>
            <p className="quiet number">{say('casesOf', { from, to })}</p>
            {cases.figures > 0 && <p className="case-note">{say('figuresOnly', { n: figureText('count', cases.figures, language) })}</p>}
            <Table<Case>
              rowKey="key"
              size="small"
              dataSource={[...cases.items]}
              columns={columnsOf(cases)}
              scroll={{ x: 'max-content' }}
              loading={found.isPlaceholderData}
              locale={{ emptyText: say('noCases') }}
              pagination={{
                current: page,
                pageSize: cases.limit,
                total: cases.total,
                showSizeChanger: false,
                hideOnSinglePage: true,
                onChange: onPage,
              }}
            />
          </>
        )}
      </Answer>
    </section>
  )
}

function Who({ each: { kind, patient }, unnamed }: { each: Case; unnamed: string }) {
  const say = useWords(statisticsWords)
  const { language } = useLanguage()
  if (kind === 'figure') return <span className="quiet">{say('onlyFigure')}</span>
  if (patient === null) return <span className="quiet">{say('closed')}</span>
  return (
    <>
      <b>{patient.name || unnamed}</b>{' '}
      <span className="quiet">
        {sexText(patient.sex, language)} {ageText(patient.age, language)} <span className="number">{patient.PatientID}</span>
      </span>
    </>
  )
}

/** Where a case can be opened by this account: its report, and its task where one reads, or the list where one coordinates. */
function Ways({ each: { workitem, report, patient, AccessionNumber }, account }: { each: Case; account: Account }) {
  const say = useWords(statisticsWords)
  if (workitem === null || patient === null) return null
  const number = AccessionNumber || patient.PatientID
  const task = has(account, 'radiologist', 'reviewer', 'chief')
    ? `/reading/${encodeURIComponent(workitem)}`
    : has(account, 'coordinator') && number !== ''
      ? `/list?${new URLSearchParams({ view: 'all', q: number })}`
      : null
  return (
    <span className="case-ways">
      {report !== null && <PageLink to={`/reports/${encodeURIComponent(report)}`}>{say('report')}</PageLink>}
      {task !== null && <PageLink to={task}>{say('task')}</PageLink>}
    </span>
  )
}
