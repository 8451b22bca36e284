/** Patients who were here before: one line to recognise each by. */
import type { EarlierPatient } from '../api/order-types.ts'
import { dicomDate } from '../clock.ts'
import { sexText } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { personName } from '../language/person-name.ts'
import { writtenDate } from './entry.ts'
import { orderWords } from './words.ts'

export function EarlierPatientLine({ patient }: { patient: EarlierPatient }) {
  const say = useWords(orderWords)
  const { language } = useLanguage()
  return (
    <span className="earlier-line">
      <b>{personName(patient.PatientName)}</b> {patient.sex && sexText(patient.sex, language)}{' '}
      <span className="number">{writtenDate(patient.birthDate ?? '')}</span>{' '}
      <span className="quiet number">
        {[patient.PatientID, patient.idCardNumber, patient.lastStudyDate && say('lastStudy', { date: dicomDate(patient.lastStudyDate) })]
          .filter(Boolean)
          .join(' · ')}
      </span>
    </span>
  )
}
