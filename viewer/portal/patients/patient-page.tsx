/** One patient: studies of all sites, what was merged and linked, and what can be put right. */
import './patients.css'
import { Alert, Button, Space } from 'antd'
import { useState } from 'react'
import type { PatientDetail, PatientStudy } from '../api/patient-types.ts'
import { usePatient } from '../api/patients.ts'
import { dicomDate } from '../clock.ts'
import { sexText } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { goBack, navigate } from '../shell/router.ts'
import { shellWords } from '../shell/words.ts'
import { type Choice, ChoosePatient } from './choose-patient.tsx'
import { PatientLinks } from './patient-links.tsx'
import { PatientMarks } from './patient-search.tsx'
import { PatientStudies } from './patient-studies.tsx'
import { patientWords } from './words.ts'

export function PatientPage({ id }: { id: string }) {
  return <Answer query={usePatient(id)}>{(patient) => <OnePatient patient={patient} />}</Answer>
}

/** Whom it is now: named, so that nobody follows a link to find out. */
function MergedInto({ id }: { readonly id: string }) {
  const say = useWords(patientWords)
  const sayShell = useWords(shellWords)
  const { language } = useLanguage()
  const survivor = usePatient(id).data
  if (survivor === undefined) return <>{say('mergedInto')}</>
  const who = [
    survivor.name || sayShell('noName'),
    sexText(survivor.sex, language),
    dicomDate(survivor.birthDate),
    survivor.PatientID,
    survivor.issuer,
  ]
  return (
    <>
      {say('mergedInto')} <b data-survivor={survivor.id}>{who.filter(Boolean).join(' · ')}</b>
    </>
  )
}

function OnePatient({ patient }: { patient: PatientDetail }) {
  const say = useWords(patientWords)
  const sayShell = useWords(shellWords)
  const { language } = useLanguage()
  const [choice, setChoice] = useState<Choice | null>(null)
  const name = patient.name || sayShell('noName')
  const merged = patient.mergedInto
  return (
    <div className="board patients" data-patient={patient.id}>
      <header className="patient-head">
        <Button type="text" onClick={() => goBack('/patients')}>
          ← {say('back')}
        </Button>
        <div className="patient-banner">
          <strong className="patient-name">{name}</strong>
          <span>{sexText(patient.sex, language)}</span>
          <span className="number">{dicomDate(patient.birthDate)}</span>
          <span>
            <small>{say('PatientID')}</small> <span className="number">{patient.PatientID}</span>
          </span>
          <span>
            <small>{say('issuer')}</small> {patient.issuer || say('noIssuer')}
          </span>
          <PatientMarks patient={patient} />
        </div>
        <span className="space" />
        {merged === null && (
          <Space>
            <Button onClick={() => setChoice({ deed: 'merge' })}>{say('merge')}…</Button>
            <Button onClick={() => setChoice({ deed: 'person' })}>{say('person')}…</Button>
          </Space>
        )}
      </header>
      {merged !== null && (
        <Alert
          type="info"
          showIcon
          title={<MergedInto id={merged} />}
          action={<Button onClick={() => navigate(`/patients/${encodeURIComponent(merged)}`)}>{say('toSurvivor')}</Button>}
        />
      )}
      {patient.provisional && <Alert type="warning" showIcon title={say('provisionalHint')} />}
      <PatientStudies studies={patient.studies} onMove={(study: PatientStudy) => setChoice({ deed: 'match', study })} />
      <PatientLinks name={name} links={patient.links} />
      {choice && <ChoosePatient patient={patient} choice={choice} onClose={() => setChoice(null)} />}
    </div>
  )
}
