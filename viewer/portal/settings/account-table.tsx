/** People and their roles; an account belongs to one institution. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Checkbox, Form, Input, Modal, Radio, Select, Switch, Table, Tag } from 'antd'
import { useState } from 'react'
import { request, sentenceOf } from '../api/http.ts'
import { useInstitutions } from '../api/institutions.ts'
import type { AccountRow, Role } from '../api/types.ts'
import { exactTime } from '../clock.ts'
import { named, roleWords } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { settingsWords } from './words.ts'

const roles = Object.keys(roleWords) as Role[]

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
  const [editing, setEditing] = useState<AccountRow | 'new' | null>(null)
  const query = useQuery({ queryKey: ['accounts'], queryFn: () => request<readonly AccountRow[]>('GET', '/api/accounts') })
  return (
    <Answer query={query}>
      {(rows) => (
        <>
          <div className="table-head">
            <Button type="primary" onClick={() => setEditing('new')}>
              {say('add')}
            </Button>
          </div>
          <Table<AccountRow>
            rowKey="username"
            size="small"
            pagination={rows.length > 50 ? { pageSize: 50 } : false}
            dataSource={[...rows]}
            locale={{ emptyText: say('emptyAccounts') }}
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
              {
                title: '',
                render: (_, account) => (
                  <Button size="small" onClick={() => setEditing(account)}>
                    {say('edit')}
                  </Button>
                ),
              },
            ]}
          />
          {editing && <AccountForm account={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
        </>
      )}
    </Answer>
  )
}

function AccountForm({ account, onClose }: { account: AccountRow | null; onClose: () => void }) {
  const say = useWords(settingsWords)
  const { language } = useLanguage()
  const { message, modal } = App.useApp()
  const queries = useQueryClient()
  const institutions = useInstitutions()
  const [form] = Form.useForm<Entered>()
  const kind = Form.useWatch('kind', form) ?? account?.kind ?? 'person'
  const [busy, setBusy] = useState(false)
  const save = async ({ password, ...entered }: Entered) => {
    setBusy(true)
    try {
      const body = { ...entered, ...(password ? { password } : {}) }
      const { token } = account
        ? await request<{ token?: string }>('PUT', `/api/accounts/${encodeURIComponent(account.username)}`, { body })
        : await request<{ token?: string }>('POST', '/api/accounts', { body })
      message.success(say('saved', { name: entered.displayName }))
      if (token) modal.info({ title: say('tokenOnce', { name: entered.displayName }), content: <code>{token}</code>, width: 560 })
      await queries.invalidateQueries({ queryKey: ['accounts'] })
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
      title={account ? account.displayName : say('add')}
      okText={say('save')}
      confirmLoading={busy}
      onOk={form.submit}
      onCancel={onClose}
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        autoComplete="off"
        onFinish={save}
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
        <Form.Item name="roles" label={say('roles')} rules={[required]}>
          <Checkbox.Group options={roles.map((value) => ({ value, label: named(roleWords, value, language) }))} />
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
        <Form.Item name="enabled" label={say('enabled')} valuePropName="checked" layout="horizontal">
          <Switch />
        </Form.Item>
      </Form>
    </Modal>
  )
}
