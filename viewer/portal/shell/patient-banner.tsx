/** Whose data this is: name, sex, age, number, site. On every page that shows a patient's data. */
import type { ReactNode } from 'react'
import type { Patient } from '../api/types.ts'
import { ageText, sexText } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { shellWords } from './words.ts'

interface Props {
  readonly patient: Patient
  /** Where the images were taken; absent on a page of that very site. */
  readonly institution?: string
  readonly children?: ReactNode
}

export function PatientBanner({ patient, institution, children }: Props) {
  const { language } = useLanguage()
  const say = useWords(shellWords)
  return (
    <section className="patient-banner">
      <strong className="patient-name" title={patient.PatientName}>
        {patient.name || say('noName')}
      </strong>
      <span>{sexText(patient.sex, language)}</span>
      <span title={patient.birthDate}>{ageText(patient.age, language)}</span>
      <span>
        <small>{say('number')}</small> <span className="number">{patient.PatientID}</span>
      </span>
      {institution && (
        <span>
          <small>{say('site')}</small> {institution}
        </span>
      )}
      {children}
    </section>
  )
}
