/** Studies of any age, to reject images of them. */
import { Button, Input, Table } from 'antd'
import { useState } from 'react'
import type { RejectionCode } from '../api/rejection-types.ts'
import { useStudies } from '../api/rejections.ts'
import type { WardStudy } from '../api/types.ts'
import { dicomDate } from '../clock.ts'
import { ageText, named, sexText, stageWords } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { useSettled } from '../orders/use-settled.ts'
import { Answer } from '../shell/answer.tsx'
import { shellWords } from '../shell/words.ts'
import { useReject } from './use-reject.tsx'
import { rejectionWords } from './words.ts'

export function StudySearch({ codes }: { codes: readonly RejectionCode[] }) {
  const say = useWords(rejectionWords)
  const sayShell = useWords(shellWords)
  const { language } = useLanguage()
  const [typed, setTyped] = useState('')
  const studies = useStudies(useSettled(typed.trim()))
  const { ask, dialog } = useReject(codes)
  return (
    <>
      <div className="table-head">
        <Input
          type="search"
          className="search"
          allowClear
          autoFocus
          value={typed}
          placeholder={say('search')}
          aria-label={say('search')}
          onChange={({ target }) => setTyped(target.value)}
        />
      </div>
      <Answer query={studies}>
        {({ items }) => (
          <Table<WardStudy>
            rowKey="StudyInstanceUID"
            size="small"
            dataSource={[...items]}
            pagination={items.length > 50 ? { pageSize: 50 } : false}
            locale={{ emptyText: say('emptyStudies') }}
            onRow={({ StudyInstanceUID }) => ({ 'data-study': StudyInstanceUID }) as object}
            columns={[
              {
                title: say('patient'),
                render: (_, { patient }) => (
                  <>
                    <strong title={patient.PatientName}>{patient.name || sayShell('noName')}</strong> {sexText(patient.sex, language)}{' '}
                    {ageText(patient.age, language)} <span className="quiet number">{patient.PatientID}</span>
                  </>
                ),
              },
              {
                title: say('exam'),
                render: (_, study) => (
                  <>
                    <span className="modality">{study.modality}</span> {study.StudyDescription}{' '}
                    <span className="quiet number">{dicomDate(study.StudyDate)}</span>
                  </>
                ),
              },
              { title: say('images'), dataIndex: 'instances', className: 'number' },
              { title: say('site'), dataIndex: 'institution' },
              { title: say('standing'), render: (_, { stage }) => named(stageWords, stage, language) },
              {
                title: '',
                render: (_, study) => (
                  <Button size="small" onClick={() => ask(study)}>
                    {say('rejectShort')}
                  </Button>
                ),
              },
            ]}
          />
        )}
      </Answer>
      {dialog}
    </>
  )
}
