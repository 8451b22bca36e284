/** With whom: another patient is looked for, laid beside this one, and chosen with a reason. */
import { Form, Input, Modal } from 'antd'
import { useState } from 'react'
import type { PatientDetail, PatientRow, PatientStudy } from '../api/patient-types.ts'
import { linkPersons, mergePatients, moveStudy } from '../api/patients.ts'
import { useWords } from '../language/language.tsx'
import { useSettled } from '../orders/use-settled.ts'
import { Comparison } from '../shell/comparison.tsx'
import { shellWords } from '../shell/words.ts'
import { PatientTable } from './patient-search.tsx'
import { useDeed } from './use-deed.ts'
import { patientWords } from './words.ts'

export type Choice = { readonly deed: 'merge' | 'person' } | { readonly deed: 'match'; readonly study: PatientStudy }

interface Props {
  readonly patient: PatientDetail
  readonly choice: Choice
  readonly onClose: () => void
}

const valuesOf = (patient: Pick<PatientRow, 'name' | 'sex' | 'birthDate' | 'PatientID' | 'issuer'>) => ({
  PatientName: patient.name,
  PatientSex: patient.sex,
  PatientBirthDate: patient.birthDate,
  PatientID: patient.PatientID,
  IssuerOfPatientID: patient.issuer,
})
const compared = ['PatientName', 'PatientSex', 'PatientBirthDate', 'PatientID', 'IssuerOfPatientID'] as const

export function ChoosePatient({ patient, choice, onClose }: Props) {
  const say = useWords(patientWords)
  const sayShell = useWords(shellWords)
  const [form] = Form.useForm<{ reason: string }>()
  const { busy, perform } = useDeed()
  const [typed, setTyped] = useState(patient.name)
  const [chosen, setChosen] = useState<PatientRow | null>(null)
  const q = useSettled(typed.trim())
  const { deed } = choice
  // Doubles bear the same name: the number tells them apart.
  const called = (one: Pick<PatientRow, 'name' | 'PatientID'>) => `${one.name || sayShell('noName')} ${one.PatientID}`.trim()

  const carryOut = async ({ reason }: { reason: string }) => {
    if (!chosen) return
    const deeds = {
      merge: () => mergePatients(patient.id, chosen.id, reason),
      person: () => linkPersons(patient.id, chosen.id, reason),
      match: () => moveStudy(choice.deed === 'match' ? choice.study.StudyInstanceUID : '', chosen.id, reason),
    }
    if (await perform(deeds[deed], say(`${deed}Done`))) onClose()
  }
  return (
    <Modal
      open
      width={860}
      title={say(`${deed}Ask`, { name: called(patient) })}
      okText={chosen ? say(`${deed}Ok`, { name: called(chosen) }) : say('chooseFirst')}
      okButtonProps={{ disabled: chosen === null, danger: deed !== 'person' }}
      confirmLoading={busy}
      onOk={form.submit}
      onCancel={onClose}
    >
      <p className="quiet">{say(`${deed}Text`)}</p>
      <Input
        type="search"
        allowClear
        autoFocus
        value={typed}
        placeholder={say('search')}
        aria-label={say('search')}
        onChange={({ target }) => {
          setTyped(target.value)
          setChosen(null)
        }}
      />
      <div className="choose-patient">
        <PatientTable q={q} chosen={chosen?.id ?? ''} except={patient.id} onChoose={setChosen} />
      </div>
      {chosen && (
        <Comparison
          attributes={compared}
          columns={[
            { key: 'this', head: say('thisOne'), values: valuesOf(patient) },
            { key: 'chosen', head: say('chosen'), values: valuesOf(chosen) },
          ]}
        />
      )}
      <Form form={form} layout="vertical" requiredMark={false} onFinish={carryOut}>
        <Form.Item name="reason" label={say('reason')} rules={[{ required: true, whitespace: true, message: sayShell('reasonNeeded') }]}>
          <Input.TextArea autoSize={{ minRows: 2, maxRows: 4 }} maxLength={500} />
        </Form.Item>
      </Form>
    </Modal>
  )
}
