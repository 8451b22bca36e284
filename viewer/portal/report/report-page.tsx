/** One final report on a page of its own: to read, to print, as PDF. */
import './report.css'
import { Button, Space } from 'antd'
import { useReport } from '../api/workitems.ts'
import { useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { PatientBanner } from '../shell/patient-banner.tsx'
import { goBack } from '../shell/router.ts'
import { ReportSheet } from './report-sheet.tsx'
import { reportWords } from './words.ts'

export const pdfAddress = (id: string): string => `/api/reports/${encodeURIComponent(id)}/pdf`

export function ReportPage({ id }: { id: string }) {
  const say = useWords(reportWords)
  const query = useReport(id)
  return (
    <div className="report-page">
      <Answer query={query}>
        {(report) => (
          <>
            <div className="no-print report-bar">
              <PatientBanner patient={report.patient} institution={report.institution} />
              <Space>
                <Button onClick={() => goBack('/')}>{say('back')}</Button>
                <Button href={`/viewer?StudyInstanceUIDs=${encodeURIComponent(report.StudyInstanceUID)}`} target="_blank" rel="noopener">
                  {say('images')}
                </Button>
                <Button href={pdfAddress(report.id)} target="_blank" rel="noopener">
                  {say('pdf')}
                </Button>
                <Button type="primary" onClick={() => print()}>
                  {say('print')}
                </Button>
              </Space>
            </div>
            <div className="paper">
              <ReportSheet report={report} />
            </div>
          </>
        )}
      </Answer>
    </div>
  )
}
