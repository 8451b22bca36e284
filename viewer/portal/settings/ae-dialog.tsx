/** One Application Entity: who it is, where it is called, what it may do, in which characters it is spoken to. */
import { Form, Input, InputNumber, Radio, Select, Switch } from 'antd'
import { request } from '../api/http.ts'
import { useInstitutions } from '../api/institutions.ts'
import type { AE } from '../api/types.ts'
import { useWords } from '../language/language.tsx'
import { settleHost } from './ae-rules.ts'
import { EditDialog } from './editable.tsx'
import { settingsWords } from './words.ts'

/** Specific Character Set (0008,0005) terms that a device may forget to declare. PS3.3 §C.12.1.1.2. */
const fallbackCharacterSets = ['GB18030', 'GBK', 'ISO_IR 192', 'ISO_IR 100', 'ISO 2022 IR 58'] as const
/** Those that the worklist is written in; with the last two names are in pinyin. */
const worklistCharacterSets = ['ISO_IR 192', 'GB18030', 'GBK', 'ISO 2022 IR 58', 'ISO_IR 100', 'ISO_IR 6'] as const
const permissions = ['mayStore', 'mayQuery', 'mayRetrieve', 'mayWorklist', 'mayReject', 'enabled'] as const

interface Entered extends Omit<AE, 'institution' | 'lastSeen'> {
  readonly institution: number
}

export function AEDialog({ ae, onClose }: { ae: AE | null; onClose: () => void }) {
  const say = useWords(settingsWords)
  const institutions = useInstitutions()
  const save = async ({ host, ...entered }: Entered) => {
    await request('PUT', `/api/ae/${encodeURIComponent(entered.title)}`, { body: { ...entered, host: host?.trim() || null } })
  }
  const required = { required: true, message: say('required') }
  const isHost = async (_: unknown, host: string | null) => {
    if (host && settleHost(host) === undefined) throw new Error(say('hostRule'))
  }
  return (
    <EditDialog<Entered>
      width={760}
      title={ae?.title}
      queryKey="ae"
      nameOf={({ title }) => title}
      save={save}
      onClose={onClose}
      initialValues={{
        host: '',
        port: null,
        tls: false,
        maxAssociations: null,
        requiresIdentity: false,
        readAtCounty: true,
        quietSeconds: 60,
        fallbackCharacterSet: null,
        worklistCharacterSet: 'ISO_IR 192',
        mayStore: true,
        mayQuery: false,
        mayRetrieve: false,
        mayWorklist: true,
        mayReject: false,
        description: '',
        enabled: true,
        ...ae,
        ...(ae ? { institution: ae.institution?.id } : {}),
      }}
    >
      <div className="two-columns">
        <Form.Item
          name="title"
          label={say('AETitle')}
          rules={[required, { pattern: /^[\x20-\x5b\x5d-\x7e]{1,16}$/, message: say('AETitleRule') }]}
        >
          <Input disabled={ae !== null} maxLength={16} />
        </Form.Item>
        <Form.Item name="institution" label={say('institution')} rules={[required]}>
          <Select
            showSearch={{ optionFilterProp: 'label' }}
            options={(institutions.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          />
        </Form.Item>
        <Form.Item name="description" label={say('description')} extra={say('descriptionHint')}>
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
        <Form.Item name="host" label={say('host')} extra={say('hostHint')} validateTrigger="onBlur" rules={[{ validator: isHost }]}>
          <Input maxLength={253} />
        </Form.Item>
        <div className="two-columns">
          <Form.Item
            name="port"
            label={say('port')}
            dependencies={['host']}
            rules={[({ getFieldValue }) => ({ required: Boolean(getFieldValue('host')), message: say('portRule') })]}
          >
            <InputNumber min={1} max={65_535} precision={0} />
          </Form.Item>
          <Form.Item name="tls" label={say('tls')} valuePropName="checked">
            <Switch />
          </Form.Item>
        </div>
      </div>
      <div className="switches">
        {permissions.map((name) => (
          <Form.Item key={name} name={name} label={say(name)} valuePropName="checked" layout="horizontal">
            <Switch />
          </Form.Item>
        ))}
      </div>
      <div className="two-columns">
        <Form.Item name="worklistCharacterSet" label={say('worklistCharacterSet')} extra={say('worklistHint')}>
          <Select options={worklistCharacterSets.map((value) => ({ value, label: say(`set ${value}`) }))} />
        </Form.Item>
        <Form.Item name="fallbackCharacterSet" label={say('fallbackCharacterSet')} extra={say('fallbackHint')}>
          <Select options={[{ value: null, label: say('none') }, ...fallbackCharacterSets.map((value) => ({ value, label: value }))]} />
        </Form.Item>
        <Form.Item name="quietSeconds" label={say('quietSeconds')} extra={say('quietHint')} rules={[required]}>
          <InputNumber min={5} max={86_400} precision={0} />
        </Form.Item>
        <Form.Item name="maxAssociations" label={say('maxAssociations')} extra={say('maxAssociationsHint')}>
          <InputNumber min={1} max={1_000} precision={0} placeholder={say('noLimit')} />
        </Form.Item>
        <Form.Item name="requiresIdentity" label={say('requiresIdentity')} extra={say('requiresIdentityHint')} valuePropName="checked">
          <Switch />
        </Form.Item>
      </div>
    </EditDialog>
  )
}
