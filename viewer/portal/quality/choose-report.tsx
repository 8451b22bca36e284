/** Finds a reported study by name, pinyin or number; answers its report. */
import { Button, Input, Table } from 'antd'
import { useState } from 'react'
import { useStudies } from '../api/rejections.ts'
import type { WardStudy } from '../api/types.ts'
import { dicomDate } from '../clock.ts'
import { ageText, sexText } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { useSettled } from '../orders/use-settled.ts'
import { Answer } from '../shell/answer.tsx'
import { qualityWords } from './words.ts'

export function ChooseReport({ onChoose }: { onChoose: (report: string, study: WardStudy) => void }) {
  const say = useWords(qualityWords)
  const { language } = useLanguage()
  const [typed, setTyped] = useState('')
  const studies = useStudies(useSettled(typed.trim()))
  return (
    <>
      <Input
        type="search"
        autoFocus
        allowClear
        value={typed}
        placeholder={say('searchReport')}
        aria-label={say('searchReport')}
        onChange={({ target }) => setTyped(target.value)}
      />
      <Answer query={studies}>
        {({ items }) => (
          <Table<WardStudy>
            rowKey="StudyInstanceUID"
            size="small"
            dataSource={items.filter(({ report }) => report !== null)}
            pagination={{ pageSize: 8, showSizeChanger: false }}
            locale={{ emptyText: say('emptyReports') }}
            columns={[
              {
                title: say('exam'),
                render: (_, { patient, modality, StudyDescription, StudyDate, institution }) => (
                  <>
                    <strong>{patient.name}</strong> {sexText(patient.sex, language)} {ageText(patient.age, language)}
                    <div className="quiet">
                      <span className="modality">{modality}</span> {StudyDescription} <span className="number">{dicomDate(StudyDate)}</span>{' '}
                      · {institution}
                    </div>
                  </>
                ),
              },
              {
                title: '',
                align: 'right',
                render: (_, study) => (
                  <Button size="small" onClick={() => study.report !== null && onChoose(study.report.id, study)}>
                    {say('choose')}
                  </Button>
                ),
              },
            ]}
          />
        )}
      </Answer>
    </>
  )
}
