/** Saved views: one's own, those that colleagues share with the centre, and those that the archive starts with; each with how many it has now. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Checkbox, Dropdown, Form, Input, Modal } from 'antd'
import { useState } from 'react'
import { type Line, pollMs } from '../api/events.ts'
import { request, sentenceOf } from '../api/http.ts'
import type { ListQuery } from '../api/workitems.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { changeTo, keptOf } from './list-query.ts'
import { columnsFrom, type ListSettings } from './list-settings.ts'
import { listWords } from './words.ts'

export interface SavedView {
  readonly id: string
  readonly name: string
  /** Null: built in. */
  readonly owner: { readonly username: string; readonly displayName: string } | null
  readonly shared: boolean
  readonly query: Readonly<Record<string, unknown>>
  readonly columns: readonly unknown[] | null
  readonly count: number
}

const queryKey = ['workitems', 'views'] as const

const useSavedViews = (line: Line) =>
  useQuery({
    queryKey,
    queryFn: async ({ signal }) => (await request<{ items: readonly SavedView[] }>('GET', '/api/views', { signal })).items,
    refetchInterval: line === 'live' ? 60_000 : pollMs * 2,
  })

interface Props {
  readonly line: Line
  readonly username: string
  readonly query: ListQuery
  readonly settings: ListSettings
  readonly onOpen: (change: Record<string, string | undefined>, columns: ListSettings['columns'] | null) => void
}

const same = (a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean => {
  const [one, other] = [a, b].map((query) => JSON.stringify(Object.entries(changeTo(query)).sort(([x], [y]) => x.localeCompare(y))))
  return one === other
}

export function SavedViews({ line, username, query, settings, onOpen }: Props) {
  const say = useWords(listWords)
  const { language } = useLanguage()
  const { message, modal } = App.useApp()
  const queries = useQueryClient()
  const views = useSavedViews(line).data ?? []
  const [saving, setSaving] = useState(false)
  const current = views.find((view) => same(view.query, { ...query }))
  const open = (view: SavedView) => onOpen(changeTo(view.query), view.columns === null ? null : columnsFrom(view.columns))
  const remove = (view: SavedView) =>
    modal.confirm({
      title: say('removeViewAsk', { name: view.name }),
      okText: say('remove'),
      okButtonProps: { danger: true },
      onOk: async () => {
        try {
          await request('DELETE', `/api/views/${encodeURIComponent(view.id)}`)
          message.success(say('viewRemoved', { name: view.name }))
        } catch (error) {
          message.error(sentenceOf(error, language))
        }
        await queries.invalidateQueries({ queryKey })
      },
    })
  return (
    <>
      <Dropdown
        trigger={['click']}
        menu={{
          selectedKeys: current ? [current.id] : [],
          items: [
            ...views.map((view) => ({
              key: view.id,
              onClick: () => open(view),
              label: (
                <span className="saved-view" data-view={view.id}>
                  <span>{view.name}</span>
                  <span className="number count">{view.count}</span>
                  <small className="quiet">
                    {view.owner === null
                      ? say('starterView')
                      : view.owner.username === username
                        ? ''
                        : say('sharedBy', { name: view.owner.displayName })}
                  </small>
                  {view.owner?.username === username && (
                    <button
                      type="button"
                      aria-label={say('removeView', { name: view.name })}
                      onClick={(event) => {
                        event.stopPropagation()
                        remove(view)
                      }}
                    >
                      ×
                    </button>
                  )}
                </span>
              ),
            })),
            { type: 'divider' as const },
            { key: 'save', label: say('saveView'), onClick: () => setSaving(true) },
          ],
        }}
      >
        <Button>
          {current?.name ?? say('savedViews')} <span aria-hidden="true">▾</span>
        </Button>
      </Dropdown>
      {saving && (
        <SaveView
          query={query}
          settings={settings}
          onClose={() => setSaving(false)}
          onSaved={(name) => {
            setSaving(false)
            message.success(say('viewSaved', { name }))
            void queries.invalidateQueries({ queryKey })
          }}
        />
      )}
    </>
  )
}

interface SaveProps {
  readonly query: ListQuery
  readonly settings: ListSettings
  readonly onClose: () => void
  readonly onSaved: (name: string) => void
}

interface Entered {
  readonly name: string
  readonly shared: boolean
  readonly withColumns: boolean
}

function SaveView({ query, settings, onClose, onSaved }: SaveProps) {
  const say = useWords(listWords)
  const { language } = useLanguage()
  const { message } = App.useApp()
  const [form] = Form.useForm<Entered>()
  const [busy, setBusy] = useState(false)
  const save = async ({ name, shared, withColumns }: Entered) => {
    setBusy(true)
    try {
      const columns = withColumns ? settings.columns.filter(({ shown }) => shown).map(({ key }) => key) : null
      await request('PUT', '/api/views', { body: { name: name.trim(), shared, query: keptOf(query), columns } })
      onSaved(name.trim())
    } catch (error) {
      message.error(sentenceOf(error, language))
      setBusy(false)
    }
  }
  return (
    <Modal open title={say('saveViewTitle')} okText={say('save')} confirmLoading={busy} onOk={form.submit} onCancel={onClose} width={420}>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ shared: false, withColumns: false }} onFinish={save}>
        <Form.Item name="name" label={say('viewName')} rules={[{ required: true, whitespace: true, message: say('needed') }]}>
          <Input autoFocus maxLength={32} />
        </Form.Item>
        <Form.Item name="shared" valuePropName="checked" noStyle>
          <Checkbox>{say('shareView')}</Checkbox>
        </Form.Item>
        <br />
        <Form.Item name="withColumns" valuePropName="checked" noStyle>
          <Checkbox>{say('keepColumns')}</Checkbox>
        </Form.Item>
      </Form>
    </Modal>
  )
}
