/** A study put right: as it came, as it stands, what was changed by whom and why. What was received is never touched. index.md §5. */
import './patients.css'
import { Button } from 'antd'
import type { Corrections } from '../api/patient-types.ts'
import { useCorrections } from '../api/patients.ts'
import { dicomDate } from '../clock.ts'
import { sexText } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { personName } from '../language/person-name.ts'
import { Answer } from '../shell/answer.tsx'
import { goBack } from '../shell/router.ts'
import { shellWords } from '../shell/words.ts'
import { CorrectionForm } from './correction-form.tsx'
import { CorrectionHistory } from './correction-history.tsx'
import { patientWords } from './words.ts'

export function CorrectionPage({ StudyInstanceUID }: { StudyInstanceUID: string }) {
  return (
    <Answer query={useCorrections(StudyInstanceUID)}>
      {(corrections) => <OneStudy StudyInstanceUID={StudyInstanceUID} corrections={corrections} />}
    </Answer>
  )
}

function OneStudy({ StudyInstanceUID, corrections }: { StudyInstanceUID: string; corrections: Corrections }) {
  const say = useWords(patientWords)
  const sayShell = useWords(shellWords)
  const { language } = useLanguage()
  const name = personName(corrections.now.PatientName ?? '') || sayShell('noName')
  // A form starts from what stands now.
  const stands = corrections.corrections.map(({ revision, undone }) => `${revision}${undone ? '-' : ''}`).join()
  return (
    <div className="board patients corrections" data-study={StudyInstanceUID}>
      <header className="patient-head">
        <Button type="text" onClick={() => goBack('/conflicts')}>
          ← {say('back')}
        </Button>
        <h1>{say('correctionTitle')}</h1>
        <strong className="patient-name">{name}</strong>
        <span>{sexText(corrections.now.PatientSex ?? '', language)}</span>
        <span className="number">{dicomDate(corrections.now.PatientBirthDate)}</span>
        <span className="number quiet">{corrections.now.PatientID}</span>
      </header>
      <p className="quiet">{say('correctionText')}</p>
      <CorrectionForm key={stands} name={name} StudyInstanceUID={StudyInstanceUID} values={corrections} />
      {corrections.series.map((series) => (
        <details key={series.SeriesInstanceUID} className="corrected-series">
          <summary>
            {say('series', { number: series.SeriesNumber, modality: series.Modality, description: series.SeriesDescription })}
          </summary>
          <CorrectionForm
            key={stands}
            name={name}
            StudyInstanceUID={StudyInstanceUID}
            SeriesInstanceUID={series.SeriesInstanceUID}
            values={series}
          />
        </details>
      ))}
      <CorrectionHistory name={name} StudyInstanceUID={StudyInstanceUID} corrections={corrections.corrections} />
    </div>
  )
}
