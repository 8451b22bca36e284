/** What an order says, as a list of facts: on its page and on the slip. */
import type { Order } from '../api/order-types.ts'
import { exactTime } from '../clock.ts'
import { named, patientClassWords, sexText, urgencyText } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { personName } from '../language/person-name.ts'
import { writtenDate, yearsOn } from './entry.ts'
import { bodyPartPairs, modalityWords } from './procedures.ts'
import { orderWords } from './words.ts'

export function OrderFacts({ order }: { order: Order }) {
  const say = useWords(orderWords)
  const { language } = useLanguage()
  const { patient } = order
  const years = yearsOn(patient.birthDate ?? '', new Date())
  const rows: readonly (readonly [keyof typeof orderWords, string])[] = [
    ['name', personName(patient.PatientName)],
    ['sex', patient.sex ? sexText(patient.sex, language) : ''],
    ['age', years === undefined ? '' : say('years', { n: years })],
    ['birthDate', writtenDate(patient.birthDate ?? '')],
    ['number', patient.PatientID],
    ['idCard', patient.idCardNumber ?? ''],
    ['phone', patient.phone ?? ''],
    ['modality', named(modalityWords, order.modality, language)],
    ['procedure', order.procedure],
    ['bodyPart', order.bodyPart ? named(bodyPartPairs, order.bodyPart, language) : ''],
    ['machine', order.AETitle ?? ''],
    ['urgency', urgencyText(order.urgency, language)],
    ['scheduledAt', exactTime(order.scheduledAt)],
    ['patientClass', order.patientClass ? named(patientClassWords, order.patientClass, language) : ''],
    ['department', order.department],
    ['ward', order.ward],
    ['bed', order.bed],
    ['requester', order.requester],
    ['orderedBy', [order.createdBy, exactTime(order.createdAt)].join(' ')],
    ['clinical', order.clinicalInformation],
  ]
  return (
    <dl className="order-facts">
      {rows
        .filter(([, value]) => value.trim() !== '')
        .map(([key, value]) => (
          <div key={key} className={key === 'clinical' ? 'whole-line' : undefined}>
            <dt>{say(key)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}
