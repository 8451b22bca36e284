/** The Application Entities that may talk to the archive, and the rule per AE: whether its studies are read at the county. */
import { useQuery } from '@tanstack/react-query'
import { Form, Input, InputNumber, Radio, Select, Switch, Tag } from 'antd'
import { request } from '../api/http.ts'
import { useInstitutions } from '../api/institutions.ts'
import type { AE } from '../api/types.ts'
import { exactTime, relativeTime } from '../clock.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { useNow } from '../shell/now.ts'
import { EditableTable, EditDialog } from './editable.tsx'
import { settingsWords } from './words.ts'

/** Specific Character Set (0008,0005) terms that a device may forget to declare. PS3.3 §C.12.1.1.2. */
const characterSets = ['GB18030', 'GBK', 'ISO_IR 192', 'ISO_IR 100', 'ISO 2022 IR 58'] as const

interface Entered extends Omit<AE, 'institution' | 'lastSeen'> {
  readonly institution: number
}

export function AETable() {
  const say = useWords(settingsWords)
  const { language } = useLanguage()
  const now = useNow()
  const query = useQuery({ queryKey: ['ae'], queryFn: () => request<readonly AE[]>('GET', '/api/ae') })
  return (
    <EditableTable<AE>
      query={query}
      rowKey="title"
      empty={say('emptyAE')}
      dialog={(ae, onClose) => <AEDialog ae={ae} onClose={onClose} />}
      columns={[
        { title: say('AETitle'), dataIndex: 'title', render: (title: string) => <code>{title}</code> },
        { title: say('description'), dataIndex: 'description' },
        { title: say('institution'), render: (_, ae) => ae.institution?.name ?? say('none') },
        {
          title: say('rule'),
          render: (_, ae) => <Tag color={ae.readAtCounty ? 'blue' : 'default'}>{say(ae.readAtCounty ? 'readAtCounty' : 'readHere')}</Tag>,
        },
        { title: say('quietSeconds'), dataIndex: 'quietSeconds', className: 'number', align: 'right' },
        { title: say('fallbackCharacterSet'), render: (_, ae) => ae.fallbackCharacterSet ?? say('none') },
        { title: say('host'), className: 'number', render: (_, ae) => (ae.host ? `${ae.host}:${ae.port ?? ''}` : '') },
        {
          title: say('lastSeen'),
          render: (_, ae) => (
            <span title={exactTime(ae.lastSeen)}>{ae.lastSeen ? relativeTime(ae.lastSeen, now, language) : say('never')}</span>
          ),
        },
        { title: say('enabled'), render: (_, ae) => say(ae.enabled ? 'enabled' : 'disabled') },
      ]}
    />
  )
}

function AEDialog({ ae, onClose }: { ae: AE | null; onClose: () => void }) {
  const say = useWords(settingsWords)
  const institutions = useInstitutions()
  const save = async ({ host, ...entered }: Entered) => {
    await request('PUT', `/api/ae/${encodeURIComponent(entered.title)}`, { body: { ...entered, host: host?.trim() || null } })
  }
  const required = { required: true, message: say('required') }
  return (
    <EditDialog<Entered>
      width={640}
      title={ae?.title}
      queryKey="ae"
      nameOf={({ title }) => title}
      save={save}
      onClose={onClose}
      initialValues={{
        host: '',
        port: null,
        readAtCounty: true,
        quietSeconds: 60,
        fallbackCharacterSet: null,
        mayStore: true,
        mayQuery: false,
        description: '',
        enabled: true,
        ...ae,
        ...(ae ? { institution: ae.institution?.id } : {}),
      }}
    >
      <div className="two-columns">
        <Form.Item name="title" label={say('AETitle')} rules={[required, { pattern: /^[^\\]{1,16}$/, message: say('AETitleRule') }]}>
          <Input disabled={ae !== null} maxLength={16} />
        </Form.Item>
        <Form.Item name="institution" label={say('institution')} rules={[required]}>
          <Select
            showSearch={{ optionFilterProp: 'label' }}
            options={(institutions.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          />
        </Form.Item>
      </div>
      <Form.Item name="description" label={say('description')}>
        <Input maxLength={200} />
      </Form.Item>
      <Form.Item name="readAtCounty" label={say('rule')}>
        <Radio.Group
          optionType="button"
          options={[
            { value: true, label: say('readAtCounty') },
            { value: false, label: say('readHere') },
          ]}
        />
      </Form.Item>
      <div className="two-columns">
        <Form.Item name="quietSeconds" label={say('quietSeconds')} extra={say('quietHint')} rules={[required]}>
          <InputNumber min={5} max={86_400} precision={0} />
        </Form.Item>
        <Form.Item name="fallbackCharacterSet" label={say('fallbackCharacterSet')} extra={say('fallbackHint')}>
          <Select options={[{ value: null, label: say('none') }, ...characterSets.map((value) => ({ value, label: value }))]} />
        </Form.Item>
        <Form.Item name="host" label={say('host')}>
          <Input maxLength={255} />
        </Form.Item>
        <Form.Item name="port" label={say('port')}>
          <InputNumber min={1} max={65_535} precision={0} />
        </Form.Item>
      </div>
      <div className="switches">
        {(['mayStore', 'mayQuery', 'enabled'] as const).map((name) => (
          <Form.Item key={name} name={name} label={say(name)} valuePropName="checked" layout="horizontal">
            <Switch />
          </Form.Item>
        ))}
      </div>
    </EditDialog>
  )
}
