/** Whether a repetition names the patient it is about: who repeats a message about somebody else has not understood it. */
import { displayName } from '../../dicom/person-name.ts'

interface Named {
  readonly PatientName: string | null
  readonly supplementName: string | null
  readonly PatientID: string | null
}

const plain = (text: string): string =>
  text
    .normalize('NFKC')
    .replaceAll(/[\s·・^,.，。-]/g, '')
    .toLowerCase()

/** So many last characters of a number tell one patient of a ward from another. */
const lastCharacters = 4

export const nameOf = ({ supplementName, PatientName }: Pick<Named, 'PatientName' | 'supplementName'>): string =>
  supplementName ?? displayName(PatientName ?? '')

/** The name in any of its writings, or the last four characters of the number. A patient without both cannot be named. */
export function namesPatient(readBack: string, { PatientName, supplementName, PatientID }: Named): boolean {
  const said = plain(readBack)
  const writings = [supplementName ?? '', displayName(PatientName ?? ''), ...(PatientName ?? '').split('=')].map(plain)
  const number = plain(PatientID ?? '')
  const known = [...writings, ...(number.length >= lastCharacters ? [number.slice(-lastCharacters)] : [number])].filter(
    (text) => text !== '',
  )
  return known.length === 0 || known.some((text) => said.includes(text))
}
