/** One version of a report on a page of its own: to read, to print, to amend; who has it, and what became of the others. */
import './report.css'
import { Alert, Button, Dropdown, InputNumber, Modal, Space, Tag } from 'antd'
import { useEffect, useState } from 'react'
import { notePrint, type ReportDetail, useReportDetail } from '../api/reports.ts'
import type { Account } from '../api/types.ts'
import { exactTime } from '../clock.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { has } from '../session/session.ts'
import { Answer } from '../shell/answer.tsx'
import { PatientBanner } from '../shell/patient-banner.tsx'
import { goBack, navigate } from '../shell/router.ts'
import { Amendments } from './amendments.tsx'
import { useAttempt } from './attempt.ts'
import { Readers } from './readers.tsx'
import { type PrintMark, ReportSheet } from './report-sheet.tsx'
import { reportWords } from './words.ts'

const addressOf = (id: string, form: string): string => `/api/reports/${encodeURIComponent(id)}/${form}`

export function ReportPage({ id, account }: { id: string; account: Account }) {
  const query = useReportDetail(id)
  return (
    <div className="report-page">
      <Answer query={query}>{(report) => <Version key={report.id} report={report} account={account} />}</Answer>
    </div>
  )
}

function Version({ report, account }: { report: ReportDetail; account: Account }) {
  const say = useWords(reportWords)
  const { language } = useLanguage()
  const attempt = useAttempt()
  const [printing, setPrinting] = useState(false)
  const [copies, setCopies] = useState(1)
  const [mark, setMark] = useState<PrintMark | null>(null)
  const [readers, setReaders] = useState(false)
  const reads = has(account, 'radiologist', 'reviewer', 'chief', 'quality')

  // The number of the print stands on the sheet before the browser's window of printing opens.
  useEffect(() => {
    if (mark === null) return
    const timer = setTimeout(() => print(), 100)
    return () => clearTimeout(timer)
  }, [mark])
  const printOnce = async () => {
    const printed = await attempt(() => notePrint(report.id, copies))
    if (printed === undefined) return
    setPrinting(false)
    setMark({ ...printed, who: account.displayName })
  }
  const images = `/viewer?StudyInstanceUIDs=${encodeURIComponent(report.StudyInstanceUID)}`
  const gone = report.fate === 'retracted' || report.fate === 'unsigned'
  return (
    <>
      <div className="no-print report-bar">
        <PatientBanner patient={report.patient} institution={report.institution} />
        <Space wrap>
          <Button onClick={() => goBack('/')}>{say('back')}</Button>
          <Button href={images} target="_blank" rel="noopener">
            {say('images')}
          </Button>
          {(reads || has(account, 'technologist', 'administrator')) && <Button onClick={() => setReaders(true)}>{say('readers')}</Button>}
          {reads && <Amendments report={report} />}
          {!(gone && !reads) && (
            <Dropdown
              menu={{
                items: (['pdf', 'html', 'txt', 'json'] as const).map((form) => ({
                  key: form,
                  label: (
                    <a href={addressOf(report.id, form)} target="_blank" rel="noopener">
                      {form.toUpperCase()}
                    </a>
                  ),
                })),
              }}
            >
              <Button>{say('download')}</Button>
            </Dropdown>
          )}
          <Button type="primary" disabled={!report.standing} onClick={() => setPrinting(true)}>
            {say('print')}
          </Button>
        </Space>
      </div>
      <div className="no-print report-state">
        <State report={report} />
        {report.versions.length > 1 && (
          <nav className="report-versions" aria-label={say('versions')}>
            {report.versions.map((version) => (
              <Button
                key={version.id}
                size="small"
                type={version.id === report.id ? 'primary' : 'default'}
                className={version.fate === 'standing' ? 'standing' : 'struck'}
                onClick={() => navigate(`/reports/${version.id}`)}
              >
                v{version.version} {say(`kind_${version.status}`)} · {exactTime(version.signedAt)}
                <Tag color={version.fate === 'standing' ? '#12692f' : '#595959'}>{say(`fate_${version.fate}`)}</Tag>
              </Button>
            ))}
          </nav>
        )}
      </div>
      <div className="paper">
        <ReportSheet report={report} print={mark} />
      </div>
      <Readers id={report.id} open={readers} onClose={() => setReaders(false)} />
      <Modal
        open={printing}
        title={say('printAsk', { name: report.patient.name })}
        okText={say('print')}
        onOk={() => void printOnce()}
        onCancel={() => setPrinting(false)}
        destroyOnHidden
        width={400}
      >
        <Space>
          {say('copies')}
          <InputNumber
            min={1}
            max={99}
            value={copies}
            onChange={(value) => setCopies(value ?? 1)}
            autoFocus
            aria-label={say('copies')}
            lang={language}
          />
        </Space>
        <p className="quiet">{say('printLogged')}</p>
      </Modal>
    </>
  )
}

/** Whether this version counts, said first. */
function State({ report }: { report: ReportDetail }) {
  const say = useWords(reportWords)
  const { standingId, withdrawn, fate } = report
  if (fate === 'standing') return report.status === 'temporary' ? <Alert type="warning" showIcon title={say('temporaryText')} /> : null
  const go =
    standingId === null ? undefined : (
      <Button size="small" type="primary" onClick={() => navigate(`/reports/${standingId}`, { replace: true })}>
        {say('toStanding')}
      </Button>
    )
  const text = fate === 'retracted' ? say('retractedText', { reason: withdrawn?.reason ?? '' }) : say('notStanding')
  return <Alert type="error" showIcon title={text} action={go} />
}
