/** What is to be done, where, how soon and for whom. */
import { AutoComplete, DatePicker, Form, Input, Radio, Select } from 'antd'
import dayjs from 'dayjs'
import { type Order, patientClasses } from '../api/order-types.ts'
import { useMachines } from '../api/orders.ts'
import { named, patientClassWords, urgencyText, urgencyWords } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { say as sayPair } from '../language/words.ts'
import { type Entry, hasBed } from './entry.ts'
import { bodyPartPairs, modalities, modalityWords, proceduresOf } from './procedures.ts'
import { orderWords } from './words.ts'

interface Props {
  /** Other orders: departments and doctors that were named today are offered. */
  readonly orders: readonly Order[]
  /** The exam has begun: what it is stands; what the doctor should know may still be said. */
  readonly settled: boolean
}

// Enter goes on with what was typed: 外科 is not 神经外科, 3病区 not 13病区. A suggestion is taken by arrow or mouse.
const offered = (values: readonly (string | null)[]) => [...new Set(values)].filter(Boolean).map((value) => ({ value: value as string }))
const holds = (typed: string, option?: { value?: unknown }) => String(option?.value ?? '').includes(typed.trim())

export function ExamFields({ orders, settled }: Props) {
  const say = useWords(orderWords)
  const { language } = useLanguage()
  const form = Form.useFormInstance<Entry>()
  const modality = Form.useWatch('modality', form) ?? ''
  const patientClass = Form.useWatch('patientClass', form) ?? null
  const machines = useMachines()
  const procedures = proceduresOf(modality)
  return (
    <fieldset>
      <legend>{say('examPart')}</legend>
      <Form.Item<Entry> name="modality" label={say('modality')} rules={[{ required: true, message: say('choose') }]}>
        <Radio.Group
          optionType="button"
          disabled={settled}
          options={modalities.map((value) => ({ value, label: named(modalityWords, value, language) }))}
        />
      </Form.Item>
      <div className="two-columns">
        <Form.Item<Entry>
          name="procedure"
          label={say('procedure')}
          rules={[{ required: true, whitespace: true, message: say('required') }]}
        >
          <AutoComplete
            disabled={settled}
            options={procedures.map(({ text }) => ({ value: text }))}
            filterOption={holds}
            onChange={(text: string) => {
              const chosen = procedures.find((procedure) => procedure.text === text)
              if (chosen) form.setFieldValue('bodyPart', chosen.bodyPart)
            }}
          >
            <Input maxLength={64} placeholder={say('procedureHint')} />
          </AutoComplete>
        </Form.Item>
        <Form.Item<Entry> name="bodyPart" label={say('bodyPart')}>
          <Select
            disabled={settled}
            allowClear
            showSearch={{ optionFilterProp: 'label' }}
            options={Object.entries(bodyPartPairs).map(([value, pair]) => ({ value, label: sayPair(pair, language) }))}
          />
        </Form.Item>
        <Form.Item<Entry> name="AETitle" label={say('machine')}>
          <Select
            disabled={settled}
            loading={machines.isPending}
            options={[
              { value: null, label: say('anyMachine') },
              ...(machines.data ?? []).map(({ AETitle, description }) => ({
                value: AETitle,
                label: description ? `${description} (${AETitle})` : AETitle,
              })),
            ]}
          />
        </Form.Item>
        <Form.Item<Entry>
          name="scheduledAt"
          label={say('scheduledAt')}
          getValueProps={(value?: string) => ({ value: value ? dayjs(value) : null })}
          getValueFromEvent={(value: dayjs.Dayjs | null) => value?.toISOString() ?? ''}
        >
          <DatePicker
            disabled={settled}
            showTime={{ format: 'HH:mm', minuteStep: 5 }}
            format="YYYY-MM-DD HH:mm"
            placeholder={say('now')}
            className="wide"
          />
        </Form.Item>
      </div>
      <Form.Item<Entry> name="urgency" label={say('urgency')}>
        <Radio.Group
          optionType="button"
          options={urgencyWords.map((_, urgency) => ({ value: urgency, label: urgencyText(urgency, language) }))}
        />
      </Form.Item>
      <Form.Item<Entry> name="clinicalInformation" label={say('clinical')}>
        <Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} placeholder={say('clinicalHint')} maxLength={4000} />
      </Form.Item>
      <Form.Item<Entry> name="patientClass" label={say('patientClass')}>
        <Radio.Group
          optionType="button"
          options={patientClasses.map((value) => ({ value, label: named(patientClassWords, value, language) }))}
        />
      </Form.Item>
      <div className="two-columns">
        <Form.Item<Entry> name="department" label={say('department')}>
          <AutoComplete options={offered(orders.map(({ department }) => department))} filterOption={holds} defaultActiveFirstOption={false}>
            <Input maxLength={64} />
          </AutoComplete>
        </Form.Item>
        {hasBed({ patientClass }) && (
          <>
            <Form.Item<Entry> name="ward" label={say('ward')}>
              <AutoComplete options={offered(orders.map(({ ward }) => ward))} filterOption={holds} defaultActiveFirstOption={false}>
                <Input maxLength={32} placeholder={say('wardHint')} />
              </AutoComplete>
            </Form.Item>
            <Form.Item<Entry> name="bed" label={say('bed')}>
              <Input maxLength={16} autoComplete="off" className="number" />
            </Form.Item>
          </>
        )}
        <Form.Item<Entry> name="requester" label={say('requester')}>
          <AutoComplete options={offered(orders.map(({ requester }) => requester))} filterOption={holds} defaultActiveFirstOption={false}>
            <Input maxLength={64} />
          </AutoComplete>
        </Form.Item>
      </div>
    </fieldset>
  )
}
