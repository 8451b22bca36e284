/** Patients of all issuers that the asker may see, by name, pinyin or number; also a number from before a merge. */
import './patients.css'
import { Input, Table, Tag } from 'antd'
import { useEffect, useState } from 'react'
import type { PatientRow } from '../api/patient-types.ts'
import { usePatients } from '../api/patients.ts'
import { dicomDate } from '../clock.ts'
import { sexText } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { useSettled } from '../orders/use-settled.ts'
import { Answer } from '../shell/answer.tsx'
import { navigate, useAddressQuery } from '../shell/router.ts'
import { shellWords } from '../shell/words.ts'
import { PatientsTabs } from './patients-tabs.tsx'
import { patientWords } from './words.ts'

export function PatientSearchPage() {
  const say = useWords(patientWords)
  const [address, change] = useAddressQuery()
  const q = address.get('q') ?? ''
  const [typed, setTyped] = useState(q)
  const settled = useSettled(typed.trim())
  useEffect(() => {
    if (settled !== q) change({ q: settled })
  }, [settled, q, change])
  return (
    <div className="board patients">
      <div className="board-head">
        <PatientsTabs page="patients" />
        <span className="space" />
        <Input
          size="large"
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
      <PatientTable q={q} onChoose={({ id }) => navigate(`/patients/${encodeURIComponent(id)}`)} />
    </div>
  )
}

interface Props {
  readonly q: string
  readonly chosen?: string | undefined
  /** Not offered: the patient that another one is looked for. */
  readonly except?: string
  readonly onChoose: (patient: PatientRow) => void
}

export function PatientTable({ q, chosen, except, onChoose }: Props) {
  const say = useWords(patientWords)
  const sayShell = useWords(shellWords)
  const { language } = useLanguage()
  const patients = usePatients(q)
  return (
    <Answer query={patients}>
      {({ items }) => (
        <Table<PatientRow>
          rowKey="id"
          size="small"
          pagination={false}
          className={patients.isPlaceholderData ? 'patient-table stale' : 'patient-table'}
          dataSource={items.filter(({ id }) => id !== except)}
          locale={{ emptyText: say(q === '' ? 'searchFirst' : 'emptyPatients') }}
          rowClassName={({ id }) => (id === chosen ? 'current' : '')}
          onRow={(patient) => ({
            onClick: () => onChoose(patient),
            'data-patient': patient.id,
          })}
          columns={[
            {
              title: say('name'),
              render: (_, patient) => (
                <>
                  <button type="button" className="link-button" aria-pressed={chosen === undefined ? undefined : patient.id === chosen}>
                    <b>{patient.name || sayShell('noName')}</b>
                  </button>{' '}
                  <PatientMarks patient={patient} />
                </>
              ),
            },
            { title: say('sex'), width: 60, render: (_, { sex }) => sexText(sex, language) },
            { title: say('birthDate'), className: 'number', render: (_, { birthDate }) => dicomDate(birthDate) },
            { title: say('PatientID'), dataIndex: 'PatientID', className: 'number' },
            { title: say('issuer'), render: (_, { issuer }) => issuer || <span className="quiet">{say('noIssuer')}</span> },
            { title: say('studies'), dataIndex: 'studies', className: 'number', align: 'right' },
            { title: say('lastStudy'), className: 'number', render: (_, { lastStudyDate }) => dicomDate(lastStudyDate) },
          ]}
        />
      )}
    </Answer>
  )
}

export function PatientMarks({ patient }: { patient: Pick<PatientRow, 'provisional' | 'mergedInto'> }) {
  const say = useWords(patientWords)
  return (
    <>
      {patient.provisional && <Tag title={say('provisionalHint')}>? {say('provisional')}</Tag>}
      {patient.mergedInto !== null && <Tag>→ {say('merged')}</Tag>}
    </>
  )
}
