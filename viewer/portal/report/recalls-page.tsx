/** Printed copies of versions that were corrected or retracted: to be brought back, or known to be destroyed. */
import './report.css'
import { Button, Empty, Segmented, Table, Tag } from 'antd'
import { useState } from 'react'
import type { Line } from '../api/events.ts'
import { markRecalled, type Recall, useRecalls } from '../api/reports.ts'
import { exactTime } from '../clock.ts'
import { useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { Ask } from '../shell/ask.tsx'
import { navigate } from '../shell/router.ts'
import { useAttempt } from './attempt.ts'
import { reportWords } from './words.ts'

export function RecallsPage({ line }: { line: Line }) {
  const say = useWords(reportWords)
  const [open, setOpen] = useState(true)
  const query = useRecalls(open, line)
  const attempt = useAttempt()
  const [asked, setAsked] = useState<Recall | null>(null)
  return (
    <div className="recalls-page">
      <div className="report-bar">
        <div>
          <h1>{say('recalls')}</h1>
          <span className="quiet">{say('recallsText')}</span>
        </div>
        <Segmented
          value={open ? 'open' : 'done'}
          options={[
            { value: 'open', label: say('recallsOpen') },
            { value: 'done', label: say('recallsDone') },
          ]}
          onChange={(value) => setOpen(value === 'open')}
        />
      </div>
      <Answer query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty description={say('recallsNone')} />
          ) : (
            <Table<Recall>
              rowKey="id"
              size="small"
              pagination={false}
              scroll={{ x: 900 }}
              dataSource={[...items]}
              columns={[
                {
                  title: say('patient'),
                  render: (_, { patient, PatientID }) => (
                    <>
                      <b>{patient}</b> {PatientID}
                    </>
                  ),
                },
                {
                  title: say('report'),
                  render: (_, { report, version, why, StudyDescription, AccessionNumber }) => (
                    <Button type="link" size="small" onClick={() => navigate(`/reports/${report}`)}>
                      v{version} {StudyDescription} {AccessionNumber} <Tag color="error">{say(`why_${why}`)}</Tag>
                    </Button>
                  ),
                },
                { title: say('copy'), render: (_, { printNumber, copies }) => say('printed', { n: printNumber, copies }) },
                { title: say('institution'), dataIndex: 'institution' },
                { title: say('who'), dataIndex: 'printedBy' },
                { title: say('when'), render: (_, { printedAt }) => exactTime(printedAt) },
                {
                  title: say('recallsDone'),
                  render: (_, recall) =>
                    recall.done === null ? (
                      <Button size="small" type="primary" onClick={() => setAsked(recall)}>
                        {say('recallDone')}
                      </Button>
                    ) : (
                      `${recall.done.by} ${exactTime(recall.done.at)} ${recall.done.note}`
                    ),
                },
              ]}
            />
          )
        }
      </Answer>
      {asked !== null && (
        <Ask
          open
          title={say('recallAsk', { name: asked.patient, n: asked.version, p: asked.printNumber, copies: asked.copies })}
          ok={say('recallDone')}
          busy={false}
          fields={[{ name: 'reason', label: say('recallNote'), required: false }]}
          onOk={async ({ reason = '' }) => {
            const id = asked.id
            await attempt(() => markRecalled(id, reason))
            setAsked(null)
          }}
          onCancel={() => setAsked(null)}
        />
      )}
    </div>
  )
}
