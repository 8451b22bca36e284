/** The institutions of the county; a device and an account each belong to one. */
import { useQueryClient } from '@tanstack/react-query'
import { App, Button, Form, Input, Modal, Select, Switch, Table, Tag } from 'antd'
import { useState } from 'react'
import { request, sentenceOf } from '../api/http.ts'
import { useInstitutions } from '../api/institutions.ts'
import type { Institution, InstitutionLevel } from '../api/types.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { settingsWords } from './words.ts'

const levels: readonly InstitutionLevel[] = ['province', 'city', 'county', 'township', 'village']

export function InstitutionTable() {
  const say = useWords(settingsWords)
  const [editing, setEditing] = useState<Institution | 'new' | null>(null)
  const query = useInstitutions()
  return (
    <Answer query={query}>
      {(rows) => {
        const names = new Map(rows.map(({ id, name }) => [id, name]))
        return (
          <>
            <div className="table-head">
              <Button type="primary" onClick={() => setEditing('new')}>
                {say('add')}
              </Button>
            </div>
            <Table<Institution>
              rowKey="code"
              size="small"
              pagination={false}
              dataSource={[...rows]}
              locale={{ emptyText: say('emptyInstitutions') }}
              columns={[
                { title: say('code'), dataIndex: 'code', render: (code: string) => <code>{code}</code> },
                { title: say('name'), dataIndex: 'name' },
                { title: say('level'), render: (_, { level }) => say(level) },
                { title: say('parent'), render: (_, { parent }) => (parent === null ? '' : (names.get(parent) ?? '')) },
                { title: say('phone'), dataIndex: 'phone', className: 'number' },
                { title: '', render: (_, { readingCentre }) => readingCentre && <Tag color="blue">{say('readingCentre')}</Tag> },
                {
                  title: '',
                  render: (_, institution) => (
                    <Button size="small" onClick={() => setEditing(institution)}>
                      {say('edit')}
                    </Button>
                  ),
                },
              ]}
            />
            {editing && <InstitutionForm institution={editing === 'new' ? null : editing} others={rows} onClose={() => setEditing(null)} />}
          </>
        )
      }}
    </Answer>
  )
}

interface FormProps {
  readonly institution: Institution | null
  readonly others: readonly Institution[]
  readonly onClose: () => void
}

function InstitutionForm({ institution, others, onClose }: FormProps) {
  const say = useWords(settingsWords)
  const { language } = useLanguage()
  const { message } = App.useApp()
  const queries = useQueryClient()
  const [form] = Form.useForm<Institution>()
  const [busy, setBusy] = useState(false)
  const save = async ({ code, ...entered }: Institution) => {
    setBusy(true)
    try {
      await request('PUT', `/api/institutions/${encodeURIComponent(code)}`, { body: entered })
      message.success(say('saved', { name: entered.name }))
      await queries.invalidateQueries({ queryKey: ['institutions'] })
      onClose()
    } catch (error) {
      message.error(sentenceOf(error, language))
    } finally {
      setBusy(false)
    }
  }
  const required = { required: true, message: say('required') }
  return (
    <Modal
      open
      title={institution ? institution.name : say('add')}
      okText={say('save')}
      confirmLoading={busy}
      onOk={form.submit}
      onCancel={onClose}
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        onFinish={save}
        initialValues={{
          shortName: null,
          level: 'township',
          parent: null,
          readingCentre: false,
          address: null,
          phone: null,
          ...institution,
        }}
      >
        <div className="two-columns">
          <Form.Item
            name="code"
            label={say('code')}
            rules={[required, { pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/, message: say('codeRule') }]}
          >
            <Input disabled={institution !== null} maxLength={32} />
          </Form.Item>
          <Form.Item name="level" label={say('level')}>
            <Select options={levels.map((value) => ({ value, label: say(value) }))} />
          </Form.Item>
          <Form.Item name="name" label={say('name')} rules={[required]}>
            <Input maxLength={64} />
          </Form.Item>
          <Form.Item name="shortName" label={say('shortName')}>
            <Input maxLength={32} />
          </Form.Item>
        </div>
        <Form.Item name="parent" label={say('parent')}>
          <Select
            showSearch={{ optionFilterProp: 'label' }}
            options={[
              { value: null, label: say('none') },
              ...others.filter(({ id }) => id !== institution?.id).map(({ id, name }) => ({ value: id, label: name })),
            ]}
          />
        </Form.Item>
        <div className="two-columns">
          <Form.Item name="address" label={say('place')}>
            <Input maxLength={200} />
          </Form.Item>
          <Form.Item name="phone" label={say('phone')}>
            <Input maxLength={64} />
          </Form.Item>
        </div>
        <Form.Item name="readingCentre" label={say('readingCentre')} valuePropName="checked" layout="horizontal">
          <Switch />
        </Form.Item>
      </Form>
    </Modal>
  )
}
