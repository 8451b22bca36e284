/** What the centre may still do with a signed report: take the signature back, add to it, correct it, retract it. Buttons come from the server's verbs. */
import { Button, Form, Input, Modal, Radio, Space } from 'antd'
import { useState } from 'react'
import type { ReportDetail } from '../api/reports.ts'
import { useDeed, useWorkitem } from '../api/workitems.ts'
import { useWords } from '../language/language.tsx'
import { Ask } from '../shell/ask.tsx'
import { navigate } from '../shell/router.ts'
import { useAttempt } from './attempt.ts'
import { reportWords } from './words.ts'

const classes = ['typo', 'missed', 'misread', 'side', 'identity'] as const

interface Amending {
  readonly amending: 'addendum' | 'correction'
  readonly amendingClass?: string
  readonly reason?: string
}

export function Amendments({ report }: { report: ReportDetail }) {
  const say = useWords(reportWords)
  const workitem = useWorkitem(report.workitem).data
  const deed = useDeed()
  const attempt = useAttempt()
  const [asked, setAsked] = useState<'amend' | 'retract' | null>(null)
  const [form] = Form.useForm<Amending>()
  if (workitem === undefined) return null
  const { id, generation } = workitem
  const verbs: readonly string[] = workitem.verbs
  const { name } = report.patient
  const open = () => navigate(`/reading/${encodeURIComponent(id)}`)
  const perform = (verb: string, body: object, done?: string) => attempt(() => deed.mutateAsync({ id, verb, generation, ...body }), done)

  return (
    <Space wrap>
      <Button onClick={open}>{say('open')}</Button>
      {report.standing && verbs.includes('unsign') && (
        <Button
          danger
          loading={deed.isPending}
          onClick={async () => {
            if ((await perform('unsign', {}, say('unsigned'))) !== undefined) open()
          }}
        >
          {say('unsign')}
        </Button>
      )}
      {report.standing && verbs.includes('amend') && <Button onClick={() => setAsked('amend')}>{say('amend')}</Button>}
      {report.standing && verbs.includes('retract') && (
        <Button danger onClick={() => setAsked('retract')}>
          {say('retract')}
        </Button>
      )}
      <Modal
        open={asked === 'amend'}
        title={say('amendAsk', { name })}
        okText={say('begin')}
        confirmLoading={deed.isPending}
        onOk={form.submit}
        onCancel={() => setAsked(null)}
        destroyOnHidden
      >
        <Form
          form={form}
          layout="vertical"
          requiredMark={false}
          preserve={false}
          initialValues={{ amending: 'addendum' }}
          onFinish={async (values) => {
            if ((await perform('amend', values)) !== undefined) open()
          }}
        >
          <Form.Item name="amending">
            <Radio.Group
              options={[
                { value: 'addendum', label: say('addendumDo') },
                { value: 'correction', label: say('correctionDo') },
              ]}
            />
          </Form.Item>
          <Form.Item noStyle shouldUpdate>
            {({ getFieldValue }) =>
              getFieldValue('amending') === 'correction' ? (
                <>
                  <p className="quiet">{say('correctionText')}</p>
                  <Form.Item name="amendingClass" label={say('class')} rules={[{ required: true, message: say('class') }]}>
                    <Radio.Group options={classes.map((value) => ({ value, label: say(`class_${value}`) }))} />
                  </Form.Item>
                  <Form.Item name="reason" label={say('reason')} rules={[{ required: true, whitespace: true, message: say('reason') }]}>
                    <Input.TextArea autoSize={{ minRows: 2, maxRows: 5 }} maxLength={500} />
                  </Form.Item>
                </>
              ) : (
                <p className="quiet">{say('addendumText')}</p>
              )
            }
          </Form.Item>
        </Form>
      </Modal>
      <Ask
        open={asked === 'retract'}
        title={say('retractAsk', { name })}
        ok={say('retract')}
        danger
        busy={deed.isPending}
        fields={[{ name: 'reason', label: say('reason'), required: true }]}
        onOk={async ({ reason = '' }) => {
          if ((await perform('retract', { reason }, say('retracted'))) !== undefined) setAsked(null)
        }}
        onCancel={() => setAsked(null)}
      >
        <p>{say('retractWarn')}</p>
      </Ask>
    </Space>
  )
}
