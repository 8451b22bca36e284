/** 补充资料: what the machine could not send, kept beside the images. reading.md §10. */
import { Alert, App, Form, Input, Modal, Radio } from 'antd'
import { useState } from 'react'
import { request, sentenceOf } from '../api/http.ts'
import type { BoardStudy, Supplement } from '../api/types.ts'
import { urgencyText, urgencyWords } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { PatientBanner } from '../shell/patient-banner.tsx'
import { boardWords } from './words.ts'

interface Props {
  readonly study: BoardStudy
  readonly onClose: () => void
  readonly onSaved: () => void
}

const empty: Supplement = {
  clinicalInformation: '',
  urgency: null,
  patientName: '',
  pregnancy: null,
  department: '',
  requester: '',
  ward: '',
  bed: '',
}

export function SupplementForm({ study, onClose, onSaved }: Props) {
  const say = useWords(boardWords)
  const { language } = useLanguage()
  const { modal } = App.useApp()
  const [form] = Form.useForm<Supplement>()
  const [failure, setFailure] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const { patient } = study

  const save = async (supplement: Supplement) => {
    setBusy(true)
    setFailure(null)
    try {
      await request('PUT', `/api/studies/${study.StudyInstanceUID}/supplement`, {
        body: { ...empty, ...supplement },
        headers: study.supplement?.rev === undefined ? {} : { 'if-match': `"${study.supplement.rev}"` },
      })
      onSaved()
    } catch (error) {
      setFailure(error)
    } finally {
      setBusy(false)
    }
  }
  const close = () => {
    if (!form.isFieldsTouched()) return onClose()
    modal.confirm({
      title: say('discardAsk', { name: patient.name }),
      okText: say('discard'),
      okType: 'default',
      cancelText: say('goOn'),
      autoFocusButton: 'cancel',
      onOk: onClose,
    })
  }
  return (
    <Modal
      open
      width={640}
      style={{ top: 16 }}
      title={say('supplementTitle', { name: patient.name })}
      okText={say('save')}
      okButtonProps={{ size: 'large' }}
      cancelButtonProps={{ size: 'large' }}
      confirmLoading={busy}
      onOk={form.submit}
      onCancel={close}
      mask={{ closable: false }}
    >
      <PatientBanner patient={patient}>
        <span>
          {study.modality} {study.StudyDescription}
        </span>
      </PatientBanner>
      <p className="quiet">{say('supplementText')}</p>
      <Form form={form} layout="vertical" size="large" initialValues={{ ...empty, ...study.supplement }} onFinish={save}>
        <Form.Item name="clinicalInformation" label={say('clinical')}>
          <Input.TextArea autoFocus autoSize={{ minRows: 3, maxRows: 8 }} placeholder={say('clinicalHint')} maxLength={4000} />
        </Form.Item>
        <Form.Item name="urgency" label={say('urgency')}>
          <Radio.Group
            optionType="button"
            options={urgencyWords.map((_, urgency) => ({ value: urgency, label: urgencyText(urgency, language) }))}
          />
        </Form.Item>
        <div className="two-columns">
          <Form.Item name="patientName" label={say('patientName')}>
            <Input maxLength={64} />
          </Form.Item>
          <Form.Item name="pregnancy" label={say('pregnancy')}>
            <Radio.Group
              optionType="button"
              options={[
                { value: null, label: say('unknown') },
                { value: false, label: say('no') },
                { value: true, label: say('yes') },
              ]}
            />
          </Form.Item>
          <Form.Item name="department" label={say('department')}>
            <Input maxLength={64} />
          </Form.Item>
          <Form.Item name="ward" label={say('ward')}>
            <Input maxLength={32} />
          </Form.Item>
          <Form.Item name="bed" label={say('bed')}>
            <Input maxLength={16} />
          </Form.Item>
          <Form.Item name="requester" label={say('requester')}>
            <Input maxLength={64} />
          </Form.Item>
        </div>
        {failure !== null && <Alert type="error" showIcon title={sentenceOf(failure, language)} />}
      </Form>
    </Modal>
  )
}
