/** Storage commitment (PS3.4 Annex J): devices asked whether they keep what they were sent, and what they asked us. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Form, Input, Select, Table } from 'antd'
import { useState } from 'react'
import { request, sentenceOf } from '../api/http.ts'
import type { AE, Commitment } from '../api/types.ts'
import { exactTime } from '../clock.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { settingsWords } from './words.ts'

interface Asked {
  readonly title: string
  readonly StudyInstanceUID: string
}

export function Commitments({ devices }: { devices: readonly AE[] }) {
  const say = useWords(settingsWords)
  const { language } = useLanguage()
  const { message } = App.useApp()
  const queries = useQueryClient()
  const [busy, setBusy] = useState(false)
  const query = useQuery({
    queryKey: ['commitments'],
    queryFn: () => request<{ readonly items: readonly Commitment[] }>('GET', '/api/commitments?limit=20'),
  })
  const ask = async ({ title, StudyInstanceUID }: Asked) => {
    setBusy(true)
    try {
      await request('POST', `/api/ae/${encodeURIComponent(title)}/commitment`, { body: { StudyInstanceUID: StudyInstanceUID.trim() } })
      await queries.invalidateQueries({ queryKey: ['commitments'] })
    } catch (error) {
      message.error(sentenceOf(error, language))
    } finally {
      setBusy(false)
    }
  }
  const callable = devices.filter(({ host, port, enabled }) => enabled && host !== null && port !== null)
  const required = { required: true, message: say('required') }
  return (
    <section className="commitments">
      <h2>{say('commitment')}</h2>
      <Form<Asked> layout="inline" requiredMark={false} onFinish={(asked) => void ask(asked)}>
        <Form.Item name="title" label={say('AETitle')} rules={[required]}>
          <Select style={{ width: '12rem' }} options={callable.map(({ title }) => ({ value: title, label: title }))} />
        </Form.Item>
        <Form.Item
          name="StudyInstanceUID"
          label="StudyInstanceUID"
          rules={[required, { pattern: /^\s*[0-9.]{1,64}\s*$/, message: say('uidRule') }]}
        >
          <Input style={{ width: '24rem' }} maxLength={70} />
        </Form.Item>
        <Button htmlType="submit" loading={busy}>
          {say('commitmentAsk')}
        </Button>
      </Form>
      <Answer query={query}>
        {({ items }) => (
          <Table<Commitment>
            rowKey="id"
            size="small"
            pagination={false}
            dataSource={[...items]}
            locale={{ emptyText: say('emptyCommitments') }}
            columns={[
              { title: say('at'), className: 'number', render: (_, { requestedAt }) => exactTime(requestedAt) },
              { title: say('AETitle'), render: (_, { AETitle, role }) => `${AETitle} · ${say(`commitment ${role}`)}` },
              { title: 'StudyInstanceUID', className: 'number', dataIndex: 'StudyInstanceUID' },
              { title: say('commitmentInstances'), className: 'number', dataIndex: 'instances' },
              {
                title: say('outcome'),
                render: (_, { state, failures, lastError }) => (
                  <>
                    {say(`commitment ${state}`)}
                    {failures !== null && failures.length > 0 && ` · ${say('commitmentFailures', { n: failures.length })}`}
                    {lastError !== null && <div className="quiet">{lastError}</div>}
                  </>
                ),
              },
            ]}
          />
        )}
      </Answer>
    </section>
  )
}
