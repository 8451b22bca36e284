/** Who it is for: the card's number first; sex and date of birth follow from it and then cannot be typed over. */
import { AutoComplete, Button, ConfigProvider, Form, Input, Radio } from 'antd'
import { useDeferredValue, useEffect, useRef, useState } from 'react'
import type { EarlierPatient } from '../api/order-types.ts'
import { useEarlierPatients } from '../api/orders.ts'
import { sexWords } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { say as sayPair } from '../language/words.ts'
import { EarlierPatientLine } from './earlier-patients.tsx'
import { dateOf, type Entry, filledFrom, writtenDate, yearsOn } from './entry.ts'
import { IdCardField, useIdCard } from './id-card-field.tsx'
import { useSettled } from './use-settled.ts'
import { orderWords } from './words.ts'

/** Options may bear the same name: the value of one is the name and its place. */
const separator = '\u0000'
const nameIn = (value: unknown): string => String(value ?? '').split(separator)[0] ?? ''

interface Props {
  /** The number on file, masked; null for a new order. */
  readonly onFile: string | null
  /** The exam has begun: whom it is for stands. */
  readonly settled: boolean
}

export function PatientFields({ onFile, settled }: Props) {
  const say = useWords(orderWords)
  const { language } = useLanguage()
  const form = Form.useFormInstance<Entry>()
  const idCard = useIdCard(Form.useWatch('idCardNumber', form) ?? '')
  const birthDate = Form.useWatch('birthDate', form) ?? ''
  const name = useDeferredValue(Form.useWatch('PatientName', form) ?? '')
  const PatientID = Form.useWatch('PatientID', form) ?? ''
  const { check } = idCard

  // What came from a number goes with it: a wrong card leaves no sex and no date behind.
  const derived = useRef(false)
  useEffect(() => {
    if (check) form.setFieldsValue({ sex: check.sex, birthDate: writtenDate(check.birthDate ?? '') })
    else if (derived.current) form.setFieldsValue({ sex: null, birthDate: '' })
    derived.current = check !== undefined
  }, [check, form])

  // Somebody chosen closes the list at once: an Enter that comes quickly after goes on to the next field and never takes the next person.
  const [typing, setTyping] = useState(false)
  const settledName = useSettled(typing ? name.trim() : '')
  const byName = useEarlierPatients(settledName.length > 1 || /\p{Script=Han}/u.test(settledName) ? settledName : '')
  const known = (check?.patients ?? []).filter((patient) => patient.PatientID !== PatientID).slice(0, 3)
  const fill = (patient: EarlierPatient) => {
    const { sex, birthDate, ...who } = filledFrom(patient)
    setTyping(false)
    form.setFieldsValue(check ? who : { ...who, sex, birthDate })
    form.focusField('PatientName')
  }
  const options = (typing ? (byName.data ?? []) : []).map((patient, at) => ({
    value: `${nameIn(filledFrom(patient).PatientName)}${separator}${at}`,
    label: <EarlierPatientLine patient={patient} />,
    patient,
  }))
  const years = yearsOn(birthDate, new Date())
  const isDate = async (_: unknown, typed = '') => {
    if (typed.trim() === '') return
    if (dateOf(typed) === undefined) throw new Error(say('birthWrong'))
    if (yearsOn(typed, new Date()) === undefined) throw new Error(say('birthAhead'))
  }

  return (
    <ConfigProvider componentDisabled={settled}>
      <fieldset>
        <legend>{say('patientPart')}</legend>
        <IdCardField idCard={idCard} onFile={onFile}>
          {known.length > 0 && (
            <ul className="earlier" aria-label={say('earlier')}>
              {known.map((patient) => (
                <li key={`${patient.PatientID} ${patient.PatientName}`}>
                  <span className="quiet term-fixed">{say('earlier')}</span> <EarlierPatientLine patient={patient} />
                  <Button onClick={() => fill(patient)}>{say('fillIn')}</Button>
                </li>
              ))}
            </ul>
          )}
        </IdCardField>
        <Form.Item<Entry>
          name="PatientName"
          label={say('name')}
          rules={[{ required: true, whitespace: true, message: say('required') }]}
          getValueFromEvent={nameIn}
        >
          <AutoComplete
            options={options}
            defaultActiveFirstOption={false}
            onSearch={() => setTyping(true)}
            onSelect={(_, { patient }) => fill(patient)}
            popupMatchSelectWidth={480}
          >
            <Input maxLength={64} autoComplete="off" />
          </AutoComplete>
        </Form.Item>
        <div className="two-columns">
          <Form.Item<Entry>
            name="sex"
            label={say('sex')}
            rules={[{ required: true, message: say('choose') }]}
            extra={check ? say('derived') : undefined}
          >
            <Radio.Group
              optionType="button"
              disabled={settled || check !== undefined}
              options={Object.entries(sexWords).map(([value, pair]) => ({ value, label: sayPair(pair, language) }))}
            />
          </Form.Item>
          <Form.Item<Entry>
            name="birthDate"
            label={say('birthDate')}
            validateTrigger="onBlur"
            rules={[{ validator: isDate }]}
            extra={check ? say('derived') : say('birthHint')}
          >
            <Input
              className="number"
              readOnly={check !== undefined}
              maxLength={11}
              suffix={<span className="quiet">{years === undefined ? '' : say('years', { n: years })}</span>}
            />
          </Form.Item>
          <Form.Item<Entry> name="PatientID" label={say('PatientID')} extra={say('PatientIDHint')}>
            <Input maxLength={64} autoComplete="off" className="number" />
          </Form.Item>
          <Form.Item<Entry> name="phone" label={say('phone')}>
            <Input maxLength={32} autoComplete="off" className="number" inputMode="tel" />
          </Form.Item>
        </div>
      </fieldset>
    </ConfigProvider>
  )
}
