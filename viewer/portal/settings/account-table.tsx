/** People and their roles; an account belongs to one institution. */
import { useQuery } from '@tanstack/react-query'
import { App, Checkbox, Form, Input, Radio, Select, Switch, Tag } from 'antd'
import { request } from '../api/http.ts'
import { useInstitutions } from '../api/institutions.ts'
import type { AccountRow, Role } from '../api/types.ts'
import { exactTime } from '../clock.ts'
import { named, roleWords } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { EditableTable, EditDialog } from './editable.tsx'
import { settingsWords } from './words.ts'

const roles: Readonly<Record<AccountRow['kind'], readonly Role[]>> = {
  person: ['technologist', 'radiologist', 'reviewer', 'chief', 'coordinator', 'quality', 'clinician', 'administrator'],
  program: ['sender', 'receiver', 'performer'],
}

interface Entered {
  readonly username: string
  readonly displayName: string
  readonly institution: number
  readonly roles: readonly Role[]
  readonly kind: AccountRow['kind']
  readonly password?: string
  readonly enabled: boolean
  readonly renewToken?: boolean
}

export function AccountTable() {
  const say = useWords(settingsWords)
  const { language } = useLanguage()
  const query = useQuery({ queryKey: ['accounts'], queryFn: () => request<readonly AccountRow[]>('GET', '/api/accounts') })
  return (
    <EditableTable<AccountRow>
      query={query}
      rowKey="username"
      empty={say('emptyAccounts')}
      dialog={(account, onClose) => <AccountDialog account={account} onClose={onClose} />}
      columns={[
        { title: say('username'), dataIndex: 'username', render: (username: string) => <code>{username}</code> },
        { title: say('displayName'), dataIndex: 'displayName' },
        { title: say('institution'), render: (_, account) => account.institution.name },
        {
          title: say('roles'),
          render: (_, account) => account.roles.map((role) => <Tag key={role}>{named(roleWords, role, language)}</Tag>),
        },
        { title: say('lastSignIn'), className: 'number', render: (_, account) => exactTime(account.lastSignIn) || say('never') },
        { title: say('enabled'), render: (_, account) => say(account.enabled ? 'enabled' : 'disabled') },
      ]}
    />
  )
}

function AccountDialog({ account, onClose }: { account: AccountRow | null; onClose: () => void }) {
  const say = useWords(settingsWords)
  const { modal } = App.useApp()
  const institutions = useInstitutions()
  const save = async ({ password, ...entered }: Entered) => {
    const body = { ...entered, ...(password ? { password } : {}) }
    const { token } = account
      ? await request<{ token?: string }>('PUT', `/api/accounts/${encodeURIComponent(account.username)}`, { body })
      : await request<{ token?: string }>('POST', '/api/accounts', { body })
    if (token) modal.info({ title: say('tokenOnce', { name: entered.displayName }), content: <code>{token}</code>, width: 560 })
  }
  const required = { required: true, message: say('required') }
  return (
    <EditDialog<Entered>
      title={account?.displayName}
      queryKey="accounts"
      nameOf={({ displayName }) => displayName}
      save={save}
      onClose={onClose}
      initialValues={{
        kind: 'person',
        roles: [],
        enabled: true,
        ...account,
        ...(account ? { institution: account.institution.id } : {}),
      }}
    >
      <div className="two-columns">
        <Form.Item name="username" label={say('username')} rules={[required]}>
          <Input disabled={account !== null} maxLength={64} />
        </Form.Item>
        <Form.Item name="displayName" label={say('displayName')} rules={[required]}>
          <Input maxLength={64} />
        </Form.Item>
      </div>
      <Form.Item name="kind" label={say('kind')}>
        <Radio.Group
          optionType="button"
          disabled={account !== null}
          options={[
            { value: 'person', label: say('person') },
            { value: 'program', label: say('program') },
          ]}
        />
      </Form.Item>
      <Form.Item name="institution" label={say('institution')} rules={[required]}>
        <Select
          showSearch={{ optionFilterProp: 'label' }}
          options={(institutions.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        />
      </Form.Item>
      <RolesAndCredentials account={account} />
      <Form.Item name="enabled" label={say('enabled')} valuePropName="checked" layout="horizontal">
        <Switch />
      </Form.Item>
    </EditDialog>
  )
}

/** A person has a password; a program has a token, which is made here and shown once. Each has roles that the other cannot have. */
function RolesAndCredentials({ account }: { account: AccountRow | null }) {
  const say = useWords(settingsWords)
  const kind = Form.useWatch<AccountRow['kind'] | undefined>('kind') ?? account?.kind ?? 'person'
  const { language } = useLanguage()
  const required = { required: true, message: say('required') }
  return (
    <>
      <Form.Item key={kind} name="roles" preserve={false} label={say('roles')} rules={[{ ...required, type: 'array' }]}>
        <Checkbox.Group options={roles[kind].map((value) => ({ value, label: named(roleWords, value, language) }))} />
      </Form.Item>
      {kind === 'person' ? (
        <Form.Item
          name="password"
          label={say(account ? 'newPassword' : 'password')}
          rules={[...(account ? [] : [required]), { min: 10, message: say('passwordRule') }]}
        >
          <Input.Password autoComplete="new-password" />
        </Form.Item>
      ) : (
        account && (
          <Form.Item name="renewToken" label={say('renewToken')} valuePropName="checked" layout="horizontal">
            <Switch />
          </Form.Item>
        )
      )}
    </>
  )
}
