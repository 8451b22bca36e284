/** What the administrator's tables have in common: rows, a button to add one, and a dialog that changes one and says whether it was done. */
import { type UseQueryResult, useQueryClient } from '@tanstack/react-query'
import { App, Button, Form, Modal, Table, type TableColumnsType } from 'antd'
import { type ReactNode, useId, useState } from 'react'
import { sentenceOf } from '../api/http.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { settingsWords } from './words.ts'

const rowsOnPage = 50

interface TableProps<Row> {
  readonly query: UseQueryResult<readonly Row[]>
  readonly rowKey: keyof Row & string
  readonly columns: TableColumnsType<Row>
  readonly empty: string
  /** The dialog for a row; for a new one it is null. */
  readonly dialog: (row: Row | null, onClose: () => void) => ReactNode
}

export function EditableTable<Row extends object>({ query, rowKey, columns, empty, dialog }: TableProps<Row>) {
  const say = useWords(settingsWords)
  const [editing, setEditing] = useState<Row | 'new' | null>(null)
  const edit = {
    title: '',
    render: (_: unknown, row: Row) => (
      <Button size="small" onClick={() => setEditing(row)}>
        {say('edit')}
      </Button>
    ),
  }
  return (
    <Answer query={query}>
      {(rows) => (
        <>
          <div className="table-head">
            <Button type="primary" onClick={() => setEditing('new')}>
              {say('add')}
            </Button>
          </div>
          <Table<Row>
            rowKey={rowKey}
            size="small"
            pagination={rows.length > rowsOnPage ? { pageSize: rowsOnPage } : false}
            dataSource={[...rows]}
            locale={{ emptyText: empty }}
            columns={[...columns, edit]}
          />
          {editing !== null && dialog(editing === 'new' ? null : editing, () => setEditing(null))}
        </>
      )}
    </Answer>
  )
}

interface DialogProps<Entered> {
  /** Whose row it is; absent for a new one. */
  readonly title: string | undefined
  readonly width?: number
  readonly initialValues: object
  /** First part of the key of the query that shows the rows. */
  readonly queryKey: string
  readonly nameOf: (entered: Entered) => string
  readonly save: (entered: Entered) => Promise<void>
  readonly onClose: () => void
  readonly children: ReactNode
}

export function EditDialog<Entered>({ title, width, initialValues, queryKey, nameOf, save, onClose, children }: DialogProps<Entered>) {
  const say = useWords(settingsWords)
  const { language } = useLanguage()
  const { message } = App.useApp()
  const queries = useQueryClient()
  const id = useId()
  const [busy, setBusy] = useState(false)
  const finish = async (entered: Entered) => {
    setBusy(true)
    try {
      await save(entered)
      message.success(say('saved', { name: nameOf(entered) }))
      await queries.invalidateQueries({ queryKey: [queryKey] })
      onClose()
    } catch (error) {
      message.error(sentenceOf(error, language))
    } finally {
      setBusy(false)
    }
  }
  // The button belongs to the form, so that Enter in a field saves.
  return (
    <Modal
      open
      {...(width === undefined ? {} : { width })}
      title={title ?? say('add')}
      okText={say('save')}
      okButtonProps={{ htmlType: 'submit', form: id }}
      confirmLoading={busy}
      mask={{ closable: false }}
      onCancel={onClose}
    >
      <Form<Entered> id={id} layout="vertical" requiredMark={false} autoComplete="off" onFinish={finish} initialValues={initialValues}>
        {children}
      </Form>
    </Modal>
  )
}
